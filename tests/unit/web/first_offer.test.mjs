// The first offer travels with `join`: a whole call over a fake socket and fake peer connections.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Call } from '../../../client/web/call.js';
import './virtual_time.mjs';

let socket;
let peers;

class FakeSocket {
  constructor() {
    this.sent = [];
    socket = this;
  }

  send(text) { this.sent.push(JSON.parse(text)); }

  close() {}

  receive(message) { this.onmessage({ data: JSON.stringify(message) }); }

  take(type) { return this.sent.filter((message) => message.type === type); }
}

class FakePeer {
  constructor(config) {
    Object.assign(this, { config, signalingState: 'stable', connectionState: 'new', localDescription: null, transceivers: [], isClosed: false });
    peers.push(this);
  }

  async setLocalDescription(description) {
    if (description?.type === 'rollback') {
      this.signalingState = 'stable';
      return;
    }
    this.transceivers.forEach((transceiver, index) => { transceiver.mid = String(index); });
    this.localDescription = { type: 'offer', sdp: FakePeer.sdp };
    this.signalingState = 'have-local-offer';
    this.onicecandidate?.({ candidate: { candidate: `candidate of ${peers.indexOf(this)}`, sdpMid: '0' } });
  }

  async setRemoteDescription(description) {
    this.remoteDescription = description;
    this.signalingState = 'stable';
  }

  addTransceiver(what, { direction }) {
    const transceiver = { mid: null, direction, receiver: { track: { kind: what.kind ?? what } }, sender: { replaceTrack() {} } };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers() { return this.transceivers; }

  setConfiguration(config) { this.config = config; }

  async getStats() { return new Map(); }

  close() { this.isClosed = true; }
}

const joined = (fields) => ({
  type: 'joined', participant: 'p2', room: 'r', resume: 'p2.secret', resumed: false, dedicated_slots: 9, audio_slots: 3, topology: 'sfu', pin: 'auto', epoch: 1,
  connect: ['router'], probe: [], ice_servers: [], ice_policy: 'all',
  participants: [{ id: 'p1', name: 'Bo', state: 'active', publications: [{ id: 'p1/camera', kind: 'video', source: 'camera', muted: false }] }], ...fields,
});
const answer = (generation) => ({ type: 'answer', from: 'router', generation, sdp: `answer ${generation}`, sends: [] });
const source = (name, kind) => ({ source: name, kind, track: { kind, enabled: true }, stream: {}, muted: false });
const turns = (ms = 30) => new Promise((resolve) => { setTimeout(resolve, ms); });

beforeEach(() => {
  peers = [];
  FakePeer.sdp = 'v=0';
  globalThis.WebSocket = FakeSocket;
  globalThis.RTCPeerConnection = FakePeer;
  globalThis.RTCRtpSender = { getCapabilities: () => null };
});

/** A call that publishes camera and microphone, and whose socket has just been opened. */
async function begin(t) {
  const call = new Call({ page: 'http://here/', room: 'r', name: 'Ann' });
  t.after(() => call.leave());
  call.join();
  call.publish(source('microphone', 'audio'));
  call.publish(source('camera', 'video'));
  socket.onopen();
  await turns();
  return call;
}

test('join carries the offer of what one sends, and candidates wait until one is in', async (t) => {
  await begin(t);
  const [{ offer }] = socket.take('join');
  const sends = [{ mid: '0', source: 'microphone', muted: false }, { mid: '1', source: 'camera', muted: false }];
  assert.deepEqual(offer, { generation: 1, sdp: 'v=0', sends, gcm: true });
  assert.deepEqual(socket.sent.map(({ type }) => type), ['join']);
  socket.receive(joined());
  assert.deepEqual(socket.sent.slice(1), [{ type: 'ice-candidate', candidate: 'candidate of 0', mid: '0', target: 'router', generation: 1 }]);
  await turns();
  assert.deepEqual(socket.take('offer'), [], 'before the answer there is no other offer');
  socket.receive(answer(1));
  await turns();
  assert.equal(peers.length, 1);
  assert.equal(peers[0].remoteDescription.sdp, 'answer 1');
  const [next] = socket.take('offer');
  assert.deepEqual([next.generation, next.sends.length, next.receives], [1, 2, [{ mid: '2', publication: 'p1/camera' }]]);
});

test('what is muted while one joins is told', async (t) => {
  const call = await begin(t);
  call.setMuted('microphone', true);
  socket.receive(joined());
  assert.deepEqual(socket.take('mute'), [{ type: 'mute', source: 'microphone', muted: true }]);
});

for (const [what, fields] of [['ICE servers', { ice_servers: [{ urls: 'turn:example.org', username: 'u', credential: 'c' }] }], ['a relay policy', { ice_policy: 'relay' }]]) {
  test(`${what} make another peer connection, and nothing of the first one is told`, async (t) => {
    await begin(t);
    socket.receive(joined(fields));
    assert.deepEqual(peers.map(({ isClosed }) => isClosed), [true, false]);
    assert.deepEqual([peers[1].config.iceServers, peers[1].config.iceTransportPolicy], [fields.ice_servers ?? [], fields.ice_policy ?? 'all']);
    socket.receive(answer(1));
    await turns();
    assert.equal(peers[1].remoteDescription, undefined);
    assert.deepEqual(socket.take('ice-candidate').map(({ candidate, generation }) => [candidate, generation]), [['candidate of 1', 2]]);
    assert.deepEqual(socket.take('offer').map(({ generation, receives }) => [generation, receives.length]), [[2, 1]]);
    });
}

test('who has to wait offers when let in', async (t) => {
  await begin(t);
  socket.receive({ type: 'waiting', participant: 'p2', room: 'r', resume: 'p2.secret' });
  assert.ok(peers[0].isClosed);
  socket.receive(joined());
  await turns();
  assert.deepEqual(socket.take('offer').map(({ generation, receives }) => [generation, receives.length]), [[1, 1]]);
});

test('an offer that is refused is made again, without what one may not send', async (t) => {
  await begin(t);
  socket.receive(joined({ permissions: { camera: false } }));
  socket.receive({ type: 'error', code: 'not-allowed', message: 'm', request: 'join', field: 'offer.sends[1].source' });
  await turns();
  assert.deepEqual(socket.take('offer').map(({ sends }) => sends.map(({ source: name }) => name)), [['microphone']]);
});

test('an offer too long for join follows it', async (t) => {
  FakePeer.sdp = 'v=0\n'.repeat(8000);
  await begin(t);
  assert.equal(socket.take('join')[0].offer, undefined);
  socket.receive(joined());
  await turns();
  assert.equal(socket.take('offer').length, 1);
});

test('a socket that breaks before one is in carries the offer again', async (t) => {
  const call = await begin(t);
  const first = socket;
  socket.onclose();
  call.networkChanged(); // opens at once
  assert.notEqual(socket, first);
  socket.onopen();
  await turns();
  assert.equal(socket.take('join')[0].offer.sdp, 'v=0');
});
