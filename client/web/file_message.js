// Messages by which participants send each other files, as signaling/PROTOCOL.md has them under "Files".
// client/files/file_message.h is the same in C. Pure.

import { PAYLOAD_MAX } from './envelope.js';

export const FILE_TOPIC = 'heddle.file';
export const CHUNK_MAX = PAYLOAD_MAX - 13;
export const NAME_MAX = 255; // bytes
export const HASH_LENGTH = 32;
export const reasons = Object.freeze(['cancelled', 'declined', 'unreadable', 'unsaved', 'different', 'too-large', 'too-many', 'lost']);

const kinds = ['offer', 'accept', 'chunk', 'received', 'end', 'done', 'cancel', 'refuse'];
const FIXED = 5; // kind and number
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * @typedef {{kind: string, number: number, size?: number, name?: string, offset?: number, bytes?: Uint8Array,
 *   hash?: Uint8Array, reason?: string}} FileMessage
 *   size and name: of an offer; offset: of chunk and received; bytes: of a chunk; hash: of an end; reason: of cancel
 *   and refuse
 */

/** @param {FileMessage} message @returns {Uint8Array} */
export function writeFileMessage({ kind, number, size, name, offset, bytes = new Uint8Array(0), hash, reason }) {
  const rest = { offer: () => [uint64(size), encoder.encode(name)], chunk: () => [uint64(offset), bytes], received: () => [uint64(offset)], end: () => [hash], cancel: () => [[reasons.indexOf(reason)]], refuse: () => [[reasons.indexOf(reason)]] }[kind]?.() ?? [];
  const head = new Uint8Array(FIXED);
  head[0] = kinds.indexOf(kind);
  new DataView(head.buffer).setUint32(1, number);
  const message = new Uint8Array(FIXED + rest.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of [head, ...rest]) {
    message.set(part, at);
    at += part.length;
  }
  return message;
}

function uint64(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** @param {Uint8Array} message @returns {FileMessage|null} null: it is none */
export function readFileMessage(message) {
  if (message.length < FIXED) return null;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const kind = kinds[message[0]];
  const rest = kind && readers[kind](message.subarray(FIXED), () => Number(view.getBigUint64(FIXED)));
  return rest ? { kind, number: view.getUint32(1), ...rest } : null;
}

/** What follows kind and number. A size or an offset, read when it is known to be there, is one that a Number holds. */
const readers = {
  offer(rest, count) {
    if (rest.length <= 8 || rest.length > 8 + NAME_MAX || !Number.isSafeInteger(count())) return null;
    const name = readText(rest.subarray(8));
    return name === null ? null : { size: count(), name };
  },
  chunk: (rest, count) => (rest.length > 8 && rest.length <= 8 + CHUNK_MAX && Number.isSafeInteger(count()) ? { offset: count(), bytes: rest.subarray(8) } : null),
  received: (rest, count) => (rest.length === 8 && Number.isSafeInteger(count()) ? { offset: count() } : null),
  end: (rest) => (rest.length === HASH_LENGTH ? { hash: rest } : null),
  accept: readNothing,
  done: readNothing,
  cancel: readReason,
  refuse: readReason,
};

function readNothing(rest) {
  return rest.length === 0 ? {} : null;
}

/** One that is not known means the same as the first. */
function readReason(rest) {
  return rest.length === 1 ? { reason: reasons[rest[0]] ?? reasons[0] } : null;
}

function readText(bytes) {
  try {
    const text = decoder.decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}
