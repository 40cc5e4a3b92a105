// When playout is delayed for packets that are sent again, and for how long.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Playout } from '../../../client/web/playout.js';

/** Feeds seconds of 100 packets, of which so many were sent again; returns the targets. */
function feed(rtt, ...resent) {
  const playout = new Playout();
  const sum = { packets: 0, resent: 0 };
  playout.read({ ...sum }, rtt);
  return resent.map((count) => {
    sum.packets += 100;
    sum.resent += count;
    return playout.read({ ...sum }, rtt);
  });
}

test('a clean path waits for nothing, nor does one that loses a little', () => {
  assert.deepEqual(feed(0.02, 0, 0, 1, 2, 0), [null, null, null, null, null]);
});

test('a lossy one waits for the resending, within limits', () => {
  assert.deepEqual(feed(0.02, 0, 5), [null, 100]);
  assert.deepEqual(feed(0.06, 10), [180]);
  assert.deepEqual(feed(0.5, 10), [400]);
});

test('it ends after ten clean seconds in a row', () => {
  const targets = feed(0.02, 5, ...Array(9).fill(0), 2, ...Array(9).fill(0), 0);
  assert.deepEqual(targets.slice(0, -1), Array(20).fill(100));
  assert.equal(targets.at(-1), null);
});

test('nothing came: nothing is known', () => {
  const playout = new Playout();
  playout.read({ packets: 0, resent: 0 }, 0.02);
  assert.equal(playout.read({ packets: 100, resent: 9 }, 0.02), 100);
  assert.equal(playout.read({ packets: 100, resent: 9 }, 0.02), 100);
});
