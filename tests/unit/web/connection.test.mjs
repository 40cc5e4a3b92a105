// What a connection of the page tells the router beside the description, over a fake RTCPeerConnection.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Connection } from '../../../client/web/connection.js';
import { pass, startVirtualTime } from './virtual_time.mjs';

class FakeConnection extends EventTarget {
  signalingState = 'stable';

  localDescription = null;

  async setLocalDescription() {
    this.signalingState = 'have-local-offer';
    this.localDescription = { type: 'offer', sdp: 'an offer' };
  }

  getTransceivers() { return []; }

  addTransceiver() { return { sender: {}, receiver: { track: {} } }; }

  async getStats() { return new Map(); }

  close() {}
}

globalThis.RTCPeerConnection = FakeConnection;

/** @type {object[]} offers */
let sent;

function connect(remote) {
  const ignore = () => {};
  const listener = { message: (message) => message.type === 'offer' && sent.push(message), configure: ignore, changed: ignore, offered: ignore, silent: ignore, warning: ignore, recovered: ignore };
  return new Connection(remote, { constants: {}, peer: () => ({ self: 'p2', config: {}, data: false, encryption: null }) }, listener);
}

beforeEach(() => {
  startVirtualTime();
  sent = [];
});

test('the router may begin DTLS, until a connection failed that never was up', async () => {
  const connection = connect('router');
  await pass(100);
  assert.deepEqual(sent.map(({ generation, gcm }) => [generation, gcm]), [[1, true]]);
  connection.receive({ type: 'connection-request', generation: 2 });
  await pass(100);
  assert.deepEqual(sent.slice(1).map(({ generation, gcm }) => [generation, gcm]), [[2, undefined]]);
  connection.close();
});

test('the router may begin DTLS again where that has worked', async () => {
  const connection = connect('router');
  await pass(100);
  connection.peerConnection.dispatchEvent(new CustomEvent('state', { detail: 'connected' }));
  connection.receive({ type: 'connection-request', generation: 2 });
  await pass(100);
  assert.deepEqual(sent.map(({ generation, gcm }) => [generation, gcm]), [[1, true], [2, true]]);
  connection.close();
});

test('the topology changes back: what comes is told again, since tracks of the other one are shown by now', (t) => {
  const connection = connect('p1');
  t.after(() => connection.close());
  let told = 0;
  connection.peerConnection.dispatchEvent(new CustomEvent('state', { detail: 'connected' }));
  connection.peerConnection.announce = () => { told += 1; };
  connection.retire();
  assert.equal(told, 0);
  connection.revive();
  assert.equal(told, 1);
});

test('a participant is told nothing of it', async () => {
  const connection = connect('p1');
  await pass(100);
  assert.deepEqual(sent.map(({ gcm }) => gcm), sent.map(() => undefined));
  connection.close();
});
