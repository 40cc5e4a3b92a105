// A file that one offers: to all or to one, to each that accepts it at its own pace. No DOM.

import { CHUNK_MAX } from './file_message.js';
import { Sha256 } from './sha256.js';

const PIECE = 16 * CHUNK_MAX; // is read at once
const ON_THE_WAY = 512 * 1024; // to all receivers of all files together; each may have a chunk
const TO_ONE = 96 * 1024; // the router keeps 128 KiB for one that reads slowly, and what it drops comes late

/** One that accepted. */
class Receiver {
  constructor(id) {
    this.id = id;
    /** @type {'receiving'|'done'|'refused'|'stopped'|'left'} */
    this.state = 'receiving';
    this.reason = '';
    this.sent = 0;
    this.received = 0;
    this.wake = () => {};
  }

  end(state, reason = '') {
    if (this.state !== 'receiving') return;
    Object.assign(this, { state, reason });
    this.wake();
  }
}

export class OutgoingFile {
  isOpen = true; // others may still accept it

  reason = ''; // why it was cancelled

  /** @type {Map<string, Receiver>} who accepted or refused it */
  receivers = new Map();

  /**
   * @param {Blob} file @param {{number: number, name: string, to: string}} what to: '' for all
   * @param {{say: (to: string, message: object, isWanted?: () => boolean) => Promise<boolean>, share: () => number,
   *   changed: () => void}} room
   *   say: whether it was taken; share: how many bytes may be on the way to one
   */
  constructor(file, { number, name, to }, room) {
    this.file = file;
    this.number = number;
    this.name = name;
    this.to = to;
    this.room = room;
    this.size = file.size;
  }

  offer() {
    const { number, size, name } = this;
    return this.room.say(this.to, { kind: 'offer', number, size, name }, () => this.isOpen);
  }

  /** Nobody gets it any more who has not all of it. */
  cancel(reason = 'cancelled') {
    if (!this.isOpen) return;
    Object.assign(this, { isOpen: false, reason });
    for (const receiver of this.receivers.values()) receiver.end('stopped', reason);
    this.room.say(this.to, { kind: 'cancel', number: this.number, reason });
    this.room.changed();
  }

  /** @param {string} from @param {import('./file_message.js').FileMessage} message */
  take(from, { kind, offset, reason }) {
    const receiver = this.receivers.get(from);
    if (kind === 'accept' && !receiver && this.isOpen) this.#send(from);
    else if (kind === 'received' && receiver && offset <= receiver.sent) receiver.received = Math.max(receiver.received, offset);
    else if (kind === 'done') receiver?.end('done');
    else if (kind === 'refuse') this.#refused(from, reason);
    receiver?.wake();
    this.#changed();
  }

  /** What is for one alone is over when that one has it or will not: nobody else may take it. */
  #changed() {
    if (this.to !== '' && this.receivers.size > 0 && this.receiving === 0) this.isOpen = false;
    this.room.changed();
  }

  #refused(from, reason) {
    if (!this.receivers.has(from)) this.receivers.set(from, new Receiver(from));
    this.receivers.get(from).end('refused', reason);
  }

  /** Somebody is not there any more. */
  drop(id) {
    this.receivers.get(id)?.end('left', 'left');
  }

  /** Some of what one said did not come. */
  lose(id) {
    const receiver = this.receivers.get(id);
    if (receiver?.state !== 'receiving') return;
    receiver.end('stopped', 'lost');
    this.room.say(id, { kind: 'cancel', number: this.number, reason: 'lost' });
    this.#changed();
  }

  async #send(id) {
    const receiver = new Receiver(id);
    this.receivers.set(id, receiver);
    const isWanted = () => receiver.state === 'receiving';
    const hash = new Sha256();
    for (let at = 0; at < this.size && isWanted(); at += PIECE) {
      const piece = await this.#read(at);
      if (!piece) {
        if (isWanted()) this.cancel('unreadable'); // by nobody
        return;
      }
      hash.update(piece);
      for (let from = 0; from < piece.length && isWanted(); from += CHUNK_MAX) await this.#sendChunk(receiver, at + from, piece.subarray(from, from + CHUNK_MAX), isWanted);
    }
    await this.room.say(id, { kind: 'end', number: this.number, hash: hash.digest() }, isWanted);
  }

  /** When so much of what was sent has been taken that there is place. */
  async #sendChunk(receiver, offset, bytes, isWanted) {
    while (receiver.sent - receiver.received > Math.max(0, this.room.share() - CHUNK_MAX) && isWanted())
      await new Promise((resolve) => { receiver.wake = resolve; });
    receiver.sent = offset + bytes.length;
    await this.room.say(receiver.id, { kind: 'chunk', number: this.number, offset, bytes }, isWanted);
  }

  /** @returns {Promise<Uint8Array|null>} null: it cannot be read, or is another one than it was */
  async #read(at) {
    const end = Math.min(this.size, at + PIECE);
    const bytes = await this.file.slice(at, end).arrayBuffer().catch(() => null);
    return bytes?.byteLength === end - at ? new Uint8Array(bytes) : null;
  }

  get receiving() {
    return [...this.receivers.values()].filter(({ state }) => state === 'receiving').length;
  }
}

/** How many bytes may be on the way to each of so many receivers. */
export const shareOf = (receivers) => Math.max(CHUNK_MAX, Math.min(TO_ONE, Math.floor(ON_THE_WAY / Math.max(1, receivers))));
