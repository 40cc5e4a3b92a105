// Who is in a room already, in words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from '../../../client/web/ui/room_preview.js';

const plain = (preview) => wordsOf({ locked: false, ...preview }).replace(/[\u2066-\u2069]/g, '');

test('nobody, a few, many, and those whose names are not told', () => {
  assert.equal(plain({ participants: 0, names: [] }), 'Nobody is in this room yet.');
  assert.equal(plain({ participants: 2, names: ['Ann', 'Bob'] }), 'In the room: Ann, Bob.');
  assert.equal(plain({ participants: 30, names: ['a', 'b', 'c', 'd', 'e'] }), 'In the room: a, b, c, d and 26 more.');
  assert.equal(plain({ participants: 3, names: [], locked: true }), 'In the room: 3. It is locked.');
});
