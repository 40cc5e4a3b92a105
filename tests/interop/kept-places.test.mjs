// Whose place is kept when a socket breaks, and whose is not: nobody can fill rooms or the server with participants
// that are not there. Two calls of three C clients are held meanwhile, into one of whose rooms some of the joins go,
// and lose no packet.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import tls from 'node:tls';
import { assertHarmIsSeen, assertUnharmed, Calls, describeHarm, first, OWN, ROOMS } from './lib/calls_of_three.mjs';
import { runHostile } from './lib/hostile.mjs';
import { eventually } from './lib/wait.mjs';
import { Client, joined, negotiated, startServer } from './signaling_client.mjs';

const ROOMS_MAX = 40;
const PARTICIPANTS = 4;
const JOINING_MS = 738; // docs/test_bounds.md
const options = ['--open', '--log', 'warning', '--max-rooms', String(ROOMS_MAX), '--max-participants', String(PARTICIPANTS)];
let server;
let calls;

before(async () => {
  server = await startServer(options, first);
  const makers = await Promise.all(ROOMS.map((room) => joined(server, room, { topology: 'sfu' }))); // in other rooms paths can be proven
  calls = await Calls.start(server);
  for (const maker of makers) maker.kill();
});
afterEach(() => calls.assertUndisturbed()); // each attack by itself
after(async () => {
  calls.kill();
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
  socket.setNoDelay(true); // else what it says last may wait for an acknowledgement, and be dropped by its own reset
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

async function roomOpens(t) {
  const start = performance.now();
  const client = await joined(server, 'honest');
  const took = performance.now() - start;
  client.kill();
  t.diagnostic(`joining took ${Math.round(took)} ms`);
  assert.ok(took < JOINING_MS, `joining took ${Math.round(took)} ms`);
}

test('a thousand joins on sockets that are closed at once leave nothing behind', async (t) => {
  await joinAndHangUp(1000, (i) => (i % 4 === 0 ? OWN : `thousand-${i}`), false);
  await roomOpens(t);
  let rooms;
  await eventually(() => JSON.stringify(rooms), async () => (rooms = await api()).room_count <= ROOMS.length, 3000);
});

test('an address cannot join as fast as it likes', async (t) => {
  const start = performance.now();
  await joinAndHangUp(650, (i) => `fast-${i}`, true);
  const took = performance.now() - start;
  assert.ok(took > 2000, `500 at once, and 50 a second: ${Math.round(took)} ms`);
  await roomOpens(t);
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
  for (let i = 0; i < ROOMS_MAX; i += 1) {
    const pair = [await joined(server, `deserted-${i}`), await joined(server, `deserted-${i}`)];
    await negotiated(...pair);
    for (const client of pair) client.kill();
  }
  const last = await joined(server, 'one-more');
  assert.ok((await api()).server.limits.places_given_up > before);
  last.kill();
});

test("in the call's own room the fourth place is a ghost's, again and again, and goes to whoever comes", async () => {
  const givenUp = async () => (await api()).server.limits.places_given_up;
  const before = await givenUp();
  const rounds = 5;
  for (let i = 0; i < rounds; i += 1) {
    const ghost = await joined(server, OWN);
    const isIn = async () => (await api(`/${OWN}`)).participants.find(({ id }) => id === ghost.id)?.connection?.profile;
    let dead;
    await runHostile(server, ghost, 'connect', 300, { connected: () => { dead = eventually('media', isIn).then(() => ghost.kill()); } });
    await dead;
    await eventually('a ghost', async () => (await api(`/${OWN}`)).participants.some(({ id, state }) => id === ghost.id && state === 'reconnecting'));
  }
  (await joined(server, OWN)).kill();
  assert.equal(await givenUp() - before, rounds);
});

test('the calls have not noticed: every packet came', async (t) => {
  const ended = await calls.end();
  t.diagnostic(describeHarm(ended));
  assertUnharmed(ended);
  assertHarmIsSeen(ended);
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
      // The last words of the one before, which under TLS are heard, are a chat, too.
      const said = (text) => watcher.take('chat', 5000, (message) => message.text === text);
      deaf.send({ type: 'chat', text: 'here' });
      await said('here');
      await watcher.send({ type: 'path', target: deaf.id, state: 'proven' });
      await watcher.send({ type: 'chat', text: 'x'.repeat(100) }); // which it will not have read
      await said('x'.repeat(100));
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
