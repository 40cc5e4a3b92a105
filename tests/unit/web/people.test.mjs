// The order of the list of participants, and what its search finds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOrder, matchesSearch } from '../../../client/web/ui/people.js';

test('raised hands come first in their order, then oneself, then the others as they came', () => {
  const people = [{ id: 'a' }, { id: 'b', hand: 7 }, { id: 'me', isSelf: true, hand: 0 }, { id: 'c', hand: 2 }, { id: 'd', hand: 0 }];
  assert.deepEqual(inOrder(people).map(({ id }) => id), ['c', 'b', 'me', 'a', 'd']);
  people[2].hand = 9;
  assert.deepEqual(inOrder(people).map(({ id }) => id), ['c', 'b', 'me', 'a', 'd']);
});

test('a name is found by any part of it, whatever its case and marks', () => {
  for (const [name, sought] of [['Zoë Müller', 'mull'], ['Ann', ''], ['Ann', ' an '], ['김철수', '철수'], ['ＡＮＮ', 'ann']])
    assert.ok(matchesSearch(name, sought), `${name} ${sought}`);
  assert.ok(!matchesSearch('Ann', 'bob'));
});
