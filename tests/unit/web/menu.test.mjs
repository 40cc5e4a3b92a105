// Where arrow keys lead in a menu.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movedBy } from '../../../client/web/ui/menu.js';

test('arrows lead to the next and the one before, around the ends; Home and End to those', () => {
  for (const [key, at, next] of [['ArrowDown', 0, 1], ['ArrowDown', 2, 0], ['ArrowUp', 1, 0], ['ArrowUp', 0, 2], ['Home', 2, 0], ['End', 0, 2], ['ArrowDown', -1, 0], ['ArrowUp', -1, 2], ['a', 0, undefined], ['ArrowLeft', 0, undefined]])
    assert.equal(movedBy(key, at, 3), next, `${key} at ${at}`);
  assert.equal(movedBy('End', -1, 0), undefined);
});
