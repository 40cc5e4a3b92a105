// What client/web/README.md says there is: files, what a page of one's own needs,
// parameters; and the Node that README.md names.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { choices } from '../../../client/web/ui/address.js';

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

test('what one does in a room is in the package\'s reference', () => {
  const reference = read('../web_package/README.md');
  const actions = [...read('room_actions.js').matchAll(/^ {2}(\w+)\(.*\) \{$/gm)].map(([, name]) => name).filter((name) => name !== 'tellEvents');
  assert.ok(actions.length > 12);
  for (const name of [...actions, 'canRecord', 'recording']) assert.match(reference, new RegExp(`\`${name}[\`(]`), name);
});

test('the type of `joined` has what is read of it', () => {
  const [, type] = read('protocol.js').match(/@typedef \{\{(participant: string, room: string[^@]*)\}\} Joined/);
  const fields = [...read('room_state.js').matchAll(/joined\.(\w+)/g)].map(([, field]) => field);
  assert.ok(fields.length > 8);
  for (const field of fields) assert.match(type, new RegExp(`\\b${field}\\??: `), field);
});

test('every module is in the table', () => {
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.js'))) assert.ok(readme.includes(`\`${name}\``), name);
});

test('every parameter of the address is named', () => {
  const asked = ['app.js', 'ui/prejoin.js', 'ui/address.js'].flatMap((file) => [...read(file).matchAll(/parameters\.(?:get|has)\('(\w+)'\)/g)].map(([, name]) => name));
  const names = [...asked, ...Object.keys(choices)];
  assert.ok(names.length > 8);
  for (const name of names) assert.match(readme, new RegExp(`\`${name}[\`=]`), name);
});

test('every topology that a room can be pinned to is named wherever they are listed', () => {
  const source = read('../../signaling/room/topology.c');
  const names = [...source.match(/pin_names\[\] = \{(.*?)\}/s)[1].matchAll(/"(\w+)"/g)].map(([, name]) => `\`${name}\``).join(', ');
  assert.match(names, /^`auto`, .*`sfu`/);
  const protocol = read('../../signaling/PROTOCOL.md').split('\n');
  for (const row of ['| `join` |', '| `pin` |', '| `POST /api/v1/rooms/NAME/pin'])
    assert.ok(protocol.find((line) => line.startsWith(row)).includes(names), row);
  assert.ok(readme.replaceAll('\n', ' ').includes(`\`topology\` (for a new room: ${names})`));
});

// What tests need must run where the README says they do: Debian 12's Node is 18.
test('no package of the tests needs a later Node than the README', () => {
  const [, promised] = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8').match(/Node[^.]*\((\d+)\)/);
  const { packages } = JSON.parse(readFileSync(new URL('../../interop/package-lock.json', import.meta.url), 'utf8'));
  const needs = Object.entries(packages).filter(([, { engines }]) => engines?.node);
  assert.ok(needs.length > 10);
  for (const [name, { engines }] of needs) {
    const oldest = Math.min(...engines.node.split('||').map((range) => Number(range.match(/\d+/)?.[0] ?? 0)));
    assert.ok(oldest <= Number(promised), `${name} needs Node ${engines.node}`);
  }
});
