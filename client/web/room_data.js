// Messages to others of the room that are neither lost nor delivered twice, whatever happens to the connections
// in between: each sender counts them, each receiver tells how far it got, and what it did not get is sent again.
// The way (by the router or directly) does not matter and may change. Pure: time comes in, frames and events go
// out. client/call/room_data.h is the same in C.

import { Kind, readFrame, writeEnvelope } from './envelope.js';

const SERIES = 4; // of numbers: ordered and unordered to all, ordered and unordered to one
const UNKNOWN = 0xffffffff;
// So much waits to be acknowledged; then the application has to wait. What waits for one alone is counted apart: one
// who acknowledges nothing does not use up what is for the others.
const ALL_MAX = { bytes: 1 << 20, messages: 1000 };
const ONE_MAX = { bytes: 512 * 1024, messages: 500 };
const SYNC_LIMIT = 10000; // a participant that joined and has sent no sync is waited for so long
// When no more may wait that is for all, everybody waits for those who lack the oldest of it. So long may one let the
// others wait, and a tenth of the time after; then it is given up. So is one that acknowledges for so long nothing of
// what waits for it alone, and no more may wait: what goes on between the two is over then.
const HOLD_LIMIT = 15000;
const HOLD_REFILL = 10;
// Of its own everybody has that only when it has been here for so long, and has taken something. Until then all such
// share it, and a sixtieth of the time after: who comes again and again gets no more each time.
const NEWCOMER = HOLD_LIMIT * HOLD_REFILL;
const NEWCOMERS_REFILL = 60;
const HOLD_INTERVAL = 200; // between two looks at who they are
const ACK_DELAY = 50;
const SYNC_INTERVAL = 200;
const BEGIN_INTERVAL = 100; // of answers to syncs, when there were more than a second's worth
const RESEND_INTERVAL = 500; // before it is begun again to send one what it lacks
const REPEAT_FIRST = 2000;
const REPEAT_LAST = 8000;
// So much is sent again to one before it acknowledges some of it: who is slow must not use up what we may send.
// All of a file that is on the way to one fits (TO_ONE of outgoing_file.js).
const BATCH_MESSAGES = 64;
const BATCH_BYTES = 96 * 1024;
const BATCH_LEAST = 1024; // after the router had no room, a batch grows from what there was room for

const seriesOf = ({ policy, isPrivate }) => (policy === 'unordered' ? 1 : 0) + (isPrivate ? 2 : 0);

function writeNumbers(numbers) {
  const view = new DataView(new ArrayBuffer(4 * SERIES));
  numbers.forEach((number, index) => view.setUint32(4 * index, number));
  return new Uint8Array(view.buffer);
}

/** What the router dropped (the first number of each series; 0: nothing), and how many bytes it has room for. */
function readRoom(payload) {
  if (payload.length !== 4 + 4 * SERIES) return null;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return { bytes: view.getUint32(0), first: Array.from({ length: SERIES }, (_, index) => view.getUint32(4 + 4 * index)) };
}

function readNumbers(payload) {
  if (payload.length !== 4 * SERIES) return null;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return Array.from({ length: SERIES }, (_, index) => view.getUint32(4 * index));
}

/** What was sent and is yet to be acknowledged. */
class Backlog {
  constructor(max) {
    this.max = max;
    this.count = 0;
    this.bytes = 0;
    this.wasFull = false; // a message was not taken, and that there is room again is yet to be told
  }

  add({ payload }, sign) {
    this.count += sign;
    this.bytes += sign * payload.length;
  }

  get isFull() {
    return this.bytes >= this.max.bytes || this.count >= this.max.messages;
  }

  /** Whether an application that was told to wait need not any more. */
  isReady() {
    const isNews = this.wasFull && this.bytes < this.max.bytes / 2 && this.count < this.max.messages / 2;
    this.wasFull &&= !isNews;
    return isNews;
  }
}

