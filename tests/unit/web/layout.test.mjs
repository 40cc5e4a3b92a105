// Which tiles a page shows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TILES_BESIDE_MAIN, tilesOf } from '../../../client/web/ui/layout.js';

const numbers = (count) => [...Array(count).keys()];

test('a grid has pages of 25, and a page that is gone gives way to the last', () => {
  assert.deepEqual(tilesOf(numbers(25), null, 0), { page: 0, pages: 1, shown: numbers(25) });
  assert.deepEqual(tilesOf(numbers(26), null, 1), { page: 1, pages: 2, shown: [25] });
  assert.deepEqual(tilesOf(numbers(26), null, 9).page, 1);
  assert.deepEqual(tilesOf(numbers(3), null, -1).page, 0);
});

test('the main tile is on every page, never more beside it than have a place, and all are on some page', () => {
  for (const count of [1, 2, 7, 8, 13, 26, 200]) {
    for (const main of [0, count - 1]) {
      const seen = new Set();
      const { pages } = tilesOf(numbers(count), main, 0);
      for (let page = 0; page < pages; page += 1) {
        const { shown } = tilesOf(numbers(count), main, page);
        assert.ok(shown.includes(main) && shown.length <= TILES_BESIDE_MAIN + 1, `${count} ${main} ${shown}`);
        assert.deepEqual(shown, [...shown].sort((a, b) => a - b), 'who becomes the main one moves nobody');
        shown.forEach((tile) => seen.add(tile));
      }
      assert.equal(seen.size, count);
    }
  }
});
