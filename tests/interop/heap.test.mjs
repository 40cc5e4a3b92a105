// What a server has allocated depends on who is there, not on how many were: after visits of each kind it is to the
// byte what it was, where a room keeps nothing of them. Each visitor has an address and a room of its own, so that what
// is remembered of those counts, too.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { makeOffer, offerTo, runHostile } from './lib/hostile.mjs';
import { eventually } from './lib/wait.mjs';
import { Client, negotiated, startServer } from './signaling_client.mjs';

const MANY = { first: 20, more: 60 }; // what is kept for ever, as tables that have their size, is there after the first
const OLD = { first: 300, more: 100 }; // a room remembers so many, of who was there and of what was said
const FEW = { first: 5, more: 15 }; // where each starts a program
const AT_ONCE = 5;
const FINGERPRINT = Array(32).fill('AB').join(':');

let folder;
let files;
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-heap-'));
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  files = ['--tls-cert', cert, '--tls-key', key];
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert]);
  assert.equal(made.status, 0, String(made.stderr));
});
after(() => rm(folder, { recursive: true }));

const addressOf = (index) => `127.1.${index >> 8}.${index & 255}`;

const ask = (server, index, where, options = {}, body = '') => new Promise((resolve, reject) => {
  const url = new URL(where, server.url);
  const request = (url.protocol === 'https:' ? https : http).request(url, { agent: false, rejectUnauthorized: false, localAddress: addressOf(index), ...options });
  request.on('response', (response) => {
    let text = '';
    response.on('data', (data) => { text += data; });
    response.on('end', () => resolve({ status: response.statusCode, location: response.headers.location, text }));
  });
  request.on('error', reject);
  request.end(body);
});

async function join(server, index, fields = {}, room = `room-${index}`) {
  const client = new Client(server, { insecure: true, address: addressOf(index) });
  client.joined = await client.join(room, { name: `visitor ${index}`, ...fields });
  client.id = client.joined.participant;
  return client;
}

async function leave(client) {
  await client.send({ type: 'leave' });
  await client.closed;
}

async function joinsAndLeaves(server, index, room) {
  const client = await join(server, index, {}, room);
  await client.send({ type: 'chat', text: 'hello' });
  await client.send({ type: 'report', events: [{ kind: 'x', text: 'hello' }] });
  await leave(client);
}

async function reads(server, index) {
  const answers = [await ask(server, index, ''), await ask(server, index, `nothing-${index}`), await ask(server, index, 'ws')];
  assert.deepEqual(answers.map(({ status }) => status), [200, 404, 426]);
}

const visits = {
  'joins, chats, reports and leaves': joinsAndLeaves,
  async 'joins and is gone'(server, index) {
    (await join(server, index)).kill();
  },
  async 'offers media and is gone'(server, index) {
    const client = await join(server, index);
    await client.ask(offerTo('router', await makeOffer(FINGERPRINT)), 'answer');
    client.kill();
  },
  async 'publishes by WHIP, or tries to'(server, index) {
    const post = (sdp) => ask(server, index, `whip/room-${index}`, { method: 'POST', headers: { 'content-type': 'application/sdp' } }, sdp);
    assert.equal((await post('v=0')).status, 400);
    const { status, location } = await post(await makeOffer(FINGERPRINT));
    assert.equal(status, 201);
    assert.equal((await ask(server, index, location, { method: 'DELETE' })).status, 200);
  },
  'reads the page, and what is not there': reads,
};
const visitsToMesh = {
  async 'resumes in a Mesh'(server, index) {
    const [a, b] = [await join(server, index), await join(server, index)];
    await negotiated(a, b);
    a.kill();
    await b.take('participant-state');
    await b.send({ type: 'chat', text: 'are you there?' });
    const again = await join(server, index, { resume: a.joined.resume });
    await again.take('chat');
    await leave(again);
    await leave(b);
  },
};
const visitsToOldRoom = {
  'joins a room in which one stays, chats, reports and leaves': (server, index) => joinsAndLeaves(server, index, 'room-0'),
};
const visitsWithPrograms = {
  async 'is connected to the router and leaves'(server, index) {
    const client = await join(server, index);
    assert.equal((await runHostile(server, client, 'connect', 10)).code, 0);
    await leave(client);
  },
  async 'has the room recorded'(server, index) {
    const client = await join(server, index);
    assert.equal((await runHostile(server, client, 'connect', 10)).code, 0); // a recorder comes for somebody who has media
    await client.send({ type: 'record', enabled: true });
    await client.take('recording', 10000, ({ state }) => state === 'on');
    await leave(client);
  },
};
const visitsByTls = {
  'joins and leaves by TLS': joinsAndLeaves,
  'reads the page by TLS': reads,
  async 'is not understood by TLS, or says nothing'(server, index) {
    const socket = net.connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', localAddress: addressOf(index) });
    const closed = new Promise((resolve) => socket.on('close', resolve).on('error', () => {})); // it may be a reset
    await once(socket, 'connect');
    if (index % 2 === 0) {
      socket.write('GET / HTTP/1.1\r\n\r\n');
      socket.resume();
      await closed;
    }
    socket.destroy();
  },
};

