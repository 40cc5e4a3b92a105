// The keys of an encrypted room: one key from its passphrase, and from that a chain of base keys for each sender
// (PROTOCOL.md, "End-to-end encryption"). client/e2ee/room_key.h is the same in C, tests/vectors/e2ee/ holds both to
// it.

import { AES_128_GCM_SHA256_128, expand } from './sframe.js';

const ITERATIONS = 600000; // of PBKDF2
const HASH = 'SHA-256';
const encoder = new TextEncoder();

export const SUITE = AES_128_GCM_SHA256_128;
export const GENERATION_LIMIT = 1n << 40n;
export const STEP_MAX = 255;

/** The passphrase is stretched, so that guessing is slow. @param {string} passphrase @param {string} room */
export async function deriveRoomKey(passphrase, room) {
  const material = await crypto.subtle.importKey('raw', encoder.encode(passphrase), 'PBKDF2', false, ['deriveBits']);
  const how = { name: 'PBKDF2', hash: HASH, salt: encoder.encode(`heddle e2ee 1 ${room}`), iterations: ITERATIONS };
  return new Uint8Array(await crypto.subtle.deriveBits(how, material, 256));
}

/**
 * What an SFrame key id says: of which sender, and where in its chains of keys. `generation` (40 bits): which chain;
 * `tag`: of the participant; `step`: how often the chain's base key was ratcheted.
 * @typedef {{generation: bigint, tag: number, step: number}} KeyId
 * @param {KeyId} parts
 */
export const joinKeyId = ({ generation, tag, step }) => (generation << 24n) | (BigInt(tag) << 8n) | BigInt(step);

/** @param {bigint} id @returns {KeyId} */
export const splitKeyId = (id) => ({ generation: id >> 24n, tag: Number((id >> 8n) & 0xffffn), step: Number(id & 0xffn) });

/** @returns {Promise<number>} */
export async function senderTag(roomKey, participant) {
  const [high, low] = await expand(HASH, roomKey, encoder.encode(`heddle sender tag ${participant}`), 2);
  return (high << 8) | low;
}

/** The first base key of a chain. @param {bigint} generation */
export function senderBase(roomKey, participant, generation) {
  return expand(HASH, roomKey, encoder.encode(`heddle sender key ${generation.toString(16).padStart(10, '0')} ${participant}`), 32);
}
