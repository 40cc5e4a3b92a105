// HTTPS: whatever becomes of a handshake, the server lives, and nothing of it stays; and a client whose handshake fails
// says why. Needs build-asan/heddle and build-asan/heddle-client; tests/run.sh builds them.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { access, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
process.env.HEDDLE = path.join(root, 'build-asan/heddle');
process.env.HEDDLE_CLIENT = path.join(root, 'build-asan/heddle-client');
const { startClient } = await import('./lib/client.mjs');
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

/**
 * Connects, says something and ends in one way. The server is stopped meanwhile, so that
 * all of it is there when it looks.
 */
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
  const count = 1600; // a second's worth of a machine that signs in 0.6 ms; 2 ms are usual
  for (let i = 0; i < count / 40; i += 1) { // more than the connections that one address may have at once
    await Promise.all(Array.from({ length: 40 }, () => attempt(server, { says: hello, ends: 'reset' }, false)));
  }
  const { server: { limits } } = await api(server, '127.0.0.2'); // which has its own budget
  t.diagnostic(`of ${count} handshakes ${limits.handshakes_refused} were refused`);
  assert.ok(limits.handshakes_refused > 200, `${limits.handshakes_refused} were refused`);
});

/** Makes NAME.pem and NAME.key in the folder: for `names`, signed by the authority NAME.pem of `by`, or by itself. */
async function issue(name, names, { by, days = '9', isAuthority = false } = {}) {
  const file = (ending) => path.join(folder, `${name}.${ending}`);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  await writeFile(file('ext'), isAuthority ? 'basicConstraints=CA:TRUE\n' : `subjectAltName=${names}\n`);
  openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`, '-keyout', file('key'), '-out', file('csr'));
  const signer = by ? ['-CA', path.join(folder, `${by}.pem`), '-CAkey', path.join(folder, `${by}.key`), '-CAcreateserial'] : ['-signkey', file('key')];
  openssl('x509', '-req', '-in', file('csr'), ...signer, '-extfile', file('ext'), '-days', days, '-out', file('pem'));
  return { key: await readFile(file('key')), cert: await readFile(file('pem')) };
}

const answer = (status) => (request, response) => response.writeHead(status, { location: 'https://localhost/' }).end();
const FAILURES = {
  'a certificate that signed itself': { certificate: ['self', 'DNS:localhost'], says: /signed by nobody but itself; .*--insecure/ },
  'a certificate of an unknown authority': { certificate: ['foreign', 'DNS:localhost', { by: 'stranger' }], says: /authority that this machine does not know.*--insecure/ },
  'a certificate of another name': { certificate: ['other', 'DNS:other.example', { by: 'ours' }], says: /is not for localhost: use the name that it is for/ },
  'a certificate of another address': { certificate: ['name', 'DNS:localhost', { by: 'ours' }], host: '127.0.0.1', says: /is not for 127\.0\.0\.1: use the name that it is for/ },
  'a certificate that has expired': { certificate: ['expired', 'DNS:localhost', { by: 'ours', days: '-1' }], says: /has expired: it must be renewed/ },
  'plain HTTP on a port of HTTPS': { certificate: ['plain', 'DNS:localhost', { by: 'ours' }], scheme: 'http', says: /serves HTTPS on this port, the address begins with https:/ },
  'HTTPS on a port of plain HTTP': { scheme: 'https', says: /serves HTTP on this port, and not HTTPS, the address begins with http:/ },
  'TLS that is too old': { certificate: ['old', 'DNS:localhost', { by: 'ours' }], tls: { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, says: /has TLS, but not 1\.2 or later/ },
  'a certificate of the client is wanted': { certificate: ['wants', 'DNS:localhost', { by: 'ours' }], tls: { maxVersion: 'TLSv1.2', requestCert: true }, says: /wants a certificate of its clients/ },
  'a server that hangs up': { connected: (socket) => socket.destroy(), says: /is silent, or closes it/ },
  'another page': { certificate: ['page', 'DNS:localhost,IP:127.0.0.1', { by: 'ours' }], says: /not the address of a call page \(HTTP status 404\)/ },
  'a page that has moved': { scheme: 'http', status: 301, says: /has moved: use the address that a browser shows/ },
  'a proxy without a server': { scheme: 'http', status: 502, says: /out of order \(HTTP status 502\)/ },
};

test('a client whose connection fails says what was wrong and what to do, in one line', async (t) => {
  for (const authority of ['ours', 'stranger']) await issue(authority, '', { isAuthority: true });
  const trusting = (...command) => ['env', [`SSL_CERT_FILE=${path.join(folder, 'ours.pem')}`, ...command]];
  const connect = (url, ...args) => startClient({ url }, { room: 'tls', name: 'Ann', duration: 3, args: ['--send', 'none', ...args], inside: trusting }).done;
  await Promise.all(Object.entries(FAILURES).map(async ([name, { certificate, tls, connected, scheme = 'https', host = 'localhost', status = 404, says }]) => {
    const server = certificate ? https.createServer({ ...await issue(...certificate), ...tls }, answer(status)) : http.createServer(answer(status));
    if (connected) server.on('connection', connected);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `${scheme}://${host}:${server.address().port}`;
    const { code, log } = await connect(url);
    server.close();
    assert.equal(code, 1, `${name}: ${log}`);
    assert.match(log, new RegExp(`^heddle-client: unreachable: ${url}: [^\n]+\n$`), name);
    assert.match(log, says, name);
    assert.doesNotMatch(log, /SSL|error:|lws|HS:|X509|lib\(/, name);
  }));
  // And with a certificate that is right there is a call, by name and by address.
  await issue('good', 'DNS:localhost,IP:127.0.0.1', { by: 'ours' });
  const server = await startServer(['--open', '--log', 'error', '--tls-cert', path.join(folder, 'good.pem'), '--tls-key', path.join(folder, 'good.key')]);
  t.after(() => server.stop());
  for (const url of [server.url, server.url.replace('127.0.0.1', 'localhost')]) {
    const { code, log } = await connect(url);
    assert.equal(code, 0, `${url}: ${log}`);
  }
});
