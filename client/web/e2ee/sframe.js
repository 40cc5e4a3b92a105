// SFrame (RFC 9605): a frame encrypted and authenticated, behind a header with the id of its key and a counter. The two
// AES-GCM cipher suites. client/e2ee/sframe.h is the same in C. No DOM: it runs in a worker.

const TAG_BITS = 128;
const TAG_BYTES = TAG_BITS / 8;
const SHORT_MAX = 7n; // a smaller number is in the config byte itself
const LONG_FLAG = 8; // the half byte has a length, not the number
const encoder = new TextEncoder();

/** Section 8.1 registers them. @typedef {{id: number, hash: string, hashBytes: number, keyBytes: number}} Suite */
export const AES_128_GCM_SHA256_128 = Object.freeze({ id: 4, hash: 'SHA-256', hashBytes: 32, keyBytes: 16 });
export const AES_256_GCM_SHA512_128 = Object.freeze({ id: 5, hash: 'SHA-512', hashBytes: 64, keyBytes: 32 });

/** @param {...Uint8Array} parts @returns {Uint8Array} */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {bigint} number @param {number} [least] bytes */
function bytesOf(number, least = 1) {
  const bytes = [];
  for (let rest = number; rest > 0n || bytes.length < least; rest >>= 8n) bytes.unshift(Number(rest & 0xffn));
  return Uint8Array.from(bytes);
}

async function hmac(hash, key, data) {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, data));
}

/** HKDF-Extract (RFC 5869) without a salt, which means zeros. @param {Suite} suite */
const extract = ({ hash, hashBytes }, input) => hmac(hash, new Uint8Array(hashBytes), input);

/** HKDF-Expand of one block: at most as long as the hash. @param {string} hash @param {Uint8Array} info */
export async function expand(hash, secret, info, length) {
  return (await hmac(hash, secret, join(info, Uint8Array.of(1)))).slice(0, length);
}

const half = (number, bytes) => (number <= SHORT_MAX ? Number(number) : LONG_FLAG | (bytes.length - 1));

/** Section 4.3. @param {bigint} keyId @param {bigint} counter */
export function writeHeader(keyId, counter) {
  const [first, second] = [keyId, counter].map((number) => (number <= SHORT_MAX ? new Uint8Array() : bytesOf(number)));
  return join(Uint8Array.of((half(keyId, first) << 4) | half(counter, second)), first, second);
}

/** @param {Uint8Array} data @returns {{keyId: bigint, counter: bigint, length: number}|null} null: it is not whole */
export function parseHeader(data) {
  if (data.length === 0) return null;
  let length = 1;
  const read = (config) => {
    if ((config & LONG_FLAG) === 0) return BigInt(config);
    const end = length + (config & 7) + 1;
    if (end > data.length) return null;
    let number = 0n;
    for (; length < end; length++) number = (number << 8n) | BigInt(data[length]);
    return number;
  };
  const keyId = read(data[0] >> 4);
  const counter = keyId === null ? null : read(data[0] & 15);
  return counter === null ? null : { keyId, counter, length };
}

/**
 * Section 4.4.2.
 * @typedef {{id: bigint, key: CryptoKey, salt: Uint8Array}} SframeKey
 * @param {Suite} suite @param {bigint} id @param {Uint8Array} baseKey
 * @returns {Promise<SframeKey>}
 */
export async function deriveKey(suite, id, baseKey) {
  const secret = await extract(suite, baseKey);
  const info = (label) => join(encoder.encode(label), bytesOf(id, 8), bytesOf(BigInt(suite.id), 2));
  const raw = await expand(suite.hash, secret, info('SFrame 1.0 Secret key '), suite.keyBytes);
  const salt = await expand(suite.hash, secret, info('SFrame 1.0 Secret salt '), 12);
  return { id, key: await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']), salt };
}

/** Section 5.1: the next base key, from which this one cannot be found. @param {Suite} suite */
export async function ratchet(suite, baseKey) {
  return expand(suite.hash, await extract(suite, baseKey), encoder.encode('SFrame 1.0 Ratchet'), suite.hashBytes);
}

// Section 4.4.3: the header and the metadata are authenticated.
function parameters({ salt }, counter, header, metadata) {
  const iv = salt.slice();
  bytesOf(counter, 12).forEach((byte, index) => { iv[index] ^= byte; });
  return { name: 'AES-GCM', iv, additionalData: join(header, metadata), tagLength: TAG_BITS };
}

/**
 * Header, ciphertext and tag. A counter must not be used twice with one key. The metadata is authenticated, and goes
 * another way.
 * @param {SframeKey} key @param {bigint} counter @param {Uint8Array} metadata @param {Uint8Array} plain
 */
export async function encrypt(key, counter, metadata, plain) {
  const header = writeHeader(key.id, counter);
  return join(header, new Uint8Array(await crypto.subtle.encrypt(parameters(key, counter, header, metadata), key.key, plain)));
}

/** The plain text of `data`, whose header was read; null: wrong key, or not as it was encrypted. */
export async function decrypt(key, { counter, length }, metadata, data) {
  if (data.length < length + TAG_BYTES) return null;
  const how = parameters(key, counter, data.subarray(0, length), metadata);
  return crypto.subtle.decrypt(how, key.key, data.subarray(length)).then((plain) => new Uint8Array(plain), () => null);
}
