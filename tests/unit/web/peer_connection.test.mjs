// Negotiation of a peer connection, over a fake RTCPeerConnection that only keeps the order of its operations.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { PeerConnection } from '../../../client/web/peer_connection.js';
import { pass, startVirtualTime } from './virtual_time.mjs';

/** Each operation takes 40 ms and waits for the one before, as in a browser. */
class FakeConnection {
  constructor() {
    this.signalingState = 'stable';
    this.localDescription = null;
    this.remoteDescription = null;
    this.chain = Promise.resolve();
    this.transceivers = [];
    this.added = [];
  }

  #operate(action) {
    this.chain = this.chain.then(() => new Promise((resolve) => { setTimeout(resolve, 40); })).then(action);
    return this.chain;
  }

  setRemoteDescription(description) {
    return this.#operate(() => {
      this.remoteDescription = description;
      this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    });
  }

  setLocalDescription() {
    return this.#operate(() => {
      const type = this.signalingState === 'have-remote-offer' ? 'answer' : 'offer';
      this.localDescription = { type, sdp: `a local ${type}` };
      this.signalingState = type === 'answer' ? 'stable' : 'have-local-offer';
    });
  }

  addIceCandidate(candidate) {
    return this.#operate(() => { this.added.push(candidate?.candidate); });
  }

  addTransceiver(track, { direction }) {
    const transceiver = { mid: String(this.transceivers.length), direction, currentDirection: null, receiver: { track: { kind: 'video' } }, sender: {} };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers() { return this.transceivers; }

  setConfiguration(config) { this.config = config; }

  restartIce() { this.restarts = (this.restarts ?? 0) + 1; }

  async getStats() {
    return new Map([
      ['a', { id: 'a', type: 'local-candidate', candidateType: this.path }],
      ['b', { id: 'b', type: 'local-candidate', candidateType: 'relay' }],
      ['o', { id: 'o', type: 'candidate-pair', nominated: true, state: 'succeeded', localCandidateId: 'b' }], // before a restart
      ['p', { id: 'p', type: 'candidate-pair', nominated: true, state: 'succeeded', localCandidateId: 'a' }],
      ['t', { id: 't', type: 'transport', selectedCandidatePairId: 'p' }],
    ]);
  }

  close() {}
}

globalThis.RTCPeerConnection = FakeConnection;
const source = { source: 'camera', kind: 'video', track: { kind: 'video' }, stream: {}, muted: false };
let sent;

function makePeerConnection(self, remote) {
  return new PeerConnection({ self, remote, config: {}, send: (message) => sent.push(message) });
}

beforeEach(() => {
  startVirtualTime();
  sent = [];
});

test('an offer of ours that becomes due while we answer waits until the answer is out', async () => {
  const peerConnection = makePeerConnection('p2', 'p1');
  peerConnection.setSources([source]); // to be offered in 30 ms
  peerConnection.receive({ type: 'offer', generation: 1, sdp: 'theirs', sends: [] });
  await pass(400);
  assert.deepEqual(sent.map(({ type, sdp }) => [type, sdp]), [['answer', 'a local answer'], ['offer', 'a local offer']]);
});

test('messages are taken one after the other', async () => {
  const peerConnection = makePeerConnection('p2', 'p1');
  peerConnection.receive({ type: 'offer', generation: 1, sdp: 'first', sends: [] });
  peerConnection.receive({ type: 'ice-candidate', generation: 1, candidate: 'candidate:1' });
  peerConnection.receive({ type: 'offer', generation: 1, sdp: 'second', sends: [] });
  await pass(600);
  assert.deepEqual(sent.map(({ type, sdp }) => [type, sdp]), [['answer', 'a local answer'], ['answer', 'a local answer']]);
  assert.deepEqual(peerConnection.pc.added, ['candidate:1']);
  assert.equal(peerConnection.pc.remoteDescription.sdp, 'second');
});

test('the impolite end keeps its offer, the polite end gives way', async () => {
  const impolite = makePeerConnection('p1', 'p2');
  impolite.negotiate();
  await pass(100);
  impolite.receive({ type: 'offer', generation: 1, sdp: 'theirs', sends: [] });
  await pass(200);
  assert.deepEqual(sent.map(({ type }) => type), ['offer']);
  sent = [];
  const polite = makePeerConnection('p2', 'p1');
  polite.negotiate({ evenIfPolite: true });
  await pass(100);
  polite.receive({ type: 'offer', generation: 1, sdp: 'theirs', sends: [] });
  await pass(300);
  assert.deepEqual(sent.map(({ type }) => type).slice(0, 2), ['offer', 'answer']);
});

test('an offer of a newer generation is answered by the impolite end too', async () => {
  const peerConnection = makePeerConnection('p1', 'p2');
  peerConnection.negotiate();
  await pass(100);
  peerConnection.receive({ type: 'offer', generation: 2, sdp: 'theirs', sends: [] });
  await pass(300);
  assert.deepEqual(sent.map(({ type, generation }) => [type, generation]).slice(0, 2), [['offer', 1], ['answer', 2]]);
});

test('new credentials of TURN are taken over, and only what is relayed is restarted', async () => {
  for (const [path, restarts] of [['relay', 1], ['host', undefined], ['srflx', undefined]]) {
    const peerConnection = makePeerConnection('p1', 'p2');
    peerConnection.pc.path = path;
    const config = { iceServers: [{ urls: 'turn:h', username: 'new', credential: 'x' }], iceTransportPolicy: 'relay' };
    peerConnection.renewServers(config);
    assert.deepEqual(peerConnection.pc.config, { bundlePolicy: 'max-bundle', ...config });
    assert.equal(peerConnection.pc.restarts, undefined);
    peerConnection.moveRelayed();
    await pass(10);
    assert.equal(peerConnection.pc.restarts, restarts, path);
  }
});
