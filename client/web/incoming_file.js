// A file that somebody offers: refused, or accepted and taken chunk by chunk into a sink. No DOM.

import { safeFileName } from './file_name.js';
import { Sha256 } from './sha256.js';

const WAITING_MAX = 1 << 20; // bytes that are not written yet: a sender that heeds what was received sends less

/**
 * @typedef {{write: (bytes: Uint8Array) => Promise<void>, close: () => Promise<Blob|null|void>, abort: () => void}}
 *   FileSink close: all is written; what can be saved now, or nothing when it is saved already
 */

export class IncomingFile {
  /** @type {'offered'|'receiving'|'done'|'refused'|'stopped'} */
  state = 'offered';

  reason = ''; // why it ended; 'left': who offered it is not there any more

  received = 0; // bytes, written

  /** @type {Blob|null} when it is done */
  blob = null;

  /** @type {FileSink|null} */
  sink = null;

  #arrived = 0;

  #hash = new Sha256();

  /** @type {Map<string, object>} what is yet to be said, by kind: the newest of each */
  #unsaid = new Map();

  #isSaying = false;

  #work = Promise.resolve(); // what came is written in its order

  /**
   * @param {{from: string, number: number, size: number, name: string, isPrivate: boolean}} offer isPrivate: to us
   *   alone
   * @param {{say: (to: string, message: object, isWanted?: () => boolean) => Promise<boolean>,
   *   changed: () => void}} room
   */
  constructor({ from, number, size, name, isPrivate }, room) {
    this.from = from;
    this.number = number;
    this.size = size;
    this.isPrivate = isPrivate;
    this.room = room;
    this.name = safeFileName(name);
  }

  get isOver() {
    return !['offered', 'receiving'].includes(this.state);
  }

  /** @param {FileSink} sink */
  accept(sink) {
    if (this.state !== 'offered') return;
    this.sink = sink;
    this.state = 'receiving';
    this.#say('accept');
    this.room.changed();
  }

  /** Before it was accepted, or later. */
  refuse(reason = this.state === 'offered' ? 'declined' : 'cancelled') {
    if (this.isOver) return;
    this.#unsaid.clear();
    this.#say('refuse', { reason });
    this.end('refused', reason);
  }

  end(state, reason = '') {
    if (this.isOver) return;
    if (state !== 'done') this.sink?.abort();
    if (state === 'stopped') this.#unsaid.clear(); // who offered it wants no answer
    Object.assign(this, { state, reason });
    this.room.changed();
  }

  /** @param {import('./file_message.js').FileMessage} message of who offered it */
  take({ kind, offset, bytes, hash, reason }) {
    if (kind === 'cancel') this.end('stopped', reason);
    if (this.state !== 'receiving') return;
    if (kind === 'chunk') this.#takeChunk(offset, bytes);
    if (kind === 'end') this.#then(() => this.#finish(hash));
  }

  #takeChunk(offset, bytes) {
    const isNext = offset === this.#arrived && offset + bytes.length <= this.size;
    if (!isNext || this.#arrived - this.received > WAITING_MAX) {
      this.refuse('lost');
      return;
    }
    this.#arrived += bytes.length;
    this.#hash.update(bytes);
    const kept = bytes.slice();
    this.#then(async () => {
      await this.sink.write(kept);
      this.received += kept.length;
      this.#say('received', { offset: this.received });
      this.room.changed();
    });
  }

  #then(act) {
    this.#work = this.#work.then(() => this.state === 'receiving' && act()).catch(() => this.refuse('unsaved'));
  }

  async #finish(hash) {
    const own = this.#hash.digest();
    if (this.received !== this.size || own.some((byte, index) => byte !== hash[index])) {
      this.refuse('different');
      return;
    }
    this.blob = (await this.sink.close()) ?? null;
    this.#say('done');
    this.end('done');
  }

  /** One after the other: what waits is a few words, however many chunks come meanwhile. */
  async #say(kind, more = {}) {
    this.#unsaid.set(kind, more);
    if (this.#isSaying) return;
    this.#isSaying = true;
    while (this.#unsaid.size > 0) {
      const [[next, its]] = this.#unsaid;
      const isWanted = () => this.#unsaid.get(next) === its;
      await this.room.say(this.from, { kind: next, number: this.number, ...its }, isWanted);
      if (isWanted()) this.#unsaid.delete(next);
    }
    this.#isSaying = false;
  }
}
