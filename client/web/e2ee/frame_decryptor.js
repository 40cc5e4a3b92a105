// Decrypts the frames of one other participant. client/e2ee/frame_decryptor.h is the same in C. No DOM.

import { formatOf } from './frame_format.js';
import { SUITE, senderBase, senderTag, splitKeyId } from './room_key.js';
import { deriveKey, decrypt, parseHeader, ratchet } from './sframe.js';

const KEYS = 4; // of a sender, its last ones: frames of a former key are still on their way

/**
 * The tag of the sender that a frame names; null: it is none of this codec.
 * @param {string} codec @param {Uint8Array} frame
 */
export function tagOf(codec, frame) {
  const parts = formatOf(codec)?.parse(frame);
  const header = parts && parseHeader(parts[0].encrypted);
  return header && splitKeyId(header.keyId).tag;
}

export class FrameDecryptor {
  /** @param {Uint8Array} roomKey @param {string} participant @param {number} tag */
  constructor(roomKey, participant, tag) {
    this.roomKey = roomKey;
    this.participant = participant;
    this.tag = tag;
    /** @type {import('./sframe.js').SframeKey[]} those that have decrypted a frame, the oldest first */
    this.keys = [];
    /** @type {{generation: bigint, step: number, baseKey: Uint8Array}|null} where its last chain is */
    this.chain = null;
  }

  static async make(roomKey, participant) {
    return new FrameDecryptor(roomKey, participant, await senderTag(roomKey, participant));
  }

  // A step before the one that is followed is reached from the chain's start.
  async #reach({ generation, step }) {
    let chain = this.chain;
    if (chain?.generation !== generation || chain.step > step)
      chain = { generation, step: 0, baseKey: await senderBase(this.roomKey, this.participant, generation) };
    for (; chain.step < step;) chain = { generation, step: chain.step + 1, baseKey: await ratchet(SUITE, chain.baseKey) };
    this.chain = chain;
    return chain.baseKey;
  }

  async #decryptPart({ clear, encrypted }) {
    const header = parseHeader(encrypted);
    if (!header) return null;
    const known = this.keys.find(({ id }) => id === header.keyId);
    if (known) return decrypt(known, header, clear, encrypted);
    const id = splitKeyId(header.keyId);
    if (id.tag !== this.tag) return null; // of another sender, or of one with another passphrase
    const key = await deriveKey(SUITE, header.keyId, await this.#reach(id));
    const plain = await decrypt(key, header, clear, encrypted);
    if (plain && !this.keys.some((one) => one.id === key.id)) this.keys = [...this.keys, key].slice(-KEYS); // made-up ids push out none
    return plain;
  }

  /**
   * @param {string} codec @param {Uint8Array} frame
   * @returns {Promise<Uint8Array|null>} null: there is nothing to decode
   */
  async decrypt(codec, frame) {
    const format = formatOf(codec);
    const parts = format?.parse(frame);
    if (!parts) return null;
    const plains = [];
    for (const part of parts) plains.push(await this.#decryptPart(part));
    return plains.includes(null) ? null : format.restore(parts, plains);
  }
}
