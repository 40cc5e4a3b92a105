// Where tiles are, which of them a page shows, and how a picture fits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clearOfNames, fillsTile, newestLast, placesOn, placeTiles, speakersFirst, TILES_BESIDE_MAIN, TILES_PER_PAGE, tilesOf } from '../../../client/web/ui/layout.js';

const numbers = (count) => [...Array(count).keys()];

test('a grid has pages of 25 with oneself on each, and a page that is gone gives way to the last', () => {
  assert.deepEqual(tilesOf(numbers(25), 24, null, 0), { page: 0, pages: 1, shown: numbers(25) });
  assert.deepEqual(tilesOf(numbers(26), 25, null, 0).shown, [...numbers(24), 25]);
  assert.deepEqual(tilesOf(numbers(26), 25, null, 1), { page: 1, pages: 2, shown: [24, 25] });
  assert.deepEqual(tilesOf(numbers(26), 25, null, 9).page, 1);
  assert.deepEqual(tilesOf(numbers(3), 2, null, -1).page, 0);
});

test('oneself and the main tile are on every page, never more than have a place, and all are on some page, beside others', () => {
  for (const count of [1, 2, 7, 8, 13, 26, 200]) {
    const self = count - 1;
    for (const main of [null, 0, self]) {
      const most = main === null ? TILES_PER_PAGE : TILES_BESIDE_MAIN + 1;
      const seen = new Set();
      const { pages } = tilesOf(numbers(count), self, main, 0);
      for (let page = 0; page < pages; page += 1) {
        const { shown } = tilesOf(numbers(count), self, main, page);
        assert.ok((main === null || shown.includes(main)) && shown.includes(self) && shown.length <= most, `${count} ${main} ${shown}`);
        assert.ok(count === 1 || shown.length > 1, `${count} ${main}: oneself alone on page ${page}`);
        assert.deepEqual(shown, [...shown].sort((a, b) => a - b), 'who becomes the main one moves nobody');
        shown.forEach((tile) => seen.add(tile));
      }
      assert.equal(seen.size, count);
    }
  }
});

const boxes = { desktop: [1280, 736], large: [1920, 1016], phone: [390, 704], sideways: [844, 327], tiny: [200, 120], chat: [960, 736] };
const GAP = 6;

test('no tile is over another one or outside, in any layout', () => {
  for (const [name, [width, height]] of Object.entries(boxes)) {
    for (const count of [...numbers(26)].slice(1)) {
      for (const [main, layout, ratio] of [[-1], [0, 'speaker', 16 / 9], [count - 1, 'speaker', 9 / 16], [0, 'sidebar', 16 / 9]]) {
        if (main >= 0 && count > placesOn(layout, width, height) + 1) continue;
        const at = placeTiles(count, main, width, height, GAP, { layout, ratio });
        const where = `${name}, ${count} tiles, main ${main}, ${layout}`;
        assert.equal(at.length, count, where);
        for (const [i, a] of at.entries()) {
          assert.ok(a.width > 0 && a.height > 0, where);
          assert.ok(a.left >= GAP - 0.01 && a.top >= GAP - 0.01 && a.left + a.width <= width - GAP + 0.01 && a.top + a.height <= height - GAP + 0.01, where);
          for (const b of at.slice(i + 1))
            assert.ok(a.left + a.width <= b.left || b.left + b.width <= a.left || a.top + a.height <= b.top || b.top + b.height <= a.top, where);
        }
        if (main >= 0) assert.ok(at.every((one) => one.height <= at[main].height && one.width <= at[main].width), where);
      }
    }
  }
});

test('beside a main picture the others are where they leave it most room', () => {
  const [wide] = placeTiles(5, 0, 1280, 736, GAP, { ratio: 2.4 });
  const [narrow] = placeTiles(5, 0, 1280, 736, GAP, { ratio: 9 / 16 });
  assert.ok(wide.width > 1200 && wide.height < 650, 'a row below');
  assert.ok(narrow.height > 700 && narrow.width < 1100, 'a column beside');
});

test('a small stage has fewer places, so that tiles stay large enough to see a face', () => {
  assert.equal(placesOn('grid', 1280, 736), TILES_PER_PAGE);
  for (const [width, height] of [boxes.phone, boxes.sideways, [640, 270]]) {
    const count = placesOn('grid', width, height);
    assert.ok(count >= 4 && count < TILES_PER_PAGE);
    assert.ok(placeTiles(count, -1, width, height, GAP).every((tile) => tile.width >= 110 && tile.height >= 80), `${width}x${height}: ${count}`);
  }
});

