// The signaling protocol against the real server, over real sockets.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import dgram from 'node:dgram';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { spawnSync } from 'node:child_process';
import { makeOffer, offerTo } from './lib/hostile.mjs';
import { eventually, roomOf } from './lib/wait.mjs';
import { Client, binary, joined, negotiated, startServer, takeMediaPort } from './signaling_client.mjs';

let server;
let folder;
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-signaling-'));
  server = await startServer(['--open', '--mesh-max', '3', '--mesh-hold', '1', '--max-participants', '5', '--grace', '5']);
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const offer = (target, fields = {}) => ({
  type: 'offer', target, generation: 1, sdp: 'v=0\r\n', sends: [{ mid: '0', source: 'camera', muted: false }], ...fields,
});
let roomCount = 0;
const newRoom = () => `room-${process.pid}-${roomCount += 1}`;

test('other paths and subprotocols do not become sockets', async () => {
  for (const options of [{ protocol: 'other.v1' }, { path: 'elsewhere' }, { protocol: 'http' }, { protocol: [] }]) {
    const client = new Client(server, options);
    await assert.rejects(client.opened, `${JSON.stringify(options)}`);
  }
});

test('joining gives a snapshot, and the others hear of it', async () => {
  const room = newRoom();
  const a = await joined(server, room, { name: 'Ann' });
  assert.equal(a.joined.participant, 'p1');
  assert.equal(a.joined.topology, 'sfu');
  assert.equal(a.joined.grace_ms, 5000);
  assert.deepEqual([a.joined.connect, a.joined.probe], [['router'], []]);
  const b = await joined(server, room, { name: '배' });
  assert.deepEqual([b.joined.connect, b.joined.probe], [['router'], ['p1']]);
  assert.equal(b.joined.participants[0].name, 'Ann');
  assert.equal((await a.take('participant-joined')).participant.name, '배');
  assert.deepEqual((await a.take('connect')).probe, ['p2']);
  await b.send({ type: 'leave' });
  assert.equal(await b.closed, 1000);
  assert.deepEqual(await a.take('participant-left'), { type: 'participant-left', participant: 'p2', reason: 'left' });
  a.kill();
});

test('every error that does not end the socket names what is wrong', async () => {
  const room = newRoom();
  const client = new Client(server);
  const error = async (message, expected) => {
    const got = await client.ask(message, 'error');
    for (const [key, value] of Object.entries(expected)) assert.equal(got[key], value, JSON.stringify(got));
    return got;
  };
  await error('{', { code: 'bad-json' });
  await error('[]', { code: 'bad-json' });
  await error('{"type":1}', { code: 'bad-json' });
  await error(Buffer.from([0xff, 0xfe]), { code: 'bad-json' });
  await error({ type: 'chat', text: 'x' }, { code: 'not-joined', request: 'chat' });
  await error({ type: 'leave' }, { code: 'not-joined', request: 'leave' });
  const bad = await error({ type: 'join', room: 'a b', name: 'x' }, { code: 'bad-message', request: 'join', field: 'room' });
  assert.match(bad.expected, /1 to 64/);
  await error({ type: 'join', room, name: 'x', resume: 'p1.nonsense' }, { code: 'resume-failed', request: 'join' });
  await client.join(room);
  await error({ type: 'join', room, name: 'x' }, { code: 'already-joined' });
  await error({ type: 'dance' }, { code: 'bad-message', field: 'type' });
  await error(offer('p1'), { code: 'no-such-target', request: 'offer' }); // itself
  await error(offer('p9'), { code: 'no-such-target' });
  await error({ ...offer('router'), type: 'answer' }, { code: 'no-such-target', request: 'answer' });
  await error(offer('router', { sdp: 'nonsense' }), { code: 'bad-sdp', request: 'offer' });
  const twice = [{ mid: '0', source: 'camera', muted: false }, { mid: '1', source: 'camera', muted: false }];
  await error(offer('router', { sends: twice }), { code: 'bad-message', field: 'sends[1].source' });
  const shared = [{ mid: '0', source: 'camera', muted: false }, { mid: '0', source: 'screen', muted: false }];
  for (const target of ['router', 'p9']) await error(offer(target, { sends: shared }), { code: 'bad-message', field: 'sends[1].mid' });
  await error(offer('router', { sends: [{ mid: '0', source: 'camera' }] }), { code: 'bad-message', field: 'sends[0].muted' });
  await client.settle(); // and it lives
  client.kill();
});

test('a target in another room is not reached', async () => {
  const [roomA, roomB] = [newRoom(), newRoom()];
  const a1 = await joined(server, roomA);
  const b1 = await joined(server, roomB);
  const b2 = await joined(server, roomB); // p2 exists in B only
  for (const message of [offer('p2'), { type: 'ice-candidate', target: 'p2', generation: 1, candidate: '' },
    { type: 'request-new-connection', target: 'p2', generation: 2 }, { ...offer('p2'), type: 'answer' }]) {
    const error = await a1.ask(message, 'error');
    assert.equal(error.code, 'no-such-target');
    assert.equal(error.request, message.type);
  }
  await a1.ask({ type: 'chat', text: 'only for A' }, 'chat');
  for (const client of [b1, b2]) {
    await client.settle();
    assert.deepEqual(client.messages.filter((m) => ['offer', 'answer', 'ice-candidate', 'chat'].includes(m.type)), []);
  }
  for (const client of [a1, b1, b2]) client.kill();
});

