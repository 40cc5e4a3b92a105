// Two hundred participants come and go, each in one of the ways people do, through a server built with
// AddressSanitizer: no memory, no descriptor and no thread may stay behind, and it ends when told to. Needs
// build-asan/heddle; tests/run.sh builds it.
import assert from 'node:assert/strict';
import { access, readFile, readdir } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
process.env.HEDDLE = path.join(root, 'build-asan/heddle');
// A small quarantine: freed memory is used again soon, so that what grows is a leak.
process.env.ASAN_OPTIONS = 'detect_leaks=1:exitcode=99:quarantine_size_mb=2';
const { joined, startServer } = await import('./signaling_client.mjs');
const { makeOffer, offerTo, runHostile } = await import('./lib/hostile.mjs');
const { remote, startClient, UNTIL_TOLD } = await import('./lib/client.mjs');
const { eventually } = await import('./lib/wait.mjs');

const JOINS = 200;
const AT_ONCE = 5;
const END_MS = 1000; // STOP_GRACE and the search for leaks: docs/test_bounds.md

const get = (url) => new Promise((resolve, reject) => { // fetch() would keep its connection, a descriptor of the server
  http.get(url, { agent: false }, (response) => {
    let text = '';
    response.on('data', (data) => { text += data; });
    response.on('end', () => resolve(JSON.parse(text)));
  }).on('error', reject);
});
const memoryKb = async (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]);
const held = async (pid) => ({
  descriptors: (await readdir(`/proc/${pid}/fd`)).length, threads: (await readdir(`/proc/${pid}/task`)).length,
});

/** One participant's visit; resolves with whether it was connected to the router. */
async function visit(server, index) {
  const client = await joined(server, `room-${index % 3}`);
  let ok = true;
  switch (index % 5) {
    case 0: // hangs up, then leaves
    case 1:
      ok = (await runHostile(server, client, 'connect', 20)).code === 0;
      break;
    case 2: // leaves while connected
      ok = (await runHostile(server, client, 'connect', 200, { connected: () => client.send({ type: 'leave' }) })).code === 0;
      break;
    case 3: // its socket breaks
      ok = (await runHostile(server, client, 'connect', 20)).code === 0;
      client.kill();
      return ok;
    default: // leaves with the handshake not even begun
      await client.ask(offerTo('router', await makeOffer(Array(32).fill('AB').join(':'))), 'answer');
  }
  if (index % 5 !== 2) await client.send({ type: 'leave' });
  assert.equal(await client.closed, 1000);
  return ok;
}

async function visits(server, from, to) {
  let next = from;
  let failed = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < to) {
      const index = next;
      next += 1;
      failed += !(await visit(server, index));
    }
  }));
  assert.equal(failed, 0, `${failed} were not connected`);
}

async function emptied(server, before) {
  let rooms;
  let now;
  await eventually('nothing stays', async () => {
    rooms = await get(`${server.url}api/v1/rooms`);
    now = await held(server.child.pid);
    return rooms.rooms.length === 0 && JSON.stringify(now) === JSON.stringify(before);
  }, 8000).catch(() => {}); // what stays is told below
  assert.deepEqual(rooms.rooms, []);
  const [worker] = rooms.server.workers;
  assert.deepEqual([worker.connections, worker.rooms, worker.publications, worker.slots, worker.packets_held], [0, 0, 0, 0, 0]);
  assert.deepEqual(now, before);
}

test('200 come and go: no descriptor, thread or memory stays, and TERM ends the server', async (t) => {
  await access(process.env.HEDDLE).catch(() => assert.fail('build-asan/heddle is missing: ./dev build asan'));
  const server = await startServer(['--open', '--mesh-max', '0', '--grace', '1', '--log', 'warning']);
  t.after(() => server.child.kill('SIGKILL'));
  const before = await held(server.child.pid);
  const memory = [];
  for (let from = 0; from < JOINS; from += JOINS / 4) {
    await visits(server, from, from + JOINS / 4);
    await emptied(server, before);
    memory.push(await memoryKb(server.child.pid));
  }
  t.diagnostic(`memory after each ${JOINS / 4}: ${memory.map((kb) => `${kb} kB`).join(', ')}`);
  assert.ok(memory[3] - memory[1] < 6000, `${memory} kB`); // the first fifty fill the pools
  const clients = ['Ann', 'Bob', 'Cem'].map((name) => startClient(server, { room: 'real', name, duration: UNTIL_TOLD, args: ['--video', '320x180@15:200k'] }));
  await eventually('a call of some seconds', async () =>
    (await get(`${server.url}api/v1/rooms/real`)).participants?.filter(({ connection }) => connection?.out.packets > 400).length === clients.length);
  const calls = await Promise.all(clients.map(({ end }) => end()));
  for (const { code, summary, log } of calls) assert.equal(code, 0, log || JSON.stringify(summary));
  assert.ok(calls.every(({ summary }) => ['Ann', 'Bob', 'Cem'].some((name) => remote(summary, name)?.video.frames_decoded > 10)));
  await emptied(server, before);
  const told = Date.now();
  const { code, signal } = await server.stop();
  const took = Date.now() - told;
  t.diagnostic(`ended ${took} ms after TERM`);
  assert.deepEqual([code, signal], [0, null], server.log);
  assert.doesNotMatch(server.log, /AddressSanitizer|LeakSanitizer|runtime error/);
  assert.ok(took < END_MS, `took ${took} ms to end`);
});