test('who speaks on another page comes to the first, for who was silent longest; nobody else moves', () => {
  const order = ['a', 'b', 'c', 'd', 'e'];
  const spoke = new Map([['a', 5], ['b', 1], ['c', 3]]);
  assert.deepEqual(speakersFirst(order, ['d'], spoke, 3), ['a', 'd', 'c', 'b', 'e']);
  assert.deepEqual(speakersFirst(order, ['b'], spoke, 3), order);
  assert.deepEqual(speakersFirst(order, ['a', 'b', 'c', 'e'], spoke, 3), order, 'all that are seen speak');
  assert.deepEqual(speakersFirst(order, ['gone'], spoke, 3), order);
});

test('in a grid a camera of 16:9 loses a quarter at most, and tiles are alike', () => {
  for (const [name, [width, height]] of Object.entries(boxes)) {
    for (const count of [...numbers(26)].slice(1)) {
      const at = placeTiles(count, -1, width, height, GAP);
      for (const one of at) {
        const ratio = one.width / one.height;
        assert.ok(ratio >= 4 / 3 - 0.01 && ratio <= 16 / 9 + 0.01, `${name}, ${count}: ${ratio}`);
        assert.deepEqual([one.width, one.height], [at[0].width, at[0].height]);
      }
    }
  }
});

test('two are beside each other where there is width, one above the other on a phone', () => {
  const [left, right] = placeTiles(2, -1, ...boxes.desktop, GAP);
  assert.ok(left.top === right.top && left.left < right.left);
  const [above, below] = placeTiles(2, -1, ...boxes.phone, GAP);
  assert.ok(above.left === below.left && above.top < below.top);
});

test('on a phone the others are right below the main tile, and all of them in the middle', () => {
  const [width, height] = boxes.phone;
  const [main, other] = placeTiles(2, 0, width, height, GAP);
  assert.ok(Math.abs(other.top - (main.top + main.height) - GAP) < 0.01);
  assert.ok(Math.abs(main.top - (height - other.top - other.height)) < 0.01);
});

test('a window without room places nothing, and does not fail', () => {
  assert.deepEqual(placeTiles(2, -1, 0, 0, GAP), placeTiles(2, 0, 5, 5, GAP));
});

test('a picture fills its tile unless too much of it would be hidden', () => {
  assert.ok(fillsTile(16 / 9, 4 / 3) && fillsTile(4 / 3, 16 / 9) && fillsTile(1, 4 / 3));
  assert.ok(!fillsTile(9 / 16, 4 / 3) && !fillsTile(16 / 9, 1));
});

test('words over the stage are below the tiles where they have room, else above the names of the last row', () => {
  assert.equal(clearOfNames(60, 134, 168), 16);
  assert.equal(clearOfNames(60, 92, 126), 16);
  assert.equal(clearOfNames(60, 91, 125), 131);
  assert.equal(clearOfNames(60, 15, 49), 55);
});

test('six on a phone are in two columns: the pictures are larger than in one narrow column', () => {
  const at = placeTiles(6, -1, 390, 780, GAP);
  assert.equal(new Set(at.map(({ left }) => left)).size, 2);
  assert.ok(at[0].height > (780 - 7 * GAP) / 6);
});

test('the tiles of a last page are no larger than those of the first', () => {
  for (const [name, [width, height]] of Object.entries(boxes)) {
    for (const [main, layout] of [[-1, 'grid'], [0, 'speaker'], [0, 'sidebar']]) {
      const first = placesOn(layout, width, height) + (main < 0 ? 0 : 1);
      const full = placeTiles(first, main, width, height, GAP, { layout }).at(-1);
      for (const count of [2, 3]) {
        const last = placeTiles(count, main, width, height, GAP, { layout, first }).at(-1);
        assert.ok(last.width <= full.width + 0.01 && last.height <= full.height + 0.01, `${name}, ${layout}, ${count} tiles: ${last.width}x${last.height}, not ${full.width}x${full.height}`);
      }
    }
  }
});

test('who shares a screen later is after the others, whoever has gone', () => {
  assert.deepEqual(newestLast([], ['a', 'b']), ['a', 'b']);
  assert.deepEqual(newestLast(['b'], ['a', 'b', 'c']), ['b', 'a', 'c']);
  assert.deepEqual(newestLast(['b', 'a'], ['a']), ['a']);
});
