// Pictures that stand still.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FreezeDetector } from '../../../client/web/ui/freeze.js';

const live = { isExpected: true, isLost: false };

test('a picture that moved and moves no more is told after 2.5 s, sooner when its connection is lost', () => {
  const picture = new FreezeDetector();
  const table = [[1, 0, live, false], [30, 1000, live, false], [30, 3000, live, false], [30, 3500, live, true], [31, 3600, live, false],
    [31, 4500, { isExpected: true, isLost: true }, false], [31, 4600, { isExpected: true, isLost: true }, true]];
  for (const [frames, now, what, isFrozen] of table) assert.equal(picture.read(frames, now, what), isFrozen, `${frames} ${now}`);
});

test('what is muted, or has not begun, does not stand still; its time begins when it should move', () => {
  const picture = new FreezeDetector();
  const muted = { isExpected: false, isLost: false };
  assert.equal(picture.read(0, 0, live), false);
  assert.equal(picture.read(0, 9000, live), false);
  assert.equal(picture.read(30, 10000, live), false);
  assert.equal(picture.read(30, 20000, muted), false);
  assert.equal(picture.read(30, 22000, live), false);
  assert.equal(picture.read(30, 22600, live), true);
});
