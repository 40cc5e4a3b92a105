// Which track is shown while a publication comes over two connections.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Shown } from '../../../client/web/shown.js';
import { startVirtualTime, tick } from './virtual_time.mjs';

/** A connection whose only track has decoded `frames`. */
function makeConnection() {
  const track = {};
  const connection = { track, frames: 0, isRetired: false };
  const receiver = { track, getStats: async () => new Map([['x', { type: 'inbound-rtp', kind: 'video', framesDecoded: connection.frames }]]) };
  connection.peerConnection = { pc: { getReceivers: () => [receiver] } };
  return connection;
}

async function poll() {
  for (let i = 0; i < 3; i++) {
    tick(50);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
}

let muted;
let shown;
let events;
beforeEach(() => {
  startVirtualTime();
  muted = false;
  events = [];
  shown = new Shown(() => muted);
  shown.addEventListener('track', ({ detail }) => events.push(detail.track));
});

test('the first track is shown at once', () => {
  const connection = makeConnection();
  shown.offer(connection, 'p1/camera', connection.track);
  assert.deepEqual(events, [connection.track]);
});

test('another connection takes over with its first decoded frame, not before', async () => {
  const [old, fresh] = [makeConnection(), makeConnection()];
  shown.offer(old, 'p1/camera', old.track);
  old.isRetired = true;
  shown.offer(fresh, 'p1/camera', fresh.track);
  await poll();
  assert.equal(events.length, 1);
  assert.ok(shown.dependsOn(old));
  fresh.frames = 1;
  await poll();
  assert.deepEqual(events, [old.track, fresh.track]);
  assert.ok(!shown.dependsOn(old));
});

test('a muted publication has no frame to wait for', async () => {
  const [old, fresh] = [makeConnection(), makeConnection()];
  shown.offer(old, 'p1/camera', old.track);
  muted = true;
  shown.offer(fresh, 'p1/camera', fresh.track);
  await poll();
  assert.deepEqual(events, [old.track, fresh.track]);
});

test('when the shown connection ends, the one that is coming is shown as it is', () => {
  const [old, fresh] = [makeConnection(), makeConnection()];
  shown.offer(old, 'p1/camera', old.track);
  shown.offer(fresh, 'p1/camera', fresh.track);
  assert.deepEqual(shown.endAll(old), []);
  assert.equal(shown.tracks.get('p1/camera').connection, fresh);
});

test('a retired connection shows nothing new, and an ended one nothing at all', () => {
  const [old, fresh] = [makeConnection(), makeConnection()];
  shown.offer(fresh, 'p1/camera', fresh.track);
  old.isRetired = true;
  shown.offer(old, 'p1/camera', old.track);
  assert.equal(shown.pending.size, 0);
  assert.equal(shown.end(old, 'p1/camera'), false);
  assert.equal(shown.end(fresh, 'p1/camera'), true);
  assert.equal(shown.tracks.size, 0);
});

test('a participant who left is forgotten', () => {
  const connection = makeConnection();
  shown.offer(connection, 'p1/camera', connection.track);
  shown.offer(connection, 'p11/camera', {});
  assert.deepEqual(shown.forget('p1'), ['p1/camera']);
  assert.deepEqual([...shown.tracks.keys()], ['p11/camera']);
});
