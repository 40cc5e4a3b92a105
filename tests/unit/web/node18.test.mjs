// Debian 12 has Node 18: what came later would fail on a fresh machine only, in whichever file uses it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const LATER = /\bimport\.meta\.(dirname|filename)\b|\bPromise\.withResolvers\b|\b(Object|Map)\.groupBy\b|\bArray\.fromAsync\b|\.(toSorted|toReversed|toSpliced)\(|\bPromise\.try\b/;
const root = fileURLToPath(new URL('../../..', import.meta.url));

test('no file that Node runs uses what Node 18 has not', () => {
  const files = execFileSync('find', ['tests', 'client', '-name', 'node_modules', '-prune', '-o', '-name', '*.mjs', '-print'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  assert.ok(files.length > 100);
  const self = path.relative(root, fileURLToPath(import.meta.url));
  const found = files.filter((file) => file !== self && LATER.test(readFileSync(path.join(root, file), 'utf8')));
  assert.deepEqual(found, []);
});
