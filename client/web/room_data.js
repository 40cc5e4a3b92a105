// Messages to others of the room that are neither lost nor delivered twice, whatever happens to the connections
// in between: each sender counts them, each receiver tells how far it got, and what it did not get is sent again.
// The way (by the router or directly) does not matter and may change. Pure: time comes in, frames and events go
// out. client/call/room_data.h is the same in C.

import { Kind, PAYLOAD_MAX, TOPIC_MAX, readFrame, writeEnvelope } from './envelope.js';

const SERIES = 4; // of numbers: ordered and unordered to all, ordered and unordered to one
const UNKNOWN = 0xffffffff;
const LOG_BYTES = 1 << 20; // that wait to be acknowledged; then the application has to wait
const LOG_MESSAGES = 1000;
const SYNC_LIMIT = 10000; // a participant that joined and has sent no sync is waited for so long
const STALL_LIMIT = 10000; // so long the others wait for one who acknowledges nothing, when the log is full
const ACK_DELAY = 50;
const SYNC_INTERVAL = 200;
const RESEND_INTERVAL = 500; // before it is begun again to send one what it lacks
const REPEAT_FIRST = 2000;
const REPEAT_LAST = 8000;
// So much is sent again to one before it acknowledges some of it: who is slow must not use up what we may send.
const BATCH_MESSAGES = 64;
const BATCH_BYTES = 64 * 1024;

const seriesOf = ({ policy, isPrivate }) => (policy === 'unordered' ? 1 : 0) + (isPrivate ? 2 : 0);

function writeNumbers(numbers) {
  const view = new DataView(new ArrayBuffer(4 * SERIES));
  numbers.forEach((number, index) => view.setUint32(4 * index, number));
  return new Uint8Array(view.buffer);
}

function readNumbers(payload) {
  if (payload.length !== 4 * SERIES) return null;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return Array.from({ length: SERIES }, (_, index) => view.getUint32(4 * index));
}

/** What one other participant has of ours, and we of it. */
class Other {
  constructor(last, now) {
    this.acked = [...last, 0, 0];
    this.lastPrivate = [0, 0];
    this.catchesUp = false; // what it lacks is sent again, batch by batch...
    this.resent = [0, 0, 0, 0]; // ...and was, up to these numbers
    this.hasSynced = false;
    this.joinedAt = now;
    this.progressAt = now;
    this.repeatAt = Infinity;
    this.repeatDelay = REPEAT_FIRST;
    this.received = null; // numbers up to which everything came; null: not known where they begin
    this.early = [new Set(), new Set()]; // of the unordered series, beyond that
    this.owesAck = false;
    this.syncAt = -Infinity;
    this.resentAt = -Infinity;
  }
}

export class RoomData {
  /**
   * @param {{transmit: (to: string, policy: string, frame: Uint8Array) => boolean, tell: (type: string,
   *   detail?: object) => void}} outlet
   *   transmit: to '' (all) or one; whether a channel is open for it. tell: `data`, `data-ready`, `data-refused`,
   *   `data-lost`
   */
  constructor({ transmit, tell }) {
    this.transmit = transmit;
    this.tell = tell;
    this.last = [0, 0]; // of what was sent to all
    /** @type {Map<string, Other>} by id */
    this.others = new Map();
    this.log = []; // sent, and not acknowledged by all: {to, series, sequence, policy, isPrivate, topic, payload}
    this.bytes = 0;
    this.wasFull = false;
    this.ackAt = Infinity;
  }

  /** Who is in the room besides us. @param {Iterable<string>} ids */
  setOthers(ids, now) {
    const here = new Set(ids);
    for (const id of this.others.keys()) if (!here.has(id)) this.others.delete(id);
    for (const id of here) if (!this.others.has(id)) this.others.set(id, new Other(this.last, now));
    this.#prune(now);
  }

  /** A channel opened, to all (the router) or to one. */
  opened(to, now) {
    for (const [id, other] of this.others) {
      if (to !== '' && id !== to) continue;
      other.syncAt = -Infinity;
      this.#sync(id, other, now);
    }
  }

  get isFull() {
    return this.bytes >= LOG_BYTES || this.log.length >= LOG_MESSAGES;
  }

