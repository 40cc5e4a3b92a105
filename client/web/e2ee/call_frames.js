// The frames of an encrypted call, as encoded transforms have them: what becomes of each that the browser sends or
// receives. What could not be encrypted must not get out to the network, nor what could not be decrypted to a decoder.
// No DOM.

import { WorkBudget } from './work_budget.js';
import { FrameDecryptor, tagOf } from './frame_decryptor.js';
import { FrameEncryptor } from './frame_encryptor.js';
import { deriveRoomKey, senderTag } from './room_key.js';

const FAILURES_MAX = 10; // a single one may have been changed on the way

/** @param {RTCEncodedVideoFrame|RTCEncodedAudioFrame} frame @returns {string|undefined} "vp8", "red"... */
const codecOf = (frame) => frame.getMetadata().mimeType?.split('/')[1]?.toLowerCase();

/** @typedef {(frame: RTCEncodedVideoFrame|RTCEncodedAudioFrame) => Promise<boolean>} Transform false: leave it out */

export class CallFrames {
  /**
   * @param {string} passphrase @param {string} room @param {bigint} random from a good source
   * @param {(news: {participant: string, state: 'decrypted'|'wrong-key'}) => void} tell
   * @param {() => number} now ms
   */
  constructor(passphrase, room, random, tell, now) {
    this.roomKey = deriveRoomKey(passphrase, room);
    this.encryptor = new FrameEncryptor(this.roomKey, random);
    this.tell = tell;
    this.now = now;
    /** @type {Map<string, {state: string, failures: number, budget: WorkBudget}>} who else is in the room, by id */
    this.participants = new Map();
    /** @type {Map<number, string>} their ids, by tag */
    this.byTag = new Map();
    /** @type {Map<number, {participant: string, isCertain: boolean}>} whose media is to be on each receiving m-line */
    this.expected = new Map();
  }

  setSelf(participant) {
    this.encryptor.setSelf(participant);
  }

  /** Everybody else who is in the room. @param {string[]} ids */
  setOthers(ids) {
    const hasLeft = [...this.participants.keys()].filter((id) => !ids.includes(id));
    const hasCome = ids.filter((id) => !this.participants.has(id));
    for (const id of hasLeft) this.#remove(id);
    for (const id of hasCome) this.#add(id);
    if (hasLeft.length > 0) this.encryptor.renew();
    else if (hasCome.length > 0) this.encryptor.ratchet();
  }

  async #add(id) {
    this.participants.set(id, { state: 'unknown', failures: 0, budget: new WorkBudget() });
    const tag = await senderTag(await this.roomKey, id);
    if (this.participants.has(id)) this.byTag.set(tag, id);
  }

  #remove(id) {
    this.participants.delete(id);
    for (const [tag, other] of this.byTag) if (other === id) this.byTag.delete(tag);
  }

  /**
   * @param {number} line a receiving m-line
   * @param {{participant: string, isCertain: boolean}} expected not certain: a frame says itself whose it is
   */
  expect(line, expected) {
    this.expected.set(line, expected);
  }

  /** @returns {Transform} of one sender */
  sending() {
    return async (frame) => {
      const encrypted = await this.encryptor.encrypt(codecOf(frame), new Uint8Array(frame.data));
      if (encrypted) frame.data = encrypted.buffer;
      return encrypted !== null;
    };
  }

  /**
   * @param {number} line @param {() => void} askForKeyframe the decoder waits for one
   * @returns {Transform} of one receiver
   */
  receiving(line, askForKeyframe) {
    /** @type {Map<string, Promise<FrameDecryptor>>} of each participant that was on this m-line */
    const decryptors = new Map();
    const budget = new WorkBudget(); // while it is nobody's who is in the room
    let isIncomplete = false; // a frame could not be decrypted, and the next ones may refer to it
    return async (frame) => {
      const isDecrypted = await this.#decrypt(frame, line, decryptors, budget);
      isIncomplete = !isDecrypted || (isIncomplete && frame.type === 'delta');
      if (isDecrypted && isIncomplete) askForKeyframe();
      return !isIncomplete;
    };
  }

  async #decrypt(frame, line, decryptors, ownBudget) {
    const data = new Uint8Array(frame.data);
    const codec = codecOf(frame);
    const participant = this.#senderOf(line, codec, data);
    if (!this.participants.has(participant)) return false;
    if (!decryptors.has(participant)) decryptors.set(participant, this.roomKey.then((roomKey) => FrameDecryptor.make(roomKey, participant)));
    // Who is to be on the m-line pays: a frame can name anybody.
    const { budget } = this.participants.get(this.expected.get(line).participant) ?? { budget: ownBudget };
    const plain = await (await decryptors.get(participant)).decrypt(codec, data, budget, this.now());
    this.#note(participant, plain !== null);
    if (plain) frame.data = plain.buffer;
    return plain !== null;
  }

  /** Whose a frame is: on a shared m-line as it says itself, as far as that can be read. */
  #senderOf(line, codec, data) {
    const { participant, isCertain } = this.expected.get(line);
    return isCertain ? participant : this.byTag.get(tagOf(codec, data)) ?? participant;
  }

  #note(participant, isDecrypted) {
    const known = this.participants.get(participant);
    if (!known) return;
    known.failures = isDecrypted ? 0 : known.failures + 1;
    const state = isDecrypted ? 'decrypted' : known.failures >= FAILURES_MAX ? 'wrong-key' : known.state;
    if (state === known.state) return;
    known.state = state;
    this.tell({ participant, state });
  }
}