test('offers, answers, candidates and requests pass between two of a room, and are counted', async () => {
  const room = newRoom();
  const a = await joined(server, room);
  const b = await joined(server, room);
  const sdp = `v=0\r\n${'a=x\r\n'.repeat(20000)}`; // 100 kB: several fragments
  await a.send(offer('p2', { sdp }));
  const got = await b.take('offer');
  assert.equal(got.from, 'p1');
  assert.equal(got.sdp, sdp);
  assert.equal('target' in got, false);
  await b.settle();
  assert.equal(b.messages.some(({ type }) => type === 'publications'), false); // anybody can offer
  await b.send({ ...offer('p1', { sends: [] }), type: 'answer' });
  assert.equal((await a.take('answer')).from, 'p2');
  assert.deepEqual((await b.take('publications')).publications,
    [{ id: 'p1/camera', kind: 'video', source: 'camera', muted: false }]);
  await b.send({ type: 'ice-candidate', target: 'p1', generation: 1, candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host', mid: '0' });
  assert.match((await a.take('ice-candidate')).candidate, /^candidate:/);
  await b.send({ type: 'request-new-connection', target: 'p1', generation: 2 });
  assert.deepEqual(await a.take('connection-request'), { type: 'connection-request', from: 'p2', generation: 2 });
  await a.send({ type: 'mute', source: 'camera', muted: true });
  assert.equal((await b.take('publications')).publications[0].muted, true);
  const api = await roomOf(server, room);
  const pair = api.pairs.find(({ from }) => from === 'p1');
  assert.equal(pair.to, 'p2');
  assert.ok(pair.bytes > 100000 && pair.messages === 1, JSON.stringify(pair));
  assert.deepEqual(api.participants.map(({ publications }) => publications.length), [1, 0]);
  a.kill();
  b.kill();
});

// What a browser would offer, from a real one; `edit` changes it.
const vector = async (name, edit = (sdp) => sdp) => edit(
  await readFile(new URL(`../vectors/sdp/${name}.sdp`, import.meta.url), 'utf8'));
const browserSends = [{ mid: '0', source: 'microphone', muted: false }, { mid: '1', source: 'camera', muted: false }];
const line = (sdp, pattern) => pattern.exec(sdp)?.[1];
const ufrag = (sdp) => line(sdp, /^a=ice-ufrag:(.*?)\r?$/m);

test('the router answers offers: renegotiation, restart, a new connection', async () => {
  for (const name of ['chromium-plain', 'firefox-plain']) {
    const room = newRoom();
    const watcher = await joined(server, room, { topology: 'sfu' });
    const client = await joined(server, room);
    const sdp = await vector(name);
    const ask = (generation, text, fields = {}) => client.ask(
      { type: 'offer', target: 'router', generation, sdp: text, sends: browserSends, receives: [], ...fields }, 'answer');
    const first = await ask(1, sdp);
    assert.equal(first.from, 'router');
    assert.equal(first.generation, 1);
    assert.match(first.sdp, /^a=ice-lite\r$/m);
    assert.match(first.sdp, /^a=setup:passive\r$/m);
    assert.match(first.sdp, new RegExp(`^a=candidate:.* udp .* 127\\.0\\.0\\.1 ${server.mediaPort} typ host`, 'mi'));
    const published = await watcher.take('publications');
    assert.deepEqual(published.publications.map(({ id }) => id), ['p2/camera', 'p2/microphone']);
    // The same credentials: a renegotiation keeps the connection, and only the version in o= moves.
    const again = await ask(1, sdp, { sends: browserSends.slice(0, 1) });
    assert.equal(ufrag(again.sdp), ufrag(first.sdp));
    const origin = (text) => line(text, /^o=(.*?)\r?$/m).split(' ');
    assert.equal(origin(again.sdp)[1], origin(first.sdp)[1]);
    assert.equal(Number(origin(again.sdp)[2]), Number(origin(first.sdp)[2]) + 1);
    assert.deepEqual((await watcher.take('publications')).publications.map(({ id }) => id), ['p2/microphone']);
    // New ones: a restart, answered with new ones.
    const restarted = await ask(2, sdp.replaceAll(/^a=ice-ufrag:.*$/mg, 'a=ice-ufrag:another1'));
    assert.notEqual(ufrag(restarted.sdp), ufrag(first.sdp));
    assert.equal(origin(restarted.sdp)[1], origin(first.sdp)[1]);
    const late = await client.ask({ type: 'offer', target: 'router', generation: 1, sdp, sends: [] }, 'error');
    assert.equal(late.code, 'wrong-generation');
    // Another session id says nothing; another certificate is another peer connection.
    const renamed = await ask(2, sdp.replaceAll(/^a=ice-ufrag:.*$/mg, 'a=ice-ufrag:another1').replace(/^(o=\S+) \d+/m, '$1 424242'));
    assert.equal(origin(renamed.sdp)[1], origin(first.sdp)[1]);
    assert.equal(ufrag(renamed.sdp), ufrag(restarted.sdp));
    const fresh = await ask(2, sdp.replaceAll(/^(a=fingerprint:sha-256 ..)/mg, '$1:FE').replaceAll(/^(a=fingerprint:.*):..(\r?)$/mg, '$1$2'));
    assert.notEqual(origin(fresh.sdp)[1], origin(first.sdp)[1]);
    await client.send({ type: 'request-new-connection', target: 'router', generation: 3 });
    assert.deepEqual(await client.take('connection-request'), { type: 'connection-request', from: 'router', generation: 3 });
    assert.equal((await ask(3, sdp)).generation, 3);
    await client.send({ type: 'ice-candidate', target: 'router', generation: 3, candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host' });
    await client.send({ type: 'ice-candidate', target: 'router', generation: 3, candidate: '' });
    await client.settle();
    const api = await roomOf(server, room);
    assert.equal(api.participants[1].connection.publications.length, 2);
    assert.equal(api.participants[0].connection, null);
    client.kill();
    watcher.kill();
  }
});

test('the answer puts the codec first that the others can play', async () => {
  const room = newRoom();
  const publisher = await joined(server, room, { topology: 'sfu' });
  const offer = (await vector('chromium-plain')).replaceAll(/^m=video (\d+ \S+) 96 97 (.*?)(\r?)$/mg, 'm=video $1 $2 96 97$3');
  const first = async () => {
    const { sdp } = await publisher.ask({ type: 'offer', target: 'router', generation: 1, sdp: offer, sends: browserSends, receives: [] }, 'answer');
    const payloadType = line(sdp, /^m=video \d+ \S+ (\d+)/m);
    return line(sdp, new RegExp(`^a=rtpmap:${payloadType} (\\w+)/`, 'm'));
  };
  assert.notEqual(await first(), 'VP8');
  const viewer = await joined(server, room);
  const vp8 = (await vector('chromium-plain')).replaceAll('a=sendrecv', 'a=recvonly').replaceAll(/^(m=video \d+ \S+) .*?(\r?)$/mg, '$1 96 97$2');
  await viewer.ask({ type: 'offer', target: 'router', generation: 1, sdp: vp8, sends: [], receives: [] }, 'answer');
  assert.equal(await first(), 'VP8');
  publisher.kill();
  viewer.kill();
});

test('what is received is named in the answer, and names must fit the offer', async () => {
  const client = await joined(server, newRoom(), { topology: 'sfu' });
  const sdp = await vector('chromium-simulcast-and-receivers');
  const message = { type: 'offer', target: 'router', generation: 1, sdp, sends: browserSends };
  const receives = [{ mid: '2', publication: 'p7/microphone' }, { mid: '3', publication: 'p7/camera' }];
  const answer = await client.ask({ ...message, receives }, 'answer');
  assert.match(answer.sdp, /^a=msid:p7 p7\/camera\r$/m);
  assert.match(answer.sdp, /^a=msid:p7 p7\/microphone\r$/m);
  assert.match(answer.sdp, /^a=msid:slot-4 slot-4\r$/m); // not named: a shared slot
  for (const [wrong, field] of [
    [{ receives: [{ mid: '2', publication: 'p7/camera' }] }, 'receives[0].mid'], // an audio m-line
    [{ receives: [{ mid: '99', publication: 'p7/camera' }] }, 'receives[0].mid'],
    [{ receives: [...receives, { mid: '3', publication: 'p8/camera' }] }, 'receives[2].mid'],
    [{ sends: [{ mid: '1', source: 'microphone', muted: false }] }, 'sends[0].mid']]) {
    const error = await client.ask({ ...message, ...wrong }, 'error');
    assert.deepEqual([error.code, error.field], ['bad-message', field]);
  }
  for (const [edit, reason] of [
    [(text) => text.replaceAll(/^a=ice-ufrag:.*\r?\n/mg, ''), /ice-ufrag/],
    [(text) => text.replaceAll(/^a=fingerprint:.*\r?\n/mg, ''), /fingerprint/],
    [(text) => text.replace(/^v=0/, 'v=1'), /line 1/]]) {
    const error = await client.ask({ ...message, sdp: edit(sdp), receives: [] }, 'error');
    assert.equal(error.code, 'bad-sdp');
    assert.match(error.message, reason);
  }
  await client.ask({ ...message, receives }, 'answer'); // the connection has survived all that
  client.kill();
});

test('what is told of m-lines and sources that are not there is passed over', async () => {
  const client = await joined(server, newRoom(), { topology: 'sfu' });
  const receive = (mid) => client.send({ type: 'receive', slots: [{ mid, width: 320, height: 180, priority: 1 }] });
  const candidate = (more) => client.send({ type: 'ice-candidate', target: 'router', generation: 1, candidate: '', ...more });
  await receive('0'); // there is no connection yet
  await candidate({});
  await client.send({ type: 'mute', source: 'camera', muted: true }); // nor a camera
  const sdp = await vector('chromium-simulcast-and-receivers');
  const offer = { type: 'offer', target: 'router', generation: 1, sdp, sends: browserSends };
  await client.ask(offer, 'answer');
  await receive('no-such-line');
  await receive('0'); // which only sends
  await client.send({ type: 'mute', source: 'screen', muted: true });
  for (const more of [{}, { mid: '' }, { mid: '1' }, { mid: '99' }, { generation: 7 }]) await candidate(more);
  await client.settle();
  assert.deepEqual(client.messages.filter(({ type }) => type === 'error'), []);
  const watcher = await joined(server, client.joined.room);
  assert.deepEqual(watcher.joined.participants[0].publications.filter(({ muted }) => muted), [], 'muting what was not there yet has no effect');
  client.kill();
  watcher.kill();
});

test('an offer may follow before the last one was answered; each gets its answer, in order', async () => {
  const client = await joined(server, newRoom(), { topology: 'sfu' });
  const offer = { type: 'offer', target: 'router', sdp: await vector('chromium-plain'), sends: browserSends };
  for (const generation of [1, 2, 3]) await client.send({ ...offer, generation });
  for (const generation of [1, 2, 3]) assert.equal((await client.take('answer')).generation, generation);
  client.kill();
});

test('chat goes to everybody in the room', async () => {
  const room = newRoom();
  const a = await joined(server, room);
  const b = await joined(server, room);
  await a.send({ type: 'chat', text: '안녕 <b>' });
  for (const client of [a, b]) {
    const { at, ...chat } = await client.take('chat');
    assert.deepEqual(chat, { type: 'chat', from: 'p1', name: 'tester', text: '안녕 <b>' });
    assert.ok(Math.abs(at - Date.now()) < 60000, `${at} is the time`);
  }
  a.kill();
  b.kill();
});

/** Each of `clients` says that it has a direct path to each other. */
async function proveAll(clients) {
  const ids = clients.map(({ joined: { participant } }) => participant);
  for (const client of clients) {
    for (const target of ids) if (target !== client.joined.participant) await client.send({ type: 'path', target, state: 'proven' });
  }
}

test('a room goes direct when its pairs have proven paths, grows back to the router, and a pin fixes it', async () => {
  const room = newRoom();
  const clients = [];
  for (let i = 0; i < 3; i += 1) clients.push(await joined(server, room));
  const [a, b, c] = clients;
  assert.deepEqual([c.joined.topology, c.joined.connect, c.joined.probe, c.joined.reason], ['sfu', ['router'], ['p1', 'p2'], 'unproven']);
  await proveAll(clients);
  const direct = await a.take('connect', 5000, (m) => m.epoch === 2);
  assert.deepEqual([direct.topology, direct.connect, direct.probe, direct.reason], ['mesh', ['p2', 'p3'], [], 'none']);
  const d = await joined(server, room);
  assert.deepEqual([d.joined.epoch, d.joined.connect, d.joined.probe], [3, ['router'], []]);
  const up = await a.take('connect', 5000, (m) => m.epoch === 3);
  assert.deepEqual([up.topology, up.connect, up.probe, up.pin], ['sfu', ['router'], [], 'auto']);
  await d.send({ type: 'leave' });
  assert.deepEqual((await a.take('connect', 5000, (m) => m.epoch === 3 && m.probe.length > 0)).probe, ['p2', 'p3']);
  await proveAll(clients);
  assert.equal((await b.take('connect', 5000, (m) => m.epoch === 4)).topology, 'mesh');
  await a.send({ type: 'pin', topology: 'sfu' });
  const pinned = await b.take('connect', 5000, (m) => m.epoch === 5);
  assert.deepEqual([pinned.topology, pinned.pin, pinned.reason, pinned.pin_by], ['sfu', 'sfu', 'pin', 'tester']);
  await a.send({ type: 'pin', topology: 'mesh' });
  assert.deepEqual((await b.take('connect', 5000, (m) => m.pin === 'mesh')).probe, ['p1', 'p3']);
  await proveAll(clients);
  assert.equal((await b.take('connect', 5000, (m) => m.epoch === 6)).topology, 'mesh');
  // A pair that lost its path settles the room on the router, even so, and nobody tries for a while.
  await a.send({ type: 'path', target: 'p2', state: 'failed' });
  const settled = await b.take('connect', 5000, (m) => m.epoch === 7);
  assert.deepEqual([settled.topology, settled.connect, settled.probe, settled.reason], ['sfu', ['router'], [], 'pair']);
  assert.equal((await a.ask({ type: 'path', target: 'p9', state: 'proven' }, 'error')).code, 'no-such-target');
  for (const client of clients) client.kill();
});

test('the API pins a room', async () => {
  const room = newRoom();
  const a = await joined(server, room);
  const pin = (name, topology) => fetch(new URL(`/api/v1/rooms/${name}/pin?topology=${topology}`, server.url), { method: 'POST' });
  assert.deepEqual(await (await pin(room, 'sfu')).json(), { topology: 'sfu', pin: 'sfu' });
  assert.deepEqual((await a.take('connect', 5000, (m) => m.pin === 'sfu')).connect, ['router']);
  assert.equal((await pin(room, 'star')).status, 400);
  assert.equal((await pin('nobody', 'sfu')).status, 404);
  a.kill();
});

test('the topology asked for a new room, and participants that cannot mesh', async () => {
  const asked = await joined(server, newRoom(), { topology: 'sfu' });
  assert.deepEqual([asked.joined.topology, asked.joined.pin], ['sfu', 'sfu']);
  const unable = await joined(server, newRoom(), { capabilities: { mesh: false } });
  assert.deepEqual([unable.joined.topology, unable.joined.pin], ['sfu', 'auto']);
  const room = newRoom();
  const first = await joined(server, room);
  assert.equal(first.joined.reason, 'alone');
  const second = await joined(server, room, { capabilities: { mesh: false } });
  assert.equal((await first.take('connect', 5000, (m) => m.reason === 'capability')).epoch, first.joined.epoch); // another reason is news
  for (const client of [asked, unable, first, second]) client.kill();
});

test('a broken socket resumes the same participant, and gets what it missed', async () => {
  const room = newRoom();
  const a = await joined(server, room);
  const b = await joined(server, room);
  await negotiated(a, b);
  a.kill();
  assert.deepEqual(await b.take('participant-state'), { type: 'participant-state', participant: 'p1', state: 'reconnecting' });
  await b.send(offer('p1', { generation: 3 }));
  await b.ask({ type: 'chat', text: 'are you there?' }, 'chat');
  const again = new Client(server);
  const snapshot = await again.join(room, { resume: a.joined.resume });
  assert.deepEqual([snapshot.participant, snapshot.resumed], ['p1', true]);
  assert.equal(snapshot.participants[0].publications.length, 0); // offered, and not answered yet
  assert.equal((await again.take('offer')).generation, 3);
  await again.send({ ...offer('p2', { generation: 3, sends: [] }), type: 'answer' });
  assert.equal((await again.take('publications')).publications.length, 1);
  assert.equal((await again.take('chat')).text, 'are you there?');
  assert.equal((await b.take('participant-state')).state, 'active');
  await b.settle();
  assert.equal(b.messages.some(({ type }) => type === 'participant-left' || type === 'participant-joined'), false);
  // A further socket takes over; the old one is told.
  const third = new Client(server);
  assert.equal((await third.join(room, { resume: a.joined.resume })).resumed, true);
  assert.equal((await again.take('error')).code, 'replaced');
  assert.equal(await again.closed, 1008);
  third.kill();
  b.kill();
});

test('resumes without pause are refused, and who has the participant keeps it', async () => {
  const room = newRoom();
  const own = await joined(server, room);
  const sockets = Array.from({ length: 30 }, () => new Client(server));
  await Promise.all(sockets.map((client) => client.send({ type: 'join', room, name: 'x', resume: own.joined.resume })));
  let closed = 0;
  for (const client of sockets) client.closed.then(() => { closed += 1; });
  await eventually(() => `${closed} closed`, () => closed === 29); // one of them has it
  const codes = sockets.flatMap(({ messages }) => messages.filter(({ type }) => type === 'error').map(({ code }) => code));
  const refused = codes.filter((code) => code === 'too-fast').length;
  assert.ok(refused >= 15 && refused <= 20, `${refused} of 30 refused`); // ten at once, and one for each second that it took
  assert.equal(codes.filter((code) => code === 'replaced').length, 29 - refused);
  const holder = sockets.find(({ socket }) => socket.readyState === 1);
  await holder.settle();
  holder.kill();
});

test('after the grace period the place is gone', async () => {
  const room = newRoom();
  const a = await joined(server, room);
  const b = await joined(server, room);
  await negotiated(a, b);
  a.kill();
  await b.take('participant-state');
  assert.deepEqual(await b.take('participant-left', 8000), { type: 'participant-left', participant: 'p1', reason: 'timeout' });
  const late = new Client(server);
  const error = await late.ask({ type: 'join', room, name: 'x', resume: a.joined.resume }, 'error');
  assert.equal(error.code, 'resume-failed');
  assert.equal((await late.join(room)).participant, 'p3'); // on the same socket, as somebody new
  late.kill();
  b.kill();
});

test('a full room closes the socket, and so does a full server', async () => {
  const room = newRoom();
  const clients = [];
  for (let i = 0; i < 5; i += 1) clients.push(await joined(server, room));
  const sixth = new Client(server);
  assert.equal((await sixth.ask({ type: 'join', room, name: 'x' }, 'error')).code, 'room-full');
  assert.equal(await sixth.closed, 1013);
  for (const client of clients) client.kill();
  const small = await startServer(['--open', '--max-rooms', '1']);
  const only = await joined(small, 'one');
  const other = new Client(small);
  assert.equal((await other.ask({ type: 'join', room: 'two', name: 'x' }, 'error')).code, 'too-many-rooms');
  assert.equal(await other.closed, 1013);
  only.kill();
  await small.stop();
});

test('an over-long message closes its socket and disturbs nobody', async () => {
  const room = newRoom();
  const a = await joined(server, room);
  const b = await joined(server, room);
  await negotiated(a, b);
  const longest = 256 * 1024;
  const text = JSON.stringify({ type: 'ping', id: 5 });
  await a.send(text + ' '.repeat(longest - text.length)); // the longest that is allowed
  assert.equal((await a.take('pong')).id, 5);
  await a.send(text + ' '.repeat(longest - text.length + 1));
  assert.equal((await a.take('error')).code, 'too-large');
  assert.equal(await a.closed, 1009);
  assert.equal((await b.take('participant-state')).state, 'reconnecting');
  await b.settle();
  b.kill();
});

test('a message before joining is short', async () => {
  const join = (length) => {
    const text = JSON.stringify({ type: 'join', room: newRoom(), name: 'Ann' });
    return text + ' '.repeat(length - text.length);
  };
  const longest = new Client(server);
  assert.equal((await longest.ask(join(32768), 'joined')).type, 'joined');
  const longer = new Client(server);
  assert.equal((await longer.ask(join(32769), 'error')).code, 'too-large');
  assert.equal(await longer.closed, 1009);
  longest.kill();
});

test('the first offer comes with join, and its answer with joined', async () => {
  const room = newRoom();
  const sdp = await makeOffer(Array(32).fill('AB').join(':'));
  const { sends } = offerTo('router', sdp);
  const withOffer = (offer, fields) => ({ type: 'join', room, name: 'Ann', offer: { generation: 1, sdp, sends, ...offer }, ...fields });

  const ann = new Client(server);
  await ann.ask(withOffer(), 'joined');
  const answer = await ann.take('answer');
  assert.deepEqual([answer.from, answer.generation, answer.rejected], ['router', 1, []]);
  assert.match(answer.sdp, /^a=candidate:.* 127\.0\.0\.1 \d+ typ host/m);
  assert.deepEqual((await roomOf(server, room)).participants[0].publications.map(({ source }) => source).sort(), ['camera', 'microphone']);

  const refused = new Client(server); // what refuses the join refuses the offer
  const error = await refused.ask(withOffer({ generation: 'one' }), 'error');
  assert.deepEqual([error.code, error.request, error.field], ['bad-message', 'join', 'offer.generation']);
  assert.equal((await refused.ask(withOffer({}, { resume: 'p1.unknown' }), 'error')).code, 'resume-failed');
  assert.equal((await roomOf(server, room)).participants.length, 1);
  await refused.ask({ type: 'join', room, name: 'Ben' }, 'joined');

  for (const [offer, code, field] of [[{ sdp: 'v=0\r\n' }, 'bad-sdp', 'offer.sdp'], [{ sends: [...sends, sends[0]] }, 'bad-message', 'offer.sends[2].source'],
    [{ sends: [{ mid: '9', source: 'camera', muted: false }] }, 'bad-message', 'offer.sends[0].mid']]) {
    const wrong = new Client(server);
    await wrong.ask(withOffer(offer), 'joined'); // it is in the room, and loses the offer alone
    const told = await wrong.take('error');
    assert.deepEqual([told.code, told.request, told.field], [code, 'join', field]);
    assert.equal((await wrong.ask(offerTo('router', sdp), 'answer')).generation, 1);
    await wrong.send({ type: 'leave' });
    await wrong.closed;
  }
  for (const client of [ann, refused]) client.kill();
});

test('unfinished messages hold a bounded amount of memory: who holds most makes room', async () => {
  const own = await startServer();
  const memory = async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${own.child.pid}/status`, 'utf8'))[1]) / 1024;
  const honest = await joined(own, 'honest');
  const clients = [];
  for (let i = 0; i < 120; i += 1) clients.push(await joined(own, 'room'));
  const before = await memory();
  for (const { socket } of clients) {
    await new Promise((resolve) => { socket.send('x'.repeat(250000), { fin: false }, resolve); });
  }
  await eventually('some are ended', () => clients.filter(({ socket }) => socket.readyState === 3).length >= 60);
  const grown = await memory() - before;
  assert.ok(grown < 24, `${grown.toFixed(1)} MB more`); // an address may hold 16
  const ended = clients.filter(({ socket }) => socket.readyState === 3);
  assert.deepEqual(ended[0].messages.find(({ type }) => type === 'error')?.code, 'too-much-unfinished');
  assert.equal(await ended[0].closed, 1013);
  const { limits } = (await (await fetch(new URL('/api/v1/rooms', own.url))).json()).server;
  assert.ok(limits.unfinished_ended >= ended.length, JSON.stringify(limits));
  honest.socket.send('{"type":"ping",', { fin: false });
  honest.socket.send('"id":7}', { fin: true });
  assert.equal((await honest.take('pong')).id, 7);
  for (const client of [honest, ...clients]) client.kill();
  await own.stop();
});

test('too many messages close the socket', async () => {
  const client = await joined(server, newRoom());
  for (let i = 0; i < 700; i += 1) await client.send({ type: 'ping', id: i });
  assert.equal((await client.take('error')).code, 'too-fast');
  assert.equal(await client.closed, 1008);
  const pongs = client.messages.filter(({ type }) => type === 'pong').length;
  assert.ok(pongs >= 490 && pongs <= 600, `${pongs} pongs`);
});

test('who floods one that does not read is told; the other one keeps its socket', async () => {
  const own = await startServer(['--open', '--mesh-max', '0']);
  const b = await joined(own, 'room');
  const c = await joined(own, 'room');
  b.socket._socket.pause();
  const sdp = 'x'.repeat(200000);
  const flooders = [];
  let error = null;
  while (error === null) { // the kernel takes the first megabytes
    assert.ok(flooders.length < 20, 'it is never refused');
    const a = await joined(own, 'room');
    flooders.push(a);
    for (let i = 0; i < 5; i += 1) await a.send(offer('p1', { sdp }));
    await a.settle();
    error = a.messages.find(({ type }) => type === 'error') ?? null;
  }
  assert.deepEqual([error.code, error.request], ['target-busy', 'offer']);
  await c.settle();
  assert.equal(c.messages.some(({ type }) => type === 'participant-state'), false);
  b.socket._socket.resume();
  assert.equal((await b.take('offer')).sdp.length, sdp.length);
  await b.settle();
  assert.ok((await (await fetch(new URL('/api/v1/rooms', own.url))).json()).server.limits.target_busy > 0);
  for (const client of [b, c, ...flooders]) client.kill();
  await own.stop();
});

test('TURN credentials and the ICE policy reach the client', async () => {
  const file = path.join(folder, 'turn');
  await writeFile(file, 'the secret of the TURN server\n');
  const turning = await startServer(['--open', '--ice-policy', 'relay', '--turn-secret', file, '--ice-server', 'stun:127.0.0.1:3478',
    '--ice-server', 'turn:127.0.0.1:3478?transport=tcp', '--ice-server', 'turn:ann:pw@127.0.0.1']);
  const client = await joined(turning, 'x');
  assert.equal(client.joined.ice_policy, 'relay');
  const [stun, made, given] = client.joined.ice_servers;
  assert.deepEqual(stun, { urls: ['stun:127.0.0.1:3478'] });
  const [expires, user] = made.username.split(':');
  assert.equal(user, 'p1');
  assert.ok(Math.abs(Number(expires) - Date.now() / 1000 - 86400) < 10);
  assert.equal(made.credential, createHmac('sha1', 'the secret of the TURN server').update(made.username).digest('base64'));
  assert.deepEqual([given.username, given.credential], ['ann', 'pw']);
  client.kill();
  await turning.stop();
});

test('with a secret, joining, pinning and the API need tokens', async (t) => {
  const key = 'a key that nobody can guess';
  const file = path.join(folder, 'key');
  await writeFile(file, `${key}\n`);
  const closed = await startServer(['--secret', file]);
  t.after(() => closed.stop());
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = (claims, alg = 'HS256') => {
    const text = `${part({ alg, typ: 'JWT' })}.${part({ exp: Math.floor(Date.now() / 1000) + 60, ...claims })}`;
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  };
  const refusals = [['token-missing', undefined], ['bad-token', 'x.y.z'], ['token-elsewhere', token({ room: 'other' })],
    ['token-expired', token({ room: 'daily', exp: 1700000000 })], ['token-early', token({ room: 'daily', nbf: 9000000000, exp: 9000000001 })],
    ['bad-token', token({ room: 'daily' }, 'HS512')], ['bad-token', token({ room: 'daily' }, 'none')], ['bad-token', `${token({ room: 'daily' })}A`],
    ['token-claim', token({ room: 'daily', exp: '1 day' }), 'exp'], ['token-claim', token({}), 'room'], ['token-claim', token({ room: 'daily', publish: 'camera' }), 'publish']];
  for (const [code, refused, claim] of refusals) {
    const client = new Client(closed);
    const error = await client.ask({ type: 'join', room: 'daily', name: 'x', token: refused }, 'error');
    assert.equal(error.code, code, refused);
    if (claim) assert.match(error.message, new RegExp(`claim "${claim}"`));
    assert.equal(await client.closed, 1008);
  }
  // The one that the protocol's page makes in a shell.
  const protocol = await readFile(new URL('../../signaling/PROTOCOL.md', import.meta.url), 'utf8');
  const [, shell] = /## Access tokens[^]*?```sh\n([^]*?)```/.exec(protocol);
  const shown = spawnSync('sh', ['-c', shell], { cwd: folder, encoding: 'utf8' });
  (await joined(closed, 'demo', { token: shown.stdout.trim() })).kill();
  const guest = await joined(closed, 'daily', { token: token({ room: 'daily', name: 'Ann' }), topology: 'sfu' });
  assert.equal(guest.joined.pin, 'auto'); // asking for one needs the right, too
  assert.equal((await guest.ask({ type: 'pin', topology: 'sfu' }, 'error')).code, 'not-allowed');
  const host = await joined(closed, 'daily', { token: token({ room: 'daily', pin: true }) });
  assert.equal(host.joined.participants[0].name, 'Ann');
  await host.send({ type: 'pin', topology: 'sfu' });
  assert.equal((await guest.take('connect', 5000, (m) => m.pin === 'sfu')).topology, 'sfu');
  const api = (authorization) => fetch(new URL('/api/v1/rooms', closed.url), { headers: authorization ? { authorization } : {} });
  assert.equal((await api()).status, 401);
  assert.equal((await api(`Bearer ${token({ room: 'daily' })}`)).status, 401);
  assert.equal((await api(`Bearer ${token({ api: true })}`)).status, 200);
  const pin = (rights) => fetch(new URL('/api/v1/rooms/daily/pin?topology=auto', closed.url),
    { method: 'POST', headers: { authorization: `Bearer ${token(rights)}` } });
  assert.equal((await pin({ api: true })).status, 401);
  assert.equal((await pin({ api: true, pin: true })).status, 200);
  // A resume token is enough by itself: access tokens expire in long calls.
  await negotiated(guest, host);
  guest.kill();
  const again = new Client(closed);
  const resumed = await again.join('daily', { resume: guest.joined.resume });
  assert.deepEqual([resumed.resumed, resumed.participant], [true, 'p1']);
  assert.equal((await again.ask({ type: 'pin', topology: 'sfu' }, 'error')).code, 'not-allowed');
  again.kill();
  guest.kill();
  host.kill();
});

test('wrong options end with a reason', () => {
  for (const [options, reason] of [[[], /--open/], [['--open', '--ice', 'x'], /--ice x: expected lite or full/],
    [['--open', '--nothing'], /no such option/]]) {
    const result = spawnSync(binary, options, { encoding: 'utf8' });
    assert.equal(result.status, 2);
    assert.match(result.stderr, reason);
  }
  assert.match(spawnSync(binary, ['--help'], { encoding: 'utf8' }).stdout, /usage/);
  assert.match(spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout, /^heddle \d/);
});

test('a port that is taken is an error, not a hang', async () => {
  const blocker = dgram.createSocket('udp4');
  await new Promise((resolve) => blocker.bind(0, '127.0.0.1', resolve));
  const { port } = new URL(server.url);
  const taken = spawnSync(binary, ['--open', '--http', `127.0.0.1:${port}`, '--workers', '1', '--media-port', String(await takeMediaPort())],
    { encoding: 'utf8', timeout: 10000 });
  assert.equal(taken.status, 1, taken.stderr);
  assert.match(taken.stderr, /taken/);
  blocker.close();
});

test('200 joins and leaves leave no descriptor and no room behind', async () => {
  const own = await startServer(['--open', '--mesh-max', '0']);
  const cycle = async () => {
    const client = await joined(own, 'daily');
    await client.send({ type: 'leave' });
    await client.closed;
  };
  const count = async () => (await readdir(`/proc/${own.child.pid}/fd`)).length;
  for (let i = 0; i < 5; i += 1) await cycle();
  const baseline = await count();
  for (let i = 0; i < 200; i += 1) await cycle();
  let held;
  await eventually(() => `${held} descriptors, ${baseline} before`, async () => (held = await count()) <= baseline + 1);
  let api;
  await eventually(() => `nobody is left: ${JSON.stringify(api)}`, async () => {
    api = await (await fetch(new URL('/api/v1/rooms', own.url))).json();
    return api.rooms.length === 0 && api.server.sockets === 0;
  });
  assert.deepEqual(await own.stop(), { code: 0, signal: null });
});

test('SIGTERM tells everybody and ends cleanly', async () => {
  const own = await startServer();
  const a = await joined(own, 'daily');
  const b = await joined(own, 'daily');
  const stranger = new Client(own);
  await stranger.opened;
  const ended = own.stop('SIGTERM');
  for (const client of [a, b, stranger]) {
    assert.equal((await client.take('error')).code, 'shutting-down');
    assert.equal(await client.closed, 1001);
  }
  assert.deepEqual(await ended, { code: 0, signal: null });
  const other = await startServer();
  assert.deepEqual(await other.stop('SIGINT'), { code: 0, signal: null });
});

test('the server pings, and drops a socket that is dead', { timeout: 90000 }, async () => {
  const room = newRoom();
  const own = await startServer();
  const live = await joined(own, room);
  const dead = new Client(own, { pong: false });
  dead.id = (await dead.join(room)).participant;
  await negotiated(live, dead);
  const state = await live.take('participant-state', 60000);
  assert.deepEqual([state.participant, state.state], ['p2', 'reconnecting']);
  assert.ok(live.pings >= 2, `${live.pings} pings`);
  await live.settle();
  live.kill();
  dead.kill();
  await own.stop();
});
