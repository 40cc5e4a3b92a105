// A TURN server (RFC 8656) that grants every allocation, and says of its lifetime what it is told to say.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';

const COOKIE = 0x2112a442;
const [ALLOCATE, REFRESH] = [0x0003, 0x0004];
const attributes = { USERNAME: 0x06, INTEGRITY: 0x08, ERROR: 0x09, LIFETIME: 0x0d, REALM: 0x14, NONCE: 0x15, RELAYED: 0x16, MAPPED: 0x20 };
const key = createHash('md5').update('user:realm:password').digest();

const attribute = (type, value) => {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
};
const uint32 = (value) => { const out = Buffer.alloc(4); out.writeUInt32BE(value); return out; };
const address = (port) => { // of 127.0.0.1, XORed
  const out = Buffer.alloc(8);
  out[1] = 1;
  out.writeUInt16BE(port ^ (COOKIE >>> 16), 2);
  out.writeUInt32BE((0x7f000001 ^ COOKIE) >>> 0, 4);
  return out;
};
/** `rest` are attributes that no signature covers. */
function answer(request, kind, parts, rest = []) {
  const message = (body, more = 0) => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(request.readUInt16BE(0) | kind, 0);
    head.writeUInt16BE(body.length + more, 2);
    return Buffer.concat([head, request.subarray(4, 20), body]);
  };
  const body = Buffer.concat(parts);
  return message(Buffer.concat([body, attribute(attributes.INTEGRITY, createHmac('sha1', key).update(message(body, 24)).digest()), ...rest]));
}
/** The value of an attribute, or undefined. */
function valueOf(request, type) {
  for (let at = 20; at + 4 <= request.length;) {
    const length = request.readUInt16BE(at + 2);
    if (request.readUInt16BE(at) === type) return request.subarray(at + 4, at + 4 + length);
    at += 4 + ((length + 3) & ~3);
  }
  return undefined;
}

/** What this server answers; `lifetimes` are those of an allocation and of a refresh, null: none is said. */
function answerTo(request, { lifetimes, isUnsigned, isLong }, seen) {
  const type = request.readUInt16BE(0);
  if (type === REFRESH && valueOf(request, attributes.LIFETIME)?.readUInt32BE(0) !== 0) seen.refreshes += 1; // 0 gives it back
  if (!valueOf(request, attributes.USERNAME)) {
    return answer(request, 0x0110, [attribute(attributes.ERROR, Buffer.from('\0\0\x04\x01')), attribute(attributes.REALM, Buffer.from('realm')),
      attribute(attributes.NONCE, randomBytes(8))]);
  }
  const lifetime = lifetimes[type === ALLOCATE ? 0 : 1];
  const said = lifetime === null ? [] : [attribute(attributes.LIFETIME, isLong ? Buffer.concat([uint32(lifetime), uint32(lifetime)]) : uint32(lifetime))];
  const addresses = type === ALLOCATE ? [attribute(attributes.RELAYED, address(9)), attribute(attributes.MAPPED, address(9))] : [];
  return isUnsigned ? answer(request, 0x0100, addresses, said) : answer(request, 0x0100, [...said, ...addresses]);
}

/**
 * `flood`: what it sends of its own accord over TCP, again and again; `isUnsigned`: a lifetime comes behind the
 * signature; `isLong`: it has eight bytes.
 */
export async function startLyingTurn({ transport, flood = null, ...lie }) {
  const said = { lifetimes: [600, 600], ...lie };
  const seen = { refreshes: 0 };
  if (transport === 'udp') {
    const socket = dgram.createSocket('udp4');
    socket.on('message', (request, from) => socket.send(answerTo(request, said, seen), from.port, from.address));
    await new Promise((resolve) => { socket.bind(0, '127.0.0.1', resolve); });
    return { port: socket.address().port, seen, stop: () => socket.close() };
  }
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // who is flooded may close it
    socket.on('close', () => sockets.delete(socket));
    const pour = () => { if (!socket.destroyed) socket.write(flood, () => setImmediate(pour)); };
    if (flood) pour();
    let received = Buffer.alloc(0);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      for (let length; received.length >= 20 && received.length >= (length = 20 + received.readUInt16BE(2)); received = received.subarray(length)) {
        socket.write(answerTo(received.subarray(0, length), said, seen));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: server.address().port, seen, stop };
}
