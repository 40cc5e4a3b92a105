// Who is in a room already, and what goes on there, in words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from '../../../client/web/ui/room_preview.js';

const plain = (preview, hasKey = false) => wordsOf({ locked: false, recording: 'off', ...preview }, hasKey).replace(/[\u2066-\u2069]/g, '');

test('nobody, a few, many, and those whose names are not told', () => {
  assert.equal(plain({ participants: 0, names: [] }), 'Nobody is in this room yet.');
  assert.equal(plain({ participants: 2, names: ['Ann', 'Bob'] }), 'In the room: Ann, Bob.');
  assert.equal(plain({ participants: 30, names: ['a', 'b', 'c', 'd', 'e'] }), 'In the room: a, b, c, d and 26 more.');
  assert.equal(plain({ participants: 3, names: [], locked: true }), 'In the room: 3. It is locked.');
});

test('what one is to know before one joins', () => {
  const facts = (preview, hasKey) => plain({ participants: 0, names: [], ...preview }, hasKey).replace('Nobody is in this room yet.', '').trim();
  assert.equal(facts({ recording: 'on', waiting_room: true }), 'A host lets people in. It is being recorded.');
  assert.equal(facts({ recording: 'failed' }), '');
  assert.equal(facts({ encrypted: true }, true), 'It is end-to-end encrypted.');
  assert.match(facts({ encrypted: true }), /without its key/);
});

test('what the page says already why one is not in the call is not said again', () => {
  const preview = { participants: 0, names: [], locked: true, recording: 'off', encrypted: true, waiting_room: false };
  const facts = (told) => wordsOf(preview, false, told).replace('Nobody is in this room yet.', '').trim();
  assert.match(facts('left'), /^It is locked\. .*without its key/);
  assert.doesNotMatch(facts('refusedLocked'), /locked/);
  assert.equal(facts('refusedEncrypted'), 'It is locked.');
});
