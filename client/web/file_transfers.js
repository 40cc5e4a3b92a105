// The files that a participant offers and is offered, by messages of the call's data channels. These are neither lost
// nor delivered twice whatever becomes of the connections, so a transfer goes on where it was. No DOM.

import { Budget } from './budget.js';
import { checkArguments } from './call_options.js';
import { FILE_TOPIC, NAME_MAX, readFileMessage, writeFileMessage } from './file_message.js';
import { cutToBytes } from './file_name.js';
import { IncomingFile } from './incoming_file.js';
import { OutgoingFile, shareOf } from './outgoing_file.js';
import { TypedEventTarget } from './typed_events.js';

export const OPEN_MAX = 16; // files that one offers, or is offered by one other, at once
const OFFERS = { perSecond: 1, atOnce: OPEN_MAX }; // of one other: those that are taken back at once are work, too
const ofReceivers = ['accept', 'received', 'done', 'refuse'];
const seriesOf = (from, isPrivate) => `${from} ${isPrivate ? 'to one' : 'to all'}`;

/**
 * @typedef {object} FileEvents what is in `detail`, by the event's name
 * @property {IncomingFile} offered
 * @property {undefined} changed something of a file did
 */
/** @extends {TypedEventTarget<FileEvents>} */
export class FileTransfers extends TypedEventTarget {
  /** @type {Map<number, OutgoingFile>} that are open, by number */
  outgoing = new Map();

  /** @type {Map<string, IncomingFile>} that are not over, by sender and number */
  incoming = new Map();

  #lastNumber = 0;

  /** @type {Map<string, number>} the highest number of each one's offers to all, and to us: either come in order */
  #lastOf = new Map();

  /** @type {Map<string, Budget>} for each one's offers */
  #budgets = new Map();

  #here = new Set();

  /** @type {Promise<void>|null} until the room takes messages again */
  #ready = null;

  /** @param {import('./call.js').Call} call with `data` @param {() => number} [now] ms */
  constructor(call, now = () => performance.now()) {
    super();
    this.call = call;
    this.now = now;
    this.room = {
      say: (to, message, isWanted) => this.#say(to, message, isWanted),
      share: () => shareOf([...this.outgoing.values()].reduce((sum, { receiving }) => sum + receiving, 0)),
      changed: () => this.#changed(),
    };
    call.addEventListener('data', ({ detail }) => detail.topic === FILE_TOPIC && this.#take(detail));
    call.addEventListener('data-lost', ({ detail: { from } }) => this.#lose(from));
    call.addEventListener('participants', () => this.#follow());
    call.addEventListener('joined', ({ detail }) => { if (!detail?.resumed) this.#forget(); });
  }

  /**
   * @param {Blob} file @param {{name?: string, to?: string}} [how] to: one participant; without: everybody, those that
   *   come later, too
   * @returns {OutgoingFile|null} null: too many are offered already
   * @throws {TypeError} one of these is nothing that can be offered
   */
  offer(file, { name = file?.name ?? 'file', to = '' } = {}) {
    checkArguments('offer', { file, name, to });
    if (this.outgoing.size >= OPEN_MAX) return null;
    this.#lastNumber += 1;
    const outgoing = new OutgoingFile(file, { number: this.#lastNumber, name: fitting(name), to }, this.room);
    this.outgoing.set(outgoing.number, outgoing);
    outgoing.offer();
    this.#changed();
    return outgoing;
  }

  #take({ from, isPrivate, payload }) {
    const message = readFileMessage(payload);
    if (!message) return;
    if (ofReceivers.includes(message.kind)) this.#takeAnswer(from, message);
    else if (message.kind === 'offer') this.#takeOffer(from, isPrivate, message);
    else this.incoming.get(`${from} ${message.number}`)?.take(message);
  }

  #takeAnswer(from, message) {
    const outgoing = this.outgoing.get(message.number);
    if (outgoing && (outgoing.to === '' || outgoing.to === from)) outgoing.take(from, message);
  }

  /** It is said again when somebody comes. */
  #takeOffer(from, isPrivate, { number, size, name }) {
    const series = seriesOf(from, isPrivate);
    if (number <= (this.#lastOf.get(series) ?? 0)) return;
    this.#lastOf.set(series, number);
    if (!this.#mayOffer(from)) { // said if it can be said now: such offers have no end
      this.call.sendData(writeFileMessage({ kind: 'refuse', number, reason: 'too-many' }), { to: from, topic: FILE_TOPIC });
      return;
    }
    const incoming = new IncomingFile({ from, number, size, name, isPrivate }, this.room);
    this.incoming.set(`${from} ${number}`, incoming);
    this.emit('offered', incoming);
    this.#changed();
  }

  #mayOffer(from) {
    if (!this.#budgets.has(from)) this.#budgets.set(from, new Budget(OFFERS));
    return this.#incomingOf(from).length < OPEN_MAX && this.#budgets.get(from).take(1, this.now());
  }

  /** Who left gets and sends nothing more; who comes is told what is offered to all. */
  #follow() {
    const here = new Set(this.call.participants.keys());
    const gone = [...this.#here].filter((id) => !here.has(id));
    const hasNew = [...here].some((id) => !this.#here.has(id));
    this.#here = here;
    for (const id of gone) {
      for (const isPrivate of [false, true]) this.#lastOf.delete(seriesOf(id, isPrivate));
      this.#budgets.delete(id);
      this.#drop(id);
      for (const outgoing of [...this.outgoing.values()].filter(({ to }) => to === id)) outgoing.cancel('left');
    }
    if (hasNew) for (const outgoing of this.outgoing.values()) if (outgoing.to === '') outgoing.offer();
  }

  #drop(id) {
    for (const incoming of this.#incomingOf(id)) incoming.end('stopped', 'left');
    for (const outgoing of this.outgoing.values()) outgoing.drop(id);
    this.#changed();
  }

  /** Some of what one said did not come: neither direction can go on, and that one does not know. */
  #lose(id) {
    for (const incoming of this.#incomingOf(id)) incoming.refuse('lost');
    for (const outgoing of this.outgoing.values()) outgoing.lose(id);
    this.#changed();
  }

  #incomingOf(id) {
    return [...this.incoming.values()].filter(({ from }) => from === id);
  }

  /** A new place in the room: everybody has another id. */
  #forget() {
    this.#here = new Set();
    this.#lastOf.clear();
    this.#budgets.clear();
    for (const incoming of [...this.incoming.values()]) incoming.end('stopped', 'left');
    for (const outgoing of [...this.outgoing.values()]) {
      for (const id of outgoing.receivers.keys()) outgoing.drop(id);
      if (outgoing.to !== '') outgoing.cancel('left');
    }
    this.#follow();
  }

  #changed() {
    for (const [key, { isOver }] of this.incoming) if (isOver) this.incoming.delete(key);
    for (const [number, { isOpen }] of this.outgoing) if (!isOpen) this.outgoing.delete(number);
    this.emit('changed');
  }

  async #say(to, message, isWanted = () => true) {
    const payload = writeFileMessage(message);
    while (isWanted() && (to === '' || this.call.participants.has(to))) {
      if (this.call.sendData(payload, { to, topic: FILE_TOPIC })) return true;
      this.#ready ??= new Promise((resolve) => { this.call.addEventListener('data-ready', resolve, { once: true }); }).then(() => { this.#ready = null; });
      await this.#ready;
    }
    return false;
  }
}

/** A name that a message has place for. */
const fitting = (name) => cutToBytes(name.replaceAll('\0', ''), NAME_MAX) || 'file';
