// Whose place is kept when a socket breaks, and whose is not: nobody can fill rooms or the
// server with participants that are not there. Three C clients are in a call meanwhile, into
// whose room some of the joins go, and lose no packet.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { assertUndisturbed, NAMES, startCall } from './lib/call_of_three.mjs';
import { assertDelivered } from './lib/delivery.mjs';
import { runHostile } from './lib/hostile.mjs';
import { eventually } from './lib/wait.mjs';
import { Client, joined, negotiated, startServer } from './signaling_client.mjs';

const ROOMS = 40;
const PARTICIPANTS = 4;
const CALL_SECONDS = 60;
const options = ['--open', '--log', 'warning', '--max-rooms', String(ROOMS), '--max-participants', String(PARTICIPANTS)];
let server;
let call;

before(async () => {
  server = await startServer(options);
  const maker = await joined(server, 'call', { topology: 'sfu' }); // the call is the router's, in other rooms paths can be proven
  call = await startCall(server, CALL_SECONDS);
  maker.kill();
});
after(async () => {
  for (const { child } of call) child.kill();
  await server.stop();
});

const api = async (where = '') => (await fetch(new URL(`/api/v1/rooms${where}`, server.url))).json();

/** A client's frame of a text shorter than 126 bytes. */
function frame(text) {
  const mask = randomBytes(4);
  const payload = Buffer.from(text).map((byte, i) => byte ^ mask[i % 4]);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload]);
}

/** A WebSocket that reads nothing after it has joined; `end(text)` says something and resets the connection. */
async function deafClient(url, room) {
  const { hostname, port, protocol } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  const stream = protocol === 'https:' ? tls.connect({ socket, rejectUnauthorized: false }) : socket;
  socket.on('error', () => {});
  stream.on('error', () => {});
  const join = JSON.stringify({ type: 'join', room, name: 'Deaf' });
  const upgrade = ['GET /ws HTTP/1.1', `Host: ${hostname}:${port}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`, 'Sec-WebSocket-Protocol: heddle.v1', '', ''].join('\r\n');
  stream.write(upgrade);
  let read = '';
  await new Promise((resolve, reject) => {
    stream.on('data', (data) => {
      const had = read.includes('101 Switching');
      read += data.toString('latin1');
      if (!had && read.includes('101 Switching')) stream.write(frame(join));
      if (read.includes('"type":"joined"')) resolve();
    });
    stream.on('close', () => reject(new Error(`the server closed: ${read}`)));
  });
  stream.pause();
  socket.pause();
  return {
    id: /"participant":"(p\d+)"/.exec(read)[1],
    send: (message) => stream.write(frame(JSON.stringify(message))),
    end: (text) => new Promise((resolve) => {
      stream.write(frame(text), () => { socket.resetAndDestroy(); resolve(); });
    }),
  };
}

/** `count` sockets that join a room (`room(number)`), and are closed at once or when they are in. */
async function joinAndHangUp(count, room, isPatient) {
  let next = 0;
  await Promise.all(Array.from({ length: 20 }, async () => {
    while (next < count) {
      const name = room(next += 1);
      const client = new Client(server);
      if (isPatient) await client.join(name);
      else await client.send({ type: 'join', room: name, name: 'x' });
      client.kill();
    }
  }));
}

async function roomOpens() {
  const start = performance.now();
  const client = await joined(server, 'honest');
  const took = performance.now() - start;
  client.kill();
  assert.ok(took < 2000, `joining took ${Math.round(took)} ms`);
}

test('a thousand joins on sockets that are closed at once leave nothing behind', async () => {
  await joinAndHangUp(1000, (i) => (i % 4 === 0 ? 'call' : `thousand-${i}`), false);
  await roomOpens();
  let rooms;
  await eventually(() => JSON.stringify(rooms), async () => (rooms = await api()).room_count <= 1, 3000);
});

test('an address cannot join as fast as it likes', async () => {
  const start = performance.now();
  await joinAndHangUp(650, (i) => `fast-${i}`, true);
  const took = performance.now() - start;
  assert.ok(took > 2000, `500 at once, and 50 a second: ${Math.round(took)} ms`);
  await roomOpens();
  assert.ok((await api()).server.limits.messages_held > 100);
});

test('broken joins leave no namesakes', async () => {
  const watcher = await joined(server, 'names');
  for (let i = 0; i < 3; i += 1) {
    const client = await joined(server, 'names', { name: 'Ann' });
    client.kill();
    assert.deepEqual((await watcher.take('participant-left')), { type: 'participant-left', participant: client.id, reason: 'timeout' });
  }
  const ann = await joined(server, 'names', { name: 'Ann' });
  assert.deepEqual(ann.joined.participants.map(({ id }) => id), [watcher.id]);
  assert.ok(!watcher.messages.some(({ type }) => type === 'participant-state'));
  ann.kill();
  watcher.kill();
});