// What the core tells of a participant comes a turn later than what happens to it: by then it may be gone.
test('a viewer leaves while its shared slot shows something', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0', '--log', 'warning']);
  t.after(() => server.child.kill('SIGKILL'));
  const fingerprint = Array(32).fill('AB').join(':');
  const ann = await joined(server, 'room');
  const viewers = await Promise.all(Array.from({ length: 4 }, () => joined(server, 'room')));
  await ann.ask(offerTo('router', await makeOffer(fingerprint)), 'answer');
  for (const viewer of viewers) {
    const sdp = await makeOffer(fingerprint, (text) => text.replaceAll(/^a=(sendrecv|sendonly)/mg, 'a=recvonly'));
    await viewer.ask(offerTo('router', sdp, { sends: [] }), 'answer');
    await viewer.send({ type: 'receive', slots: [{ mid: '1', show: `${ann.id}/camera`, width: 320, height: 180, priority: 0 }] });
    const { slots } = await viewer.take('slots');
    assert.equal(slots[0].publication, `${ann.id}/camera`);
  }
  await Promise.all(viewers.slice(0, 2).map((viewer) => viewer.send({ type: 'leave' }))); // in the ordinary way...
  viewers.slice(2).forEach((viewer) => viewer.send({ type: 'receive', slots: [] }).then(() => viewer.kill()));
  await ann.send({ type: 'leave' }); // ...and what it shows goes at the same time
  const { code } = await server.stop();
  assert.equal(code, 0, server.log);
  assert.doesNotMatch(server.log, /AddressSanitizer|runtime error/);
});

// A client that closes its socket with messages unread has the kernel reset it, and what
// it said last may be lost with it.
test('who leaves in the ordinary way leaves nobody behind, however many do at once', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0', '--log', 'warning']);
  t.after(() => server.child.kill('SIGKILL'));
  for (let round = 0; round < 4; round += 1) {
    const clients = Array.from({ length: 12 }, (_, index) => startClient(server, {
      room: `leave-${round}`, name: `n${index}`, duration: 60, args: ['--video', '160x90@10:60k', '--fixed'],
    }));
    const inRoom = async () => (await get(`${server.url}api/v1/rooms/leave-${round}`)).participants ?? [];
    await eventually('all come in', async () => (await inRoom()).filter(({ connection }) => connection?.in.packets > 20).length === 12, 20000);
    for (const { child } of clients) child.kill('SIGINT');
    for (const { code, log } of await Promise.all(clients.map(({ done }) => done))) assert.equal(code, 0, log);
    let stayed; // who left in the other way stays for two minutes
    await eventually(() => `room ${round}: ${stayed}`, async () => (stayed = (await inRoom()).map(({ name, state }) => `${name} ${state}`)).length === 0, 3000);
  }
});

test('TERM ends a server in the middle of a call, and tells everybody', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0', '--log', 'warning']);
  const clients = [await joined(server, 'a'), await joined(server, 'a'), await joined(server, 'b')];
  let running;
  await new Promise((connected) => { running = runHostile(server, clients[0], 'connect', 3000, { connected }); });
  const told = Date.now();
  const { code } = await server.stop();
  const took = Date.now() - told;
  t.diagnostic(`ended ${took} ms after TERM`);
  assert.equal(code, 0, server.log);
  assert.ok(took < END_MS, `took ${took} ms to end`);
  for (const client of clients) assert.equal(await client.closed, 1001);
  await running;
});