/** What one other participant has of ours, and we of it. */
class Other {
  constructor(last, now) {
    this.acked = [...last, 0, 0];
    this.lastPrivate = [0, 0];
    this.catchesUp = false; // of what it lacks, the next batch follows when it got this one
    this.resent = [0, 0, 0, 0]; // what it lacked was sent again up to these numbers
    this.hasNoRoom = false; // says the router, which tells when there is room again
    this.batch = BATCH_BYTES;
    this.hasSynced = false;
    this.hasTaken = false; // it acknowledged something
    this.isGivenUp = false; // and has acknowledged nothing since
    this.joinedAt = now;
    this.held = 0; // for how long it let the others wait...
    this.heldAt = now; // ...by the last look
    this.alone = new Backlog(ONE_MAX);
    this.giveUpAt = Infinity; // while something was not taken for it alone
    this.repeatAt = Infinity;
    this.repeatDelay = REPEAT_FIRST;
    this.received = null; // numbers up to which everything came; null: not known where they begin
    this.early = [new Set(), new Set()]; // of the unordered series, beyond that
    this.owesAck = false;
    this.syncAt = -Infinity;
    this.beginsAt = -Infinity;
    this.resentAt = -Infinity;
  }
}

export class RoomData {
  /**
   * @param {{transmit: (to: string, policy: string, frame: Uint8Array, isAgain?: boolean) => boolean,
   *   tell: (type: string, detail?: object) => void}} outlet
   *   transmit: to '' (all) or one, for the first time or again; whether a channel took it. tell: `data`,
   *   `data-ready`, `data-refused`, `data-lost`
   */
  constructor({ transmit, tell }) {
    this.transmit = transmit;
    this.tell = tell;
    this.last = [0, 0]; // of what was sent to all
    /** @type {Map<string, Other>} by id */
    this.others = new Map();
    // Sent, and not acknowledged by all whom it is for: {to, series, sequence, policy, isPrivate, topic, payload}
    this.log = [];
    this.all = new Backlog(ALL_MAX);
    this.ackAt = Infinity;
    this.holdAt = Infinity;
    this.newcomersHeld = 0; // as `held` of one, for all of them together
    this.newcomersHeldAt = 0;
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

  /**
   * What may not be was refused before (checkMessage() of call_options.js).
   * @param {Uint8Array} payload up to PAYLOAD_MAX bytes
   * @param {{to?: string, topic?: string, policy?: string}} how
   * @returns {boolean} false: it was not taken; for a reliable one `data-ready` tells when another try makes sense
   */
  send(payload, { to = '', topic = '', policy = 'ordered' }, now) {
    const isPrivate = to !== '';
    if (isPrivate && !this.others.has(to)) return false;
    if (this.others.size === 0) return true; // nobody is there to get it
    if (policy === 'lossy') return this.transmit(to, policy, writeEnvelope({ policy, isPrivate, name: to, topic, payload }));
    const backlog = this.#backlogOf(to);
    if (backlog.isFull) {
      if (!isPrivate) this.holdAt = Math.min(this.holdAt, now + HOLD_INTERVAL);
      else if (!backlog.wasFull) this.others.get(to).giveUpAt = now + HOLD_LIMIT;
      backlog.wasFull = true;
      return false;
    }
    const counters = isPrivate ? this.others.get(to).lastPrivate : this.last;
    const index = policy === 'unordered' ? 1 : 0;
    counters[index] += 1;
    const entry = { to, series: seriesOf({ policy, isPrivate }), sequence: counters[index], policy, isPrivate, topic, payload: payload.slice() };
    this.log.push(entry);
    backlog.add(entry, 1);
    for (const [id, other] of this.others) if (to === '' || to === id) other.repeatAt = Math.min(other.repeatAt, now + other.repeatDelay);
    // Before what one still lacks it would come in vain: it follows with a later batch.
    if (!isPrivate || this.#mayWrite(this.others.get(to), policy)) this.#write(entry, to);
    return true;
  }

  #mayWrite({ hasNoRoom, catchesUp }, policy) {
    return !hasNoRoom && (!catchesUp || policy !== 'ordered');
  }

  /** Of what is for '' (all), or for one: undefined where it is not here any more. */
  #backlogOf(to) {
    return to === '' ? this.all : this.others.get(to)?.alone;
  }