/** So many visits, a few at a time. */
async function comeAndGo(server, visit, from, to) {
  let index = from;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (index < to) await visit(server, (index += 1));
  }));
}

/** What is allocated when nobody is there but so many who stay. */
async function allocated(server, staying) {
  await eventually('the others are gone', async () => {
    const { room_count, server: { sockets, connections, workers: [worker] } } = JSON.parse((await ask(server, 0, 'api/v1/rooms')).text);
    return room_count === staying && sockets === staying && worker.connections === 0 && connections === staying + 1; // and the one that asks
  });
  const said = () => [...server.log.matchAll(/heap: (\d+) bytes used/g)];
  const length = said().length;
  server.child.kill('SIGUSR1');
  await eventually('the server says what it has allocated', () => said().length > length, 5000, 5);
  return Number(said().at(-1)[1]);
}

// What the allocator keeps for its threads counts as used: here it keeps nothing.
const exactly = (...command) => ['env', ['GLIBC_TUNABLES=glibc.malloc.tcache_count=0', ...command]];

// Of what a room keeps of its last visitors some lies in chunks that are 16 bytes too large, since the rest would have
// been too small for another: where memory is in pieces that differs from time to time. The smallest leak is of 32.
const ROUNDING = 16;

/** `stays`: one is in the room `room-0` all the time. */
function nothingStays(visits, options, { first, more } = MANY, stays = false) {
  for (const [name, visit] of Object.entries(visits)) {
    const most = stays ? ROUNDING * more : 0;
    test(`nothing stays of who ${name}`, async (t) => {
      const server = await startServer(['--open', ...options()], exactly);
      t.after(() => server.stop());
      const resident = stays && await join(server, 0);
      const look = () => allocated(server, resident ? 1 : 0);
      await comeAndGo(server, visit, 0, first);
      const before = await look();
      assert.ok(before > 0);
      await comeAndGo(server, visit, first, first + more);
      // The last ones may be on their way out.
      let last;
      await eventually(() => `${more} visits left ${last - before} bytes`, async () => (last = await look()) <= before + most);
      if (resident) await leave(resident);
    });
  }
}
nothingStays(visits, () => ['--mesh-max', '0']);
nothingStays(visitsByTls, () => ['--mesh-max', '0', ...files]);
nothingStays(visitsToMesh, () => ['--mesh-max', '2', '--grace', '2']);
nothingStays(visitsToOldRoom, () => ['--mesh-max', '0'], OLD, true);
nothingStays(visitsWithPrograms, () => ['--mesh-max', '0', '--recordings', folder, '--max-recorders', '20'], FEW);