  /**
   * @param {Uint8Array} payload up to PAYLOAD_MAX bytes
   * @param {{to?: string, topic?: string, policy?: string}} how
   * @returns {boolean} false: it was not taken; for a reliable one `data-ready` tells when another try makes sense
   */
  send(payload, { to = '', topic = '', policy = 'ordered' }, now) {
    if (payload.length > PAYLOAD_MAX) throw new RangeError(`a message has ${PAYLOAD_MAX} bytes at most`);
    if (new TextEncoder().encode(topic).length > TOPIC_MAX) throw new RangeError(`a topic has ${TOPIC_MAX} bytes at most`);
    const isPrivate = to !== '';
    if (isPrivate && !this.others.has(to)) return false;
    if (this.others.size === 0) return true; // nobody is there to get it
    if (policy === 'lossy') return this.transmit(to, policy, writeEnvelope({ policy, isPrivate, name: to, topic, payload }));
    if (this.isFull) {
      this.wasFull = true;
      return false;
    }
    const counters = isPrivate ? this.others.get(to).lastPrivate : this.last;
    const index = policy === 'unordered' ? 1 : 0;
    counters[index] += 1;
    const entry = { to, series: seriesOf({ policy, isPrivate }), sequence: counters[index], policy, isPrivate, topic, payload: payload.slice() };
    this.log.push(entry);
    this.bytes += payload.length;
    for (const [id, other] of this.others) if (to === '' || to === id) other.repeatAt = Math.min(other.repeatAt, now + other.repeatDelay);
    this.#write(entry, to);
    return true;
  }

