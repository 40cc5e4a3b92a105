// A module is asked for when the one that imports it is there: without a list the page
// would wait one round trip for each level.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const folder = new URL('../../../client/web/', import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), 'utf8');

test('the page asks for all modules at once', () => {
  const needed = new Set(['app.js']);
  for (const name of needed)
    for (const [, other] of read(name).matchAll(/^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)';/gms)) needed.add(path.join(path.dirname(name), other));
  needed.delete('app.js');
  const listed = [...read('index.html').matchAll(/<link rel="modulepreload" href="([^"]+)">/g)].map(([, name]) => name);
  assert.deepEqual(listed.sort(), [...needed].sort());
});