  #write({ policy, isPrivate, sequence, topic, payload }, name, isAgain = false) {
    return this.transmit(name, policy, writeEnvelope({ policy, isPrivate, sequence, name, topic, payload }), isAgain);
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
        if (from === '') this.#refused(envelope);
        continue;
      }
      const id = from || envelope.name;
      const other = this.others.get(id);
      if (envelope.kind === Kind.room) {
        if (other && from === '') this.#takeRoom(id, other, readRoom(envelope.payload), now);
      } else if (other) {
        this.#take(id, other, envelope, now);
      }
    }
  }

  /**
   * Who is in the room, and not at the router at this moment, is on its way between the router and a Mesh: it gets what
   * is reliable a little later.
   */
  #refused({ topic: code, name: to }) {
    if (code !== 'no-such-target' || !this.others.has(to)) this.tell('data-refused', { code, to });
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
    if (sequence <= received[series] || sequence > received[series] + ALL_MAX.messages || beyond.has(sequence)) return false;
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

  /** Sends the next batch of what one lacks, if there is a way to it. */
  #sendBatch(id, other, now) {
    let [sent, bytes] = [0, 0];
    other.catchesUp = false;
    for (const entry of this.#pending(id, other)) {
      if (entry.sequence <= other.resent[entry.series]) continue;
      if (sent === BATCH_MESSAGES || bytes >= other.batch || !this.#write(entry, id, true)) {
        other.catchesUp = true;
        return;
      }
      other.resent[entry.series] = entry.sequence;
      other.resentAt = now;
      bytes += entry.payload.length;
      sent += 1;
    }
  }

  #beginResending(id, other, now) {
    other.resent = [...other.acked];
    other.hasNoRoom = false; // that there is room again may not have come
    this.#sendBatch(id, other, now);
  }

  /**
   * So many bytes may be sent again, from those numbers on. What has lower ones is on its way. Without room for any,
   * what would be sent now would not come.
   */
  #takeRoom(id, other, room, now) {
    if (!room) return;
    other.hasNoRoom = room.bytes === 0;
    other.batch = Math.min(Math.max(room.bytes, BATCH_LEAST), BATCH_BYTES);
    if (other.hasNoRoom) {
      other.catchesUp = true;
      other.repeatAt = now + REPEAT_LAST;
      return;
    }
    other.resent = this.#lastOf(other).map((last, series) => (room.first[series] > 0 && room.first[series] <= last ? room.first[series] - 1 : last));
    other.repeatAt = now + other.repeatDelay;
    this.#sendBatch(id, other, now);
  }

  /** With as much again as before it, a batch that was small for want of room only when that has come. */
  #sendNextBatch(id, other, now) {
    const hasCome = other.batch === BATCH_BYTES || other.acked.every((number, series) => number >= other.resent[series]);
    if (other.hasNoRoom || !hasCome) return;
    other.batch = Math.min(2 * other.batch, BATCH_BYTES);
    this.#sendBatch(id, other, now);
  }

  /** A BEGIN is small, and without it all that is sent comes in vain: it does not wait for the rest. */
  #answerSync(id, other, mustBegin, now) {
    if (mustBegin && other.beginsAt - now < 1000 && this.#control(Kind.begin, id, other.acked)) other.beginsAt = Math.max(other.beginsAt, now) + BEGIN_INTERVAL;
    if (now - other.resentAt < RESEND_INTERVAL) other.repeatAt = Math.min(other.repeatAt, other.resentAt + RESEND_INTERVAL);
    else this.#beginResending(id, other, now);
  }

  #acked(id, other, numbers, isSync, now) {
    const isUnknown = numbers.every((number) => number === UNKNOWN);
    const last = this.#lastOf(other);
    if (!isUnknown && numbers.some((number, series) => number > last[series])) return; // of another life of ours
    if (!other.received) this.#sync(id, other, now);
    const isBehind = isUnknown || numbers.some((number, series) => number < other.acked[series]);
    const hasProgressed = !isUnknown && numbers.some((number, series) => number > other.acked[series]);
    if (!isUnknown && (numbers[2] > other.acked[2] || numbers[3] > other.acked[3])) other.giveUpAt = now + HOLD_LIMIT;
    if (!isUnknown) other.acked = other.acked.map((number, series) => Math.max(number, numbers[series]));
    const hasNews = hasProgressed || (isSync && !other.hasSynced);
    other.hasSynced ||= isSync;
    other.hasTaken ||= hasProgressed;
    other.isGivenUp &&= !hasProgressed;
    if ((hasProgressed || isSync) && !other.hasNoRoom) {
      other.repeatDelay = REPEAT_FIRST;
      other.repeatAt = now + REPEAT_FIRST;
    }
    if (hasProgressed && !isBehind && other.catchesUp) this.#sendNextBatch(id, other, now); // also if it syncs because something came before its turn
    else if (isSync) this.#answerSync(id, other, isBehind, now);
    if (hasNews) this.#prune(now);
  }

  #isWaitedFor(other, now) {
    return !other.isGivenUp && (other.hasSynced || now - other.joinedAt < SYNC_LIMIT);
  }

  /** Of what is for all: up to where everybody has it who is waited for. For the others counting goes on there. */
  #findLeastAcked(now) {
    const others = [...this.others.values()];
    const waited = others.filter((other) => this.#isWaitedFor(other, now));
    const least = this.last.map((last, series) => Math.min(last, ...waited.map(({ acked }) => acked[series])));
    for (const other of others) other.acked = other.acked.map((number, series) => Math.max(number, least[series] ?? 0));
    return least;
  }

  /** Drops what everybody got who is waited for. */
  #prune(now) {
    const least = this.#findLeastAcked(now);
    const isNeeded = ({ to, series, sequence }) => (to === '' ? sequence > least[series] : sequence > (this.others.get(to)?.acked[series] ?? Infinity));
    this.log = this.log.filter((entry) => {
      if (isNeeded(entry)) return true;
      this.#backlogOf(entry.to)?.add(entry, -1);
      return false;
    });
    const backlogs = [this.all, ...[...this.others.values()].map(({ alone }) => alone)];
    if (backlogs.filter((backlog) => backlog.isReady()).length > 0) this.tell('data-ready');
  }

  // Time.

  next() {
    const ofOther = ({ repeatAt, alone, giveUpAt }) => (alone.wasFull ? Math.min(repeatAt, giveUpAt) : repeatAt);
    return Math.min(this.ackAt, this.holdAt, ...[...this.others.values()].map(ofOther));
  }

  timeout(now) {
    if (now >= this.ackAt) this.#sendAcks(now);
    if (now >= this.holdAt) this.#lookWhoHoldsUp(now);
    for (const [id, other] of this.others) {
      if (other.alone.wasFull && now >= other.giveUpAt) this.#giveUpAlone(id, other);
      if (now >= other.repeatAt) this.#repeat(id, other, now);
    }
    this.#prune(now);
  }

  // Where no way leads now, they are tried again.
  #sendAcks(now) {
    this.ackAt = Infinity;
    for (const [id, other] of this.others) {
      other.owesAck &&= !this.#control(Kind.ack, id, other.received);
      if (other.owesAck) this.ackAt = now + SYNC_INTERVAL;
    }
  }

  /** Whether it has let the others wait for as long as it may. */
  #isHeldEnough(other, isNewcomer) {
    other.held += HOLD_INTERVAL;
    return !other.hasSynced || other.held > HOLD_LIMIT || (isNewcomer && this.newcomersHeld > HOLD_LIMIT);
  }

  #lookWhoHoldsUp(now) {
    const oldest = this.log.find(({ to }) => to === ''); // not everybody has it
    this.holdAt = this.all.wasFull ? now + HOLD_INTERVAL : Infinity;
    if (!this.all.wasFull || !oldest) return;
    let newcomersHoldUp = false;
    this.newcomersHeld = Math.max(0, this.newcomersHeld - (now - this.newcomersHeldAt) / NEWCOMERS_REFILL);
    this.newcomersHeldAt = now;
    for (const [id, other] of this.others) {
      const isNewcomer = !other.hasTaken || now - other.joinedAt < NEWCOMER;
      other.held = Math.max(0, other.held - (now - other.heldAt) / HOLD_REFILL);
      other.heldAt = now;
      if (oldest.sequence <= other.acked[oldest.series]) continue;
      newcomersHoldUp ||= isNewcomer && other.hasSynced;
      if (!this.#isHeldEnough(other, isNewcomer)) continue;
      this.#skip(id, other, 0);
      other.isGivenUp = true;
      if (other.hasSynced) this.tell('data-lost', { from: id }); // who has not begun to listen misses nothing
    }
    if (newcomersHoldUp && this.newcomersHeld <= HOLD_LIMIT) this.newcomersHeld += HOLD_INTERVAL;
  }

  /** What is for all is not concerned. */
  #giveUpAlone(id, other) {
    this.#skip(id, other, 2);
    this.tell('data-lost', { from: id });
  }

  /** What was sent to it in the series from `first` on does not come any more. */
  #skip(id, other, first) {
    other.acked = [...other.acked.slice(0, first), ...this.#lastOf(other).slice(first)];
    this.#control(Kind.begin, id, other.acked);
  }

  // What was sent may have been lost on the way, or its acknowledgement.
  #repeat(id, other, now) {
    this.#beginResending(id, other, now);
    other.repeatDelay = Math.min(2 * other.repeatDelay, REPEAT_LAST);
    other.repeatAt = this.#pending(id, other).length > 0 ? now + other.repeatDelay : Infinity;
  }
}
