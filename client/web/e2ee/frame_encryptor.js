// Encrypts what this page sends, by SFrame. One encryptor for a call: all senders of all connections take their
// counters from it, so that none is used twice with a key. client/e2ee/frame_encryptor.h is the same in C. No DOM.

import { formatOf } from './frame_format.js';
import { GENERATION_LIMIT, STEP_MAX, SUITE, joinKeyId, senderBase, senderTag } from './room_key.js';
import { deriveKey, ratchet, encrypt } from './sframe.js';

const FRAMES_MAX = 1n << 32n; // with one key: far from what AES-GCM allows, and months of a call

export class FrameEncryptor {
  /**
   * @param {Promise<Uint8Array>} roomKey
   * @param {bigint} random from a good source. Chains of keys are numbered from there, so that another call that has
   *   the same id in the same room, whoever gave it, has other keys
   */
  constructor(roomKey, random) {
    this.roomKey = roomKey;
    this.generation = random % GENERATION_LIMIT;
    this.step = 0;
    this.participant = '';
    /** @type {Promise<Uint8Array>|null} */
    this.baseKey = null;
    /** @type {{key: Promise<import('./sframe.js').SframeKey>, counter: bigint}|null} what encrypts the next frame */
    this.current = null;
  }

  /** Our own id; before there is one, nothing can be encrypted. */
  setSelf(participant) {
    this.participant = participant;
    this.renew();
  }

  /** Somebody left: the first key of the next chain, which the former chain does not tell. */
  renew() {
    if (!this.participant) return;
    const { participant } = this;
    this.generation = (this.generation + 1n) % GENERATION_LIMIT;
    this.step = 0;
    const { generation } = this;
    this.baseKey = this.roomKey.then((roomKey) => senderBase(roomKey, participant, generation));
    this.#derive();
  }

  /** Somebody came: the next key, from which the ones before cannot be found. */
  ratchet() {
    if (!this.participant) return;
    if (this.step === STEP_MAX) {
      this.renew();
      return;
    }
    this.step += 1;
    this.baseKey = this.baseKey.then((baseKey) => ratchet(SUITE, baseKey));
    this.#derive();
  }

  #derive() {
    const { generation, step, participant, baseKey } = this;
    const key = Promise.all([baseKey, this.roomKey.then((roomKey) => senderTag(roomKey, participant))])
      .then(([base, tag]) => deriveKey(SUITE, joinKeyId({ generation, tag, step }), base));
    this.current = { key, counter: 0n };
  }

  /**
   * The frame as it is sent; null: it must not be sent, since it is none of this codec, or there is no id yet.
   * @param {string} codec @param {Uint8Array} frame
   * @returns {Promise<Uint8Array|null>}
   */
  async encrypt(codec, frame) {
    const format = formatOf(codec);
    const parts = format?.split(frame);
    if (!parts || !this.current) return null;
    if (this.current.counter >= FRAMES_MAX) this.renew();
    const { current } = this;
    const counters = parts.map(() => current.counter++); // before anything else can run
    const key = await current.key;
    return format.make(parts, await Promise.all(parts.map(({ clear, plain }, index) => encrypt(key, counters[index], clear, plain))));
  }
}
