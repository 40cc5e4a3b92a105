// What the page says when the server refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalKey, refusalText } from '../../../client/web/ui/refusal.js';

test('a refusal has words, and says which field was wrong and what was expected', () => {
  assert.equal(refusalKey('room-full'), 'refusedRoomFull');
  for (const code of ['bad-message', 'toString']) assert.equal(refusalKey(code), 'refused');
  assert.equal(refusalText('the room is full', {}), 'the room is full');
  assert.equal(refusalText('a field is missing or wrong', { field: 'topology', expected: '"auto" or "mesh"' }),
    'a field is missing or wrong: topology, expected "auto" or "mesh"');
  assert.equal(refusalText('a field is missing or wrong', { field: 'name' }), 'a field is missing or wrong: name');
});
