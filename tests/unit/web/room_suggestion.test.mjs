// A room's name for those who have none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRoom } from '../../../client/web/call_options.js';
import { suggestRoom } from '../../../client/web/ui/room_suggestion.js';

test('a suggested name can be a room\'s, in each language, and says little that one may mishear', () => {
  for (const language of ['en', 'ko', 'xx'])
    for (const value of [0, 0.25, 0.5, 0.75, 1 - Number.EPSILON]) {
      const name = suggestRoom(language, () => value);
      assert.ok(isRoom(name), name);
      assert.match(name, /^[a-z]+-[a-z]+-[0-9]{3}$/);
    }
  assert.equal(suggestRoom('en', () => 0), 'amber-apple-000');
  assert.equal(suggestRoom('ko', () => 0), 'balgeun-bada-000');
});

test('names differ', () => {
  let state = 1;
  const random = () => {
    state = state * 48271 % 2147483647;
    return state / 2147483647;
  };
  assert.ok(new Set(Array.from({ length: 100 }, () => suggestRoom('en', random))).size >= 98);
});
