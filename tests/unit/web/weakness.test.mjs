// When everybody's pictures are too much for the link or the device.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Weakness } from '../../../client/web/weakness.js';

/** What is said at each second, of one video of which 30 frames come and so many are decoded. */
function say(seconds, { decoded = () => 30, isCut = () => false, came = 30 }) {
  const weakness = new Weakness();
  const said = [];
  let [framesReceived, frames] = [0, 0];
  for (let second = 0; second < seconds; second += 1) {
    framesReceived += came;
    frames += decoded(second);
    said.push(weakness.look({ remotes: [{ publication: 'p2/camera', kind: 'video', framesReceived, frames }], isCut: isCut(second) }, 1000 * second));
  }
  return said;
}

test('a device that decodes what comes is not weak', () => {
  assert.deepEqual(new Set(say(20, {})), new Set(['']));
  assert.deepEqual(new Set(say(20, { decoded: () => 24 })), new Set(['']));
});

test('one that decodes less than three quarters for five seconds is', () => {
  const said = say(10, { decoded: () => 15 });
  assert.equal(said.indexOf('device'), 6); // the first reading has nothing to compare with
});

test('a moment of trouble is none', () => {
  assert.deepEqual(new Set(say(20, { decoded: (second) => (second % 4 === 0 ? 30 : 0) })), new Set(['']));
});

test('few frames say nothing', () => {
  assert.deepEqual(new Set(say(20, { came: 5, decoded: () => 0 })), new Set(['']));
});

test('a link on which pictures are left out for five seconds is weak', () => {
  assert.equal(say(10, { isCut: () => true }).indexOf('link'), 5);
  assert.deepEqual(new Set(say(20, { isCut: (second) => second % 5 !== 0 })), new Set(['']));
});
