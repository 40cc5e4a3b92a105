// A server that stops at a chosen step: what a frozen machine, a wrong port or a broken proxy look like to a client.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'; // RFC 6455 section 1.3
let joinedText = '';

/** What a real server says to who joins (its protocol may grow); it names nobody to connect to. */
export function setJoined(message) {
  joinedText = JSON.stringify({ ...message, connect: [] });
}

const frame = (text) => {
  const body = Buffer.from(text);
  const head = body.length < 126 ? [0x81, body.length] : [0x81, 126, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from(head), body]);
};

const accept = (request, wrong) => {
  const key = wrong ? 'wrong' : /^sec-websocket-key: *(\S+)/im.exec(request)[1];
  return ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Protocol: heddle.v1',
    `Sec-WebSocket-Accept: ${createHash('sha1').update(key + GUID).digest('base64')}`, '', ''].join('\r\n');
};

/** What the server does with one connection, from the first step to the last; `secure` servers speak TLS first. */
export const BEHAVIOURS = {
  'accepts and says nothing': {},
  'closes at once': { connected: (socket) => socket.end() },
  'resets at once': { connected: (socket) => socket.resetAndDestroy() },
  'speaks something else': { connected: (socket) => socket.write('220 mail.example ESMTP\r\n') },
  'never answers the ClientHello': { secure: 'raw' },
  'answers the ClientHello with something else': { secure: 'raw', connected: (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n') },
  'says nothing after the TLS handshake': { secure: 'tls' },
  'never answers the upgrade': { request: () => {} },
  'answers half of the upgrade': { request: (socket, text) => socket.write(accept(text).slice(0, 60)) },
  'closes on the upgrade': { request: (socket) => socket.end() },
  'has no such page': { request: (socket) => socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n') },
  'is a web server': { request: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello') },
  'sends a body without end': { request: (socket) => socket.write('HTTP/1.1 503 Service Unavailable\r\n\r\nwait') },
  'answers the upgrade wrongly': { request: (socket, text) => socket.write(accept(text, true)) },
  'never answers the join': { request: (socket, text) => socket.write(accept(text)) },
  'answers half of the join': { request: (socket, text) => socket.write(accept(text)), joined: (socket) => socket.write(frame(joinedText).subarray(0, 40)) },
  'announces a message of 8 exabytes': { request: (socket, text) => socket.write(accept(text)), joined: (socket) => socket.write(Buffer.from([0x81, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255])) },
  'answers the join with nonsense': { request: (socket, text) => socket.write(accept(text)), joined: (socket) => socket.write(frame('{"type":7}')) },
  'falls silent in the call': { request: (socket, text) => socket.write(accept(text)), joined: (socket) => socket.write(frame(joinedText)) },
  'closes in the call': { request: (socket, text) => socket.write(accept(text)), joined: (socket) => socket.end(frame(joinedText)) },
};
const FIRST = BEHAVIOURS['falls silent in the call'];

let folder;
function certificate() {
  folder ??= mkdtempSync(path.join(os.tmpdir(), 'heddle-fake-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

function serve(socket, { connected = () => {}, request = () => {}, joined = () => {} }) {
  let head = '';
  let isUpgraded = false;
  socket.on('error', () => {});
  socket.on('data', (data) => {
    if (isUpgraded) {
      joined(socket);
      joined = () => {};
      return;
    }
    head += data.toString('latin1');
    isUpgraded = head.includes('\r\n\r\n');
    if (isUpgraded) request(socket, head);
  });
  connected(socket);
}

/**
 * A server that behaves as said; with `callFirst` its first client gets into a call, which breaks after `callFirst`
 * ms, and what comes then meets the behaviour.
 */
export async function startFake(behaviour, callFirst = 0) {
  let count = 0;
  let meet;
  const met = new Promise((resolve) => { meet = resolve; });
  const sockets = new Set();
  const onSocket = (socket) => {
    sockets.add(socket);
    count += 1;
    meet();
    if (callFirst === 0 || count > 1) return serve(socket, behaviour);
    setTimeout(() => socket.destroy(), callFirst);
    return serve(socket, FIRST);
  };
  const server = behaviour.secure === 'tls' || (behaviour.secure && callFirst) ? tls.createServer(certificate(), onSocket) : net.createServer(onSocket);
  server.on('tlsClientError', () => {});
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${behaviour.secure ? 'https' : 'http'}://127.0.0.1:${server.address().port}/`,
    met, // resolves when the first client has come
    get connections() { return count; },
    stop() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}
