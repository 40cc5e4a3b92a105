// What has an m-line of its own, and what shares.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { divide, share, sizeOf } from '../../../client/web/view.js';

const publication = (id, kind) => ({ id, kind });

test('the first of each kind have m-lines of their own', () => {
  const all = [publication('a', 'audio'), publication('b', 'video'), publication('c', 'audio'), publication('d', 'video')];
  assert.deepEqual(divide(all, 1), { own: [all[0], all[1]], rest: [all[2], all[3]] });
  assert.deepEqual(divide(all, 9), { own: all, rest: [] });
  assert.deepEqual(divide(all, 0), { own: [], rest: all });
});

test('what has a place on a shared m-line keeps it', () => {
  const shown = new Map([['5', 'a'], ['6', 'b'], ['7', '']]);
  const entries = (requested) => [...share(shown, requested)];
  assert.deepEqual(entries(['b', 'c']), [['5', 'c'], ['6', 'b'], ['7', '']]);
  assert.deepEqual(entries(['c', 'b', 'a']), [['5', 'a'], ['6', 'b'], ['7', 'c']]);
  assert.deepEqual(entries([]), [['5', ''], ['6', ''], ['7', '']]);
  assert.deepEqual(entries(['c', 'd', 'e', 'f']), [['5', 'c'], ['6', 'd'], ['7', 'e']]);
});

test('sizes are in pixels of the screen, and steady', () => {
  assert.deepEqual(sizeOf(320, 180), { width: 320, height: 192 });
  assert.deepEqual(sizeOf(321, 181), { width: 336, height: 192 });
  assert.deepEqual(sizeOf(320, 180, 2), { width: 640, height: 368 });
  assert.deepEqual(sizeOf(99999, 1), { width: 16384, height: 16 });
});
