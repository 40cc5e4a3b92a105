// client/web/README.md says what there is: files, what a page of one's own needs, parameters.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const folder = new URL('../../../client/web/', import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), 'utf8');
const readme = read('README.md');
const rows = readme.split('\n').filter((line) => line.startsWith('| `')).map((line) => line.split('|'));
const withoutDom = rows.filter((cells) => cells[3].trim() === 'no').flatMap((cells) => [...cells[1].matchAll(/`([^`]+)`/g)].map(([, name]) => name));

test('a call needs the files without DOM, and no other', () => {
  const needed = new Set(['call.js']);
  for (const name of needed)
    for (const [, other] of read(name).matchAll(/^import .* from '\.\/([^']+)';$/gm)) needed.add(other);
  assert.deepEqual([...needed].sort(), [...withoutDom].sort());
  for (const name of needed) assert.doesNotMatch(read(name), /\bdocument\./, name);
});

test('every module is in the table', () => {
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.js'))) assert.ok(readme.includes(`\`${name}\``), name);
});

test('every parameter of the address is named', () => {
  const names = ['app.js', 'ui/lobby.js'].flatMap((file) => [...read(file).matchAll(/parameters\.(?:get|has)\('(\w+)'\)/g)].map(([, name]) => name));
  assert.ok(names.length > 8);
  for (const name of names) assert.match(readme, new RegExp(`\`${name}[\`=]`), name);
});
