// Which encodings are sent is what was asked for last, however closely the wishes follow each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ActiveEncodings } from '../../../client/web/active_encodings.js';

/** An RTCRtpSender that is as strict as a browser's: one change at a time, of what was read since the last one. */
class Sender {
  active = [true, true, true];
  written = [];
  isBusy = false;
  refusals = 0; // so many changes are refused, as when a negotiation comes between
  #generation = 0;

  getParameters() {
    return { transactionId: this.#generation, encodings: this.active.map((active) => ({ active })) };
  }

  async setParameters({ transactionId, encodings }) {
    if (this.isBusy || transactionId !== this.#generation) throw new DOMException('stale', 'InvalidModificationError');
    this.isBusy = true;
    await new Promise(setImmediate);
    this.isBusy = false;
    this.#generation += 1;
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new DOMException('stale', 'InvalidStateError');
    }
    this.active = encodings.map(({ active }) => active);
    this.written.push(this.active);
  }
}

function make() {
  const senders = { camera: new Sender(), screen: new Sender() };
  const failures = [];
  return { senders, failures, encodings: new ActiveEncodings((source) => senders[source], (error) => failures.push(error)) };
}

test('of wishes that follow each other at once the last one counts', async () => {
  const { senders: { camera, screen }, failures, encodings } = make();
  await Promise.all([
    encodings.set('camera', [true, false, false]),
    encodings.set('camera', [true, true, false]),
    encodings.set('screen', [false]),
    encodings.set('camera', [false, false, true]),
  ]);
  await encodings.set('camera', []);
  await encodings.set('camera', [true, false]);
  assert.deepEqual(camera.active, [true, false, true]);
  assert.deepEqual(screen.active, [false, true, true]);
  assert.deepEqual(camera.written, [[true, false, false], [false, false, true], [true, true, true], [true, false, true]]);
  assert.deepEqual(failures, []);
});

test('a change that a negotiation spoils is made again; what cannot be changed is said once', async () => {
  const { senders: { camera }, failures, encodings } = make();
  camera.refusals = 2;
  await encodings.set('camera', [true, false, false]);
  assert.deepEqual([camera.active, failures.length], [[true, false, false], 0]);
  camera.refusals = 3;
  await encodings.set('camera', [true, true, true]);
  assert.equal(failures.length, 1);
  await encodings.set('camera', [false, true, true]);
  assert.deepEqual(camera.active, [false, true, true]);
  await encodings.set('microphone', [false]); // which is not sent
  assert.equal(failures.length, 1);
});
