// Messages of a room's data channels, as signaling/PROTOCOL.md has them under "Data channels".
// transport/wire/envelope.h is the same in C.

export const PAYLOAD_MAX = 16000;
export const TOPIC_MAX = 64;
export const Kind = Object.freeze({ message: 0, ack: 1, sync: 2, begin: 3, refused: 4, room: 5 });
export const policies = Object.freeze(['ordered', 'unordered', 'lossy']);
const IS_PRIVATE = 0x80;
const FIXED = 7; // flags, sequence and the lengths of name and topic

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * @typedef {{kind: number, policy: string, isPrivate: boolean, sequence: number, name: string, topic: string,
 *   payload: Uint8Array}} Envelope
 *   name: to whom ('': to all), and of what the router delivers, from whom
 */

/** @param {Partial<Envelope>} envelope @returns {Uint8Array} */
export function writeEnvelope({ kind = Kind.message, policy = 'ordered', isPrivate = false, sequence = 0, name = '', topic = '', payload = new Uint8Array(0) }) {
  const texts = [encoder.encode(name), encoder.encode(topic)];
  const bytes = new Uint8Array(2 + FIXED + texts[0].length + texts[1].length + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, bytes.length - 2);
  bytes[2] = kind | policies.indexOf(policy) << 3 | (isPrivate ? IS_PRIVATE : 0);
  view.setUint32(3, sequence);
  let at = 7;
  for (const text of texts) {
    bytes[at] = text.length;
    bytes.set(text, at + 1);
    at += 1 + text.length;
  }
  bytes.set(payload, at);
  return bytes;
}

/**
 * The envelopes of a frame; of a malformed one, those before the fault.
 * @param {ArrayBuffer} frame
 * @returns {Envelope[]}
 */
export function readFrame(frame) {
  const view = new DataView(frame);
  const envelopes = [];
  for (let at = 0; at + 2 <= view.byteLength;) {
    const end = at + 2 + view.getUint16(at);
    const envelope = end <= view.byteLength ? readEnvelope(view, at + 2, end) : null;
    if (!envelope) break;
    envelopes.push(envelope);
    at = end;
  }
  return envelopes;
}

function readEnvelope(view, at, end) {
  const text = (start) => {
    const length = start < end ? view.getUint8(start) : end;
    return start + 1 + length <= end ? new Uint8Array(view.buffer, view.byteOffset + start + 1, length) : null;
  };
  if (end - at < FIXED) return null;
  const flags = view.getUint8(at);
  const name = text(at + 5);
  const topic = name && text(at + 6 + name.length);
  const policy = policies[flags >> 3 & 3];
  if (!topic || !policy) return null;
  const start = at + 7 + name.length + topic.length;
  return {
    kind: flags & 7,
    policy,
    isPrivate: (flags & IS_PRIVATE) !== 0,
    sequence: view.getUint32(at + 1),
    name: decoder.decode(name),
    topic: decoder.decode(topic),
    payload: new Uint8Array(view.buffer, view.byteOffset + start, end - start),
  };
}