  #write({ policy, isPrivate, sequence, topic, payload }, name) {
    return this.transmit(name, policy, writeEnvelope({ policy, isPrivate, sequence, name, topic, payload }));
  }

  #control(kind, name, numbers) {
    return this.transmit(name, 'ordered', writeEnvelope({ kind, name, payload: writeNumbers(numbers) }));
  }

  /**
   * A frame came.
   * @param {string} from the participant that is the remote peer of the channel; '': the router, whose envelopes say
   *   who
   */
  receive(from, frame, now) {
    for (const envelope of readFrame(frame)) {
      if (envelope.kind === Kind.refused) {
        if (from === '') this.tell('data-refused', { code: envelope.topic, to: envelope.name });
        continue;
      }
      const id = from || envelope.name;
      const other = this.others.get(id);
      if (other) this.#take(id, other, envelope, now);
    }
  }

  #take(id, other, envelope, now) {
    if (envelope.kind === Kind.message) {
      this.#takeMessage(id, other, envelope, now);
      return;
    }
    const numbers = readNumbers(envelope.payload);
    if (!numbers) return;
    if (envelope.kind === Kind.begin) this.#begin(id, other, numbers);
    else this.#acked(id, other, numbers, envelope.kind === Kind.sync, now);
  }

  // What others send.

  #deliver(id, { policy, isPrivate, topic, payload }) {
    this.tell('data', { from: id, topic, payload, policy, isPrivate });
  }

  #takeMessage(id, other, envelope, now) {
    if (envelope.policy === 'lossy') {
      this.#deliver(id, envelope);
      return;
    }
    if (!other.received || !this.#isNews(other, envelope)) {
      if (!other.received || envelope.sequence > other.received[seriesOf(envelope)] + 1) this.#sync(id, other, now);
      else this.#oweAck(other, now);
      return;
    }
    this.#oweAck(other, now);
    this.#deliver(id, envelope);
  }

  /** Notes the message; whether it is to be delivered now. One that comes before its turn will come again. */
  #isNews({ received, early }, envelope) {
    const { sequence } = envelope;
    const series = seriesOf(envelope);
    if (envelope.policy === 'ordered') {
      if (sequence !== received[series] + 1) return false;
      received[series] = sequence;
      return true;
    }
    const beyond = early[series >> 1];
    if (sequence <= received[series] || sequence > received[series] + LOG_MESSAGES || beyond.has(sequence)) return false;
    beyond.add(sequence);
    while (beyond.delete(received[series] + 1)) received[series] += 1;
    return true;
  }

  #begin(id, other, numbers) {
    const isLoss = other.received?.some((number, series) => number < numbers[series]) ?? false;
    other.received = numbers.map((number, series) => Math.max(number, other.received?.[series] ?? 0));
    for (const [index, beyond] of other.early.entries()) {
      const series = 2 * index + 1;
      for (const sequence of beyond) if (sequence <= other.received[series]) beyond.delete(sequence);
      while (beyond.delete(other.received[series] + 1)) other.received[series] += 1;
    }
    if (isLoss) this.tell('data-lost', { from: id });
  }

  #oweAck(other, now) {
    other.owesAck = true;
    this.ackAt = Math.min(this.ackAt, now + ACK_DELAY);
  }

  #sync(id, other, now) {
    if (now - other.syncAt < SYNC_INTERVAL) return;
    if (this.#control(Kind.sync, id, other.received ?? Array(SERIES).fill(UNKNOWN))) other.syncAt = now;
  }

  // What others got.

  #lastOf(other) {
    return [...this.last, ...other.lastPrivate];
  }

  #pending(id, other) {
    return this.log.filter(({ to, series, sequence }) => (to === '' || to === id) && sequence > other.acked[series]);
  }

  /** Sends the next batch of what one lacks. @returns {number} of how many messages */
  #sendBatch(id, other, now) {
    let [sent, bytes] = [0, 0];
    for (const entry of this.#pending(id, other)) {
      if (sent === BATCH_MESSAGES || bytes >= BATCH_BYTES) break;
      if (entry.sequence <= other.resent[entry.series]) continue;
      other.resent[entry.series] = entry.sequence;
      this.#write(entry, id);
      bytes += entry.payload.length;
      sent += 1;
    }
    other.catchesUp = sent > 0;
    other.resentAt = now;
    return sent;
  }

  #beginResending(id, other, now) {
    other.resent = [...other.acked];
    return this.#sendBatch(id, other, now);
  }

  #acked(id, other, numbers, isSync, now) {
    const isUnknown = numbers.every((number) => number === UNKNOWN);
    const last = this.#lastOf(other);
    if (!isUnknown && numbers.some((number, series) => number > last[series])) return; // of another life of ours
    if (!other.received) this.#sync(id, other, now);
    const mustBegin = isUnknown || numbers.some((number, series) => number < other.acked[series]);
    const hasProgressed = !isUnknown && numbers.some((number, series) => number > other.acked[series]);
    if (!isUnknown) other.acked = other.acked.map((number, series) => Math.max(number, numbers[series]));
    other.hasSynced ||= isSync;
    if (hasProgressed || isSync) {
      other.progressAt = now;
      other.repeatDelay = REPEAT_FIRST;
      other.repeatAt = now + REPEAT_FIRST;
    }
    if (isSync && now - other.resentAt < RESEND_INTERVAL) {
      other.repeatAt = Math.min(other.repeatAt, other.resentAt + RESEND_INTERVAL);
    } else if (isSync) {
      if (mustBegin) this.#control(Kind.begin, id, other.acked);
      this.#beginResending(id, other, now);
    } else if (hasProgressed && other.catchesUp) {
      this.#sendBatch(id, other, now);
    }
    this.#prune(now);
  }

  #isWaitedFor(other, now) {
    return other.hasSynced || now - other.joinedAt < SYNC_LIMIT;
  }

  /** Drops what everybody got who is waited for. */
  #prune(now) {
    const waited = [...this.others].filter(([, other]) => this.#isWaitedFor(other, now));
    const least = Array.from({ length: SERIES / 2 }, (_, series) => Math.min(Infinity, ...waited.map(([, other]) => other.acked[series])));
    const isNeeded = ({ to, series, sequence }) => (to === '' ? sequence > least[series] : sequence > (this.others.get(to)?.acked[series] ?? Infinity));
    this.log = this.log.filter((entry) => {
      if (isNeeded(entry)) return true;
      this.bytes -= entry.payload.length;
      return false;
    });
    if (this.wasFull && this.bytes < LOG_BYTES / 2 && this.log.length < LOG_MESSAGES / 2) {
      this.wasFull = false;
      this.tell('data-ready');
    }
  }

  // Time.

  next() {
    return Math.min(this.ackAt, ...[...this.others.values()].map(({ repeatAt }) => repeatAt));
  }

  timeout(now) {
    if (now >= this.ackAt) this.#sendAcks();
    for (const [id, other] of this.others) if (now >= other.repeatAt) this.#repeat(id, other, now);
    this.#prune(now);
  }

  #sendAcks() {
    this.ackAt = Infinity;
    for (const [id, other] of this.others) {
      if (other.owesAck && other.received) this.#control(Kind.ack, id, other.received);
      other.owesAck = false;
    }
  }

  // What was sent may have been lost on the way, or its acknowledgement.
  #repeat(id, other, now) {
    const pending = this.#pending(id, other);
    if (this.isFull && pending.length > 0 && now - other.progressAt > STALL_LIMIT) {
      other.acked = this.#lastOf(other);
      this.#control(Kind.begin, id, other.acked);
    }
    const sent = this.#beginResending(id, other, now);
    other.repeatDelay = Math.min(2 * other.repeatDelay, REPEAT_LAST);
    other.repeatAt = sent > 0 ? now + other.repeatDelay : Infinity;
  }
}
