// HTTPS: whatever becomes of a handshake, the server lives, and nothing of it stays. Needs build-asan/heddle; tests/run.sh
// builds it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
process.env.HEDDLE = path.join(root, 'build-asan/heddle');
const { Client, startServer } = await import('./signaling_client.mjs');
const { eventually } = await import('./lib/wait.mjs');
const COUNT = 40;
let folder;
let files;
let hello;

/** The first bytes that a TLS client says. */
function clientHello() {
  return new Promise((resolve) => {
    const server = net.createServer((socket) => socket.once('data', (data) => { socket.destroy(); server.close(); resolve(data); }));
    server.listen(0, '127.0.0.1', () => tls.connect({ port: server.address().port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => {}));
  });
}

const makeCertificate = (...kind) => spawnSync('openssl', ['req', '-x509', '-newkey', ...kind, '-nodes', '-days', '2',
  '-subj', '/CN=localhost', '-keyout', files[3], '-out', files[1]]);

before(async () => {
  await access(process.env.HEDDLE).catch(() => assert.fail('build-asan/heddle is missing: ./dev build asan'));
  folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-tls-'));
  files = ['--tls-cert', path.join(folder, 'cert.pem'), '--tls-key', path.join(folder, 'key.pem')];
  makeCertificate('ec', '-pkeyopt', 'ec_paramgen_curve:P-256');
  hello = await clientHello();
});
after(() => rm(folder, { recursive: true }));

const start = (...more) => startServer(['--open', '--log', 'error', ...files, ...more]);

/** Connects, says something and ends in one way. The server is stopped meanwhile, so that all of it is there when it looks. */
async function attempt(server, { says, ends }, isAtOnce) {
  if (isAtOnce) server.child.kill('SIGSTOP');
  const { hostname, port } = new URL(server.url);
  const socket = net.connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.resume();
  const closed = new Promise((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.on('connect', resolve));
  if (says) await new Promise((resolve) => socket.write(says, resolve));
  if (ends === 'reset') socket.resetAndDestroy();
  else if (ends === 'end') socket.end();
  if (isAtOnce) server.child.kill('SIGCONT');
  if (ends !== 'stay') await closed;
  return socket;
}

/** Somebody can join, and leaves again. */
async function assertWell(server) {
  const client = new Client(server, { insecure: true });
  assert.equal((await client.join('well')).room, 'well');
  client.kill();
}

function api(server, localAddress = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    https.get(new URL('/api/v1/rooms', server.url), { rejectUnauthorized: false, agent: false, localAddress }, async (response) => {
      resolve(JSON.parse((await response.toArray()).join('')));
    }).on('error', reject);
  });
}

const descriptors = async (server) => (await readdir(`/proc/${server.child.pid}/fd`)).length;

const WAYS = {
  'nothing, and the end': () => ({ ends: 'end' }),
  'nothing, and a reset': () => ({ ends: 'reset' }),
  'a hello, and the end': () => ({ says: hello, ends: 'end' }),
  'a hello, and a reset': () => ({ says: hello, ends: 'reset' }),
  'half a hello, and a reset': () => ({ says: hello.subarray(0, 50), ends: 'reset' }),
  'plain HTTP': () => ({ says: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', ends: 'end' }),
  'five letters': () => ({ says: 'xxxx\n', ends: 'end' }),
  'a record that is too long': () => ({ says: Buffer.from([0x16, 3, 1, 0xff, 0xff, 1, 2, 3]), ends: 'end' }),
};

test('handshakes that fail end nothing but themselves', async (t) => {
  const server = await start();
  t.after(() => server.stop());
  await assertWell(server);
  const atFirst = await descriptors(server);
  for (const [name, way] of Object.entries(WAYS)) {
    for (let i = 0; i < COUNT / 2; i += 1) await attempt(server, way(), true);
    await Promise.all(Array.from({ length: COUNT / 2 }, () => attempt(server, way(), false)));
    await assertWell(server).catch((error) => assert.fail(`after ${name}: ${error}; ${server.log.slice(-2000)}`));
  }
  await eventually('all descriptors are given back', async () => await descriptors(server) <= atFirst);
});

test('idle handshakes make place for others', async (t) => {
  const server = await startServer(['--open', '--log', 'error', ...files], (...command) => ['prlimit', ['--nofile=240', ...command]]);
  t.after(() => server.stop());
  const sockets = [];
  for (let i = 0; i < 200; i += 1) {
    sockets.push(await attempt(server, { says: [undefined, hello, hello.subarray(0, 50)][i % 3], ends: 'stay' }, false));
  }
  await assertWell(server).catch((error) => assert.fail(`${error}; ${server.log.slice(-2000)}`));
  const { server: { limits } } = await api(server);
  assert.ok(limits.connections_evicted > 50, `${limits.connections_evicted} made place`);
  for (const socket of sockets) socket.destroy();
  await assertWell(server);
});

test('an address pays for the handshakes that it asks for', async (t) => {
  makeCertificate('rsa:4096');
  const server = await start();
  t.after(() => server.stop());
  for (let i = 0; i < 20; i += 1) { // more than the connections that one address may have at once
    await Promise.all(Array.from({ length: 40 }, () => attempt(server, { says: hello, ends: 'reset' }, false)));
  }
  const { server: { limits } } = await api(server, '127.0.0.2'); // which has its own budget
  t.diagnostic(`of 800 handshakes ${limits.handshakes_refused} were refused`);
  assert.ok(limits.handshakes_refused > 400, `${limits.handshakes_refused} were refused`);
});