test('whose network dies as soon as it has media is kept, and resumes', async () => {
  const watcher = await joined(server, 'kept', { topology: 'sfu' });
  const client = await joined(server, 'kept');
  const hasMedia = async () => (await api('/kept')).participants.some(({ connection }) => connection?.profile);
  let dead; // when signaling knows of its media, too, which another thread tells
  await runHostile(server, client, 'connect', 1000, { connected: () => { dead = eventually('media', hasMedia).then(() => client.kill()); } });
  await dead;
  assert.equal((await watcher.take('participant-state')).state, 'reconnecting');
  const again = new Client(server);
  const { resumed, participant } = await again.join('kept', { resume: client.joined.resume });
  assert.deepEqual([resumed, participant], [true, client.id]);
  again.kill();
  watcher.kill();
});

test('in a full room, and on a full server, whoever has been away longest gives its place up', async () => {
  const watcher = await joined(server, 'full');
  const participants = [];
  for (let i = 1; i < PARTICIPANTS; i += 1) participants.push(await joined(server, 'full'));
  for (const participant of participants) await negotiated(watcher, participant);
  for (const participant of [participants[1], participants[0]]) {
    participant.kill();
    await watcher.take('participant-state');
  }
  const newcomer = await joined(server, 'full');
  assert.equal((await watcher.take('participant-left')).participant, participants[1].id);
  const again = new Client(server);
  assert.equal((await again.join('full', { resume: participants[0].joined.resume })).resumed, true);
  const refused = new Client(server);
  assert.equal((await refused.ask({ type: 'join', room: 'full', name: 'x' }, 'error')).code, 'room-full');
  for (const client of [watcher, participants[2], newcomer, again]) client.kill();

  const before = (await api()).server.limits.places_given_up;
  for (let i = 0; i < ROOMS; i += 1) {
    const pair = [await joined(server, `deserted-${i}`), await joined(server, `deserted-${i}`)];
    await negotiated(...pair);
    for (const client of pair) client.kill();
  }
  const last = await joined(server, 'one-more');
  assert.ok((await api()).server.limits.places_given_up > before);
  last.kill();
});

test('the call has not noticed: every packet came', async () => {
  assertUndisturbed(await api('/call'));
  for (const { child } of call) child.kill('SIGTERM');
  for (const [i, { summary }] of (await Promise.all(call.map(({ done }) => done))).entries())
    for (const name of NAMES.filter((other) => other !== NAMES[i])) assertDelivered(summary, name, { video: 150, audio: 500 });
});

for (const secure of [false, true]) {
  test(`a leave counts that came before the reset${secure ? ', under TLS, too' : ''}`, async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-kept-places-'));
    const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
    spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
      '-subj', '/CN=localhost', '-keyout', key, '-out', cert]);
    const own = await startServer(['--open', '--log', 'warning', '--mesh-max', '16', ...(secure ? ['--tls-cert', cert, '--tls-key', key] : [])]);
    const watcher = new Client(own, { insecure: true });
    watcher.id = (await watcher.join('last')).participant;
    for (let i = 0; i < 10; i += 1) {
      const deaf = await deafClient(own.url, 'last');
      await watcher.send({ type: 'offer', target: deaf.id, generation: 1, sdp: 'v=0', sends: [] });
      deaf.send({ type: 'answer', target: watcher.id, generation: 1, sdp: 'v=0', sends: [] });
      await watcher.take('answer');
      deaf.send({ type: 'path', target: watcher.id, state: 'proven' });
      deaf.send({ type: 'chat', text: 'here' });
      await watcher.take('chat');
      await watcher.send({ type: 'path', target: deaf.id, state: 'proven' });
      await watcher.ask({ type: 'chat', text: 'x'.repeat(100) }, 'chat'); // which it will not have read
      own.child.kill('SIGSTOP'); // so that the leave and the reset are both there when the server looks
      await deaf.end(JSON.stringify(i % 2 ? { type: 'chat', text: 'no leave' } : { type: 'leave' }));
      own.child.kill('SIGCONT');
      if (i % 2) assert.equal((await watcher.take('participant-state')).participant, deaf.id);
      else assert.deepEqual(await watcher.take('participant-left'), { type: 'participant-left', participant: deaf.id, reason: 'left' });
    }
    watcher.kill();
    await own.stop();
    await rm(folder, { recursive: true });
  });
}
