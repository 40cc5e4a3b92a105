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
    /** @type {{generation: bigint, step: number, baseKey: Uint8Array}|null} where the chain of its last key is */
    this.chain = null;
  }

  static async make(roomKey, participant) {
    return new FrameDecryptor(roomKey, participant, await senderTag(roomKey, participant));
  }

  /**
   * The key of an id, and where its chain is then; null: the budget is spent. A step before the one that is followed is
   * reached from the chain's start.
   */
  async #derive(keyId, budget, now) {
    const { generation, step } = splitKeyId(keyId);
    const followed = this.chain?.generation === generation && this.chain.step <= step ? this.chain : null;
    const derivations = (followed ? step - followed.step : 1 + step) + 1;
    if (!budget.derivations.take(derivations, now)) return null;
    let chain = followed ?? { generation, step: 0, baseKey: await senderBase(this.roomKey, this.participant, generation) };
    while (chain.step < step) chain = { generation, step: chain.step + 1, baseKey: await ratchet(SUITE, chain.baseKey) };
    return { chain, key: await deriveKey(SUITE, keyId, chain.baseKey) };
  }

  async #decryptPart({ clear, encrypted }, budget, now) {
    const header = parseHeader(encrypted);
    if (!header) return null;
    const known = this.keys.find(({ id }) => id === header.keyId);
    if (known) return decrypt(known, header, clear, encrypted);
    if (splitKeyId(header.keyId).tag !== this.tag) return null; // of another sender, or of one with another passphrase
    const derived = await this.#derive(header.keyId, budget, now);
    const plain = derived && await decrypt(derived.key, header, clear, encrypted);
    if (!plain) return null; // a made-up id pushes out no key, and leads away from no chain
    this.chain = derived.chain;
    this.keys = [...this.keys, derived.key].slice(-KEYS);
    return plain;
  }

  /**
   * @param {string} codec @param {Uint8Array} frame
   * @param {import('./work_budget.js').WorkBudget} budget of who sent it @param {number} now ms
   * @returns {Promise<Uint8Array|null>} null: there is nothing to decode
   */
  async decrypt(codec, frame, budget, now) {
    const format = formatOf(codec);
    const parts = format?.parse(frame);
    if (!parts || !budget.decryptions.take(parts.length, now)) return null;
    const plains = [];
    for (const part of parts) {
      const plain = await this.#decryptPart(part, budget, now);
      if (!plain) return null;
      plains.push(plain);
    }
    return format.restore(parts, plains);
  }
}
