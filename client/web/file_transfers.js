// The files that a participant offers and is offered, by messages of the call's data channels. These are neither lost
// nor delivered twice whatever becomes of the connections, so a transfer goes on where it was. No DOM.

import { FILE_TOPIC, NAME_MAX, readFileMessage, writeFileMessage } from './file_message.js';
import { IncomingFile } from './incoming_file.js';
import { OutgoingFile, shareOf } from './outgoing_file.js';

export const OPEN_MAX = 16; // files that one offers, or is offered by one other, at once
const ofReceivers = ['accept', 'received', 'done', 'refuse'];

/** Events: `offered` (detail: IncomingFile), `changed`: something of a file did. */
export class FileTransfers extends EventTarget {
  /** @type {Map<number, OutgoingFile>} that are open, by number */
  outgoing = new Map();

  /** @type {Map<string, IncomingFile>} that are not over, by sender and number */
  incoming = new Map();

  #lastNumber = 0;

  #lastOf = new Map(); // by participant: the highest number of its offers

  #here = new Set();

  /** @type {Promise<void>|null} until the room takes messages again */
  #ready = null;

  /** @param {import('./call.js').Call} call with `data` */
  constructor(call) {
    super();
    this.call = call;
    this.room = {
      say: (to, message, isWanted) => this.#say(to, message, isWanted),
      share: () => shareOf([...this.outgoing.values()].reduce((sum, { receiving }) => sum + receiving, 0)),
      changed: () => this.#changed(),
    };
    call.addEventListener('data', ({ detail }) => detail.topic === FILE_TOPIC && this.#take(detail));
    call.addEventListener('data-lost', ({ detail: { from } }) => this.#drop(from, 'lost'));
    call.addEventListener('participants', () => this.#follow());
    call.addEventListener('joined', ({ detail }) => { if (!detail?.resumed) this.#forget(); });
  }

  /**
   * @param {Blob} file @param {{name?: string, to?: string}} [how] to: one participant; without: everybody, those that
   *   come later, too
   * @returns {OutgoingFile|null} null: too many are offered already
   */
  offer(file, { name = file.name ?? 'file', to = '' } = {}) {
    if (this.outgoing.size >= OPEN_MAX) return null;
    this.#lastNumber += 1;
    const outgoing = new OutgoingFile(file, { number: this.#lastNumber, name: fitting(name), to }, this.room);
    this.outgoing.set(outgoing.number, outgoing);
    outgoing.offer();
    this.#changed();
    return outgoing;
  }

  #take({ from, payload }) {
    const message = readFileMessage(payload);
    if (!message) return;
    if (ofReceivers.includes(message.kind)) this.#takeAnswer(from, message);
    else if (message.kind === 'offer') this.#takeOffer(from, message);
    else this.incoming.get(`${from} ${message.number}`)?.take(message);
  }

  #takeAnswer(from, message) {
    const outgoing = this.outgoing.get(message.number);
    if (outgoing && (outgoing.to === '' || outgoing.to === from)) outgoing.take(from, message);
  }

  /** It is said again when somebody comes. */
  #takeOffer(from, { number, size, name }) {
    if (number <= (this.#lastOf.get(from) ?? 0)) return;
    this.#lastOf.set(from, number);
    const incoming = new IncomingFile({ from, number, size, name }, this.room);
    if ([...this.incoming.values()].filter((other) => other.from === from).length >= OPEN_MAX) {
      incoming.refuse('too-many');
      return;
    }
    this.incoming.set(`${from} ${number}`, incoming);
    this.dispatchEvent(new CustomEvent('offered', { detail: incoming }));
    this.#changed();
  }

  /** Who left gets and sends nothing more; who comes is told what is offered to all. */
  #follow() {
    const here = new Set(this.call.participants.keys());
    const gone = [...this.#here].filter((id) => !here.has(id));
    const hasNew = [...here].some((id) => !this.#here.has(id));
    this.#here = here;
    for (const id of gone) {
      this.#lastOf.delete(id);
      this.#drop(id, 'left');
      for (const outgoing of [...this.outgoing.values()].filter(({ to }) => to === id)) outgoing.cancel('left');
    }
    if (hasNew) for (const outgoing of this.outgoing.values()) if (outgoing.to === '') outgoing.offer();
  }

  #drop(id, reason) {
    for (const incoming of [...this.incoming.values()].filter(({ from }) => from === id)) incoming.end('stopped', reason);
    for (const outgoing of this.outgoing.values()) outgoing.drop(id, reason);
    this.#changed();
  }

  /** A new place in the room: everybody has another id. */
  #forget() {
    this.#here = new Set();
    this.#lastOf.clear();
    for (const incoming of [...this.incoming.values()]) incoming.end('stopped', 'left');
    for (const outgoing of [...this.outgoing.values()]) {
      for (const id of outgoing.receivers.keys()) outgoing.drop(id, 'left');
      if (outgoing.to !== '') outgoing.cancel('left');
    }
    this.#follow();
  }

  #changed() {
    for (const [key, { isOver }] of this.incoming) if (isOver) this.incoming.delete(key);
    for (const [number, { isOpen }] of this.outgoing) if (!isOpen) this.outgoing.delete(number);
    this.dispatchEvent(new CustomEvent('changed'));
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
function fitting(name) {
  let kept = '';
  for (const character of name.replaceAll('\0', '')) {
    if (new TextEncoder().encode(kept + character).length > NAME_MAX) break;
    kept += character;
  }
  return kept || 'file';
}
