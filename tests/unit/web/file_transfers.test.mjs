// Files between participants of a room without a network: who gets what, how much is on the way, and what ends a
// transfer. And the hash over pieces.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';

import './virtual_time.mjs'; // CustomEvent, which Node 18 has not
import { CHUNK_MAX, readFileMessage, writeFileMessage } from '../../../client/web/file_message.js';
import { cutToBytes } from '../../../client/web/file_name.js';
import { FileTransfers, OPEN_MAX } from '../../../client/web/file_transfers.js';
import { Sha256 } from '../../../client/web/sha256.js';

/** A room of calls whose messages come in a later turn; `isFull` holds them back. */
class Room {
  calls = new Map();
  isFull = false;
  now = 0; // ms
  said = []; // [from, to, kind]
  change = (payload) => payload;

  join(id) {
    const call = Object.assign(new EventTarget(), { self: id, participants: new Map() });
    call.sendData = (payload, { to, topic }) => {
      if (this.isFull) return false;
      this.said.push([id, to, readFileMessage(payload)?.kind]);
      const bytes = this.change(payload.slice());
      const targets = (to === '' ? [...call.participants.keys()] : [to]).map((one) => this.calls.get(one));
      setImmediate(() => targets.forEach((other) => other?.participants.has(id) && this.tell(other, 'data', { from: id, isPrivate: to !== '', topic, payload: bytes })));
      return true;
    };
    this.calls.set(id, call);
    const transfers = new FileTransfers(call, () => this.now);
    transfers.offers = [];
    transfers.addEventListener('offered', ({ detail }) => transfers.offers.push(detail));
    this.#tellAll();
    return transfers;
  }

  leave(id) {
    this.calls.delete(id);
    this.#tellAll();
  }

  #tellAll() {
    for (const call of this.calls.values()) {
      call.participants = new Map([...this.calls.keys()].filter((id) => id !== call.self).map((id) => [id, { id, name: id }]));
      this.tell(call, 'participants');
    }
  }

  tell(call, type, detail) {
    call.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Keeps what is written; `hold` makes writing wait. */
class Sink {
  parts = [];
  wasAborted = false;
  hold = Promise.resolve();

  async write(bytes) {
    await this.hold;
    this.parts.push(bytes);
  }

  async close() { return new Blob(this.parts); }

  abort() { this.wasAborted = true; }
}

const turn = () => new Promise((resolve) => { setImmediate(resolve); });
async function until(check) {
  for (let turns = 0; !check(); turns += 1) {
    assert.ok(turns < 5000, `${check} did not happen`);
    await turn();
  }
}
const fileOf = (bytes, name = 'notes.txt') => Object.assign(new Blob([bytes]), { name });
const contentOf = async (blob) => Buffer.from(await blob.arrayBuffer());

test('what is no file, or has no name, is refused before it has a number', () => {
  const room = new Room();
  const ann = room.join('ann');
  for (const [file, how, words] of [[null, {}, /"file" is to be a File or a Blob/], ['text', {}, /"file"/], [{ size: 3 }, {}, /"file"/],
    [fileOf('a'), { name: 7 }, /"name" is to be a text/], [fileOf('a'), { to: null }, /"to" is to be the id of a participant/]])
    assert.throws(() => ann.offer(file, how), (error) => error instanceof TypeError && words.test(error.message));
  assert.equal(ann.offer(fileOf('a')).number, 1);
});

test('each receiver gets the file at its own pace; who declines and who leaves costs the others nothing', async () => {
  const room = new Room();
  const [ann, bob, cy, dee] = ['ann', 'bob', 'cy', 'dee'].map((id) => room.join(id));
  const bytes = randomBytes(700_001);
  const outgoing = ann.offer(fileOf(bytes));
  await until(() => [bob, cy, dee].every(({ offers }) => offers.length === 1));
  assert.deepEqual([bob.offers[0].name, bob.offers[0].size, bob.offers[0].from], ['notes.txt', 700_001, 'ann']);
  let release;
  const [quick, slow] = [new Sink(), new Sink()];
  slow.hold = new Promise((resolve) => { release = resolve; });
  bob.offers[0].accept(quick);
  cy.offers[0].accept(slow);
  dee.offers[0].refuse();
  await until(() => bob.offers[0].state === 'done');
  assert.deepEqual(await contentOf(bob.offers[0].blob), bytes);
  const { sent, received } = outgoing.receivers.get('cy');
  assert.equal(received, 0);
  assert.ok(sent <= 512 * 1024, `${sent} bytes are on the way to one that writes nothing`);
  room.leave('cy');
  release();
  await turn();
  assert.deepEqual(['bob', 'cy', 'dee'].map((id) => [outgoing.receivers.get(id).state, outgoing.receivers.get(id).reason]), [['done', ''], ['left', 'left'], ['refused', 'declined']]);
  assert.deepEqual([ann.incoming.size, bob.incoming.size, dee.incoming.size], [0, 0, 0]);
});

test('who comes later is offered it, too; a file for one is for that one alone', async () => {
  const room = new Room();
  const [ann, bob] = ['ann', 'bob'].map((id) => room.join(id));
  ann.offer(fileOf('for all'));
  ann.offer(fileOf('for Bob'), { name: 'private.txt', to: 'bob' });
  await until(() => bob.offers.length === 2);
  const cy = room.join('cy');
  await until(() => cy.offers.length === 1);
  await turn();
  assert.deepEqual([bob, cy].map(({ offers }) => offers.map(({ name }) => name)), [['notes.txt', 'private.txt'], ['notes.txt']]);
  room.tell(room.calls.get('ann'), 'data', { from: 'cy', topic: 'heddle.file', payload: writeFileMessage({ kind: 'accept', number: 2 }) });
  assert.equal(ann.outgoing.get(2).receivers.size, 0, 'nobody else takes it');
  assert.deepEqual(bob.offers.map(({ isPrivate }) => isPrivate), [false, true]);
});

test('a file for one is over when that one has it, declined it, or left; one for all is there for who comes later', async () => {
  const room = new Room();
  const [ann, bob] = ['ann', 'bob'].map((id) => room.join(id));
  const unreadable = Object.assign(fileOf('12345678'), { slice: () => ({ arrayBuffer: async () => { throw new Error('gone'); } }) });
  const forBob = [fileOf('taken'), fileOf('declined'), unreadable, fileOf('too late')].map((file) => ann.offer(file, { to: 'bob' }));
  const forAll = ann.offer(fileOf('for all'));
  await until(() => bob.offers.length === 5);
  const [taken, declined, third, , all] = bob.offers;
  for (const offer of [taken, third, all]) offer.accept(new Sink());
  declined.refuse();
  await until(() => taken.state === 'done' && third.isOver && all.state === 'done' && ann.outgoing.size === 2);
  room.leave('bob');
  assert.deepEqual(forBob.map(({ isOpen, reason }) => [isOpen, reason]), [[false, ''], [false, ''], [false, 'unreadable'], [false, 'left']]);
  assert.equal(forAll.isOpen, true);
});

test('offers to one and to all may overtake each other; what is said again is no news', () => {
  const room = new Room();
  const [, bob] = ['ann', 'bob'].map((id) => room.join(id));
  for (const [number, isPrivate] of [[3, false], [1, true], [2, true], [3, false], [2, true]])
    room.tell(room.calls.get('bob'), 'data', { from: 'ann', isPrivate, topic: 'heddle.file', payload: writeFileMessage({ kind: 'offer', number, size: 4, name: 'a' }) });
  assert.deepEqual(bob.offers.map(({ number }) => number), [3, 1, 2]);
});

test('an empty file comes, and one whose content changes on the way does not', async () => {
  const room = new Room();
  const [ann, bob] = ['ann', 'bob'].map((id) => room.join(id));
  const outgoing = [ann.offer(fileOf('')), ann.offer(fileOf('true'))];
  await until(() => bob.offers.length === 2);
  const sinks = [new Sink(), new Sink()];
  bob.offers[0].accept(sinks[0]);
  await until(() => bob.offers[0].state === 'done');
  room.change = (payload) => {
    if (readFileMessage(payload)?.kind === 'chunk') payload[payload.length - 1] ^= 1;
    return payload;
  };
  bob.offers[1].accept(sinks[1]);
  await until(() => bob.offers[1].isOver);
  assert.deepEqual([bob.offers[1].state, bob.offers[1].reason, sinks[1].wasAborted], ['refused', 'different', true]);
  await until(() => outgoing[1].receivers.get('bob').state === 'refused');
});

test('either end may end it; what cannot be read or written says so', async () => {
  const room = new Room();
  const [ann, bob] = ['ann', 'bob'].map((id) => room.join(id));
  const unreadable = Object.assign(fileOf('12345678'), { slice: () => ({ arrayBuffer: async () => { throw new Error('gone'); } }) });
  const outgoing = [fileOf(randomBytes(2e6)), fileOf(randomBytes(2e6)), unreadable, fileOf('full')].map((file) => ann.offer(file));
  await until(() => bob.offers.length === 4);
  const sinks = Array.from({ length: 4 }, () => new Sink());
  sinks[3].write = async () => { throw new Error('disk full'); };
  bob.offers.forEach((incoming, index) => incoming.accept(sinks[index]));
  await until(() => bob.offers[0].received > 0 && bob.offers[1].received > 0);
  outgoing[0].cancel();
  bob.offers[1].refuse();
  await until(() => bob.offers.every(({ isOver }) => isOver));
  assert.deepEqual(bob.offers.map(({ state, reason }) => `${state} ${reason}`), ['stopped cancelled', 'refused cancelled', 'stopped unreadable', 'refused unsaved']);
  assert.ok(sinks.every(({ wasAborted }) => wasAborted));
  await until(() => outgoing.every(({ receiving }) => receiving === 0));
  assert.deepEqual([...ann.outgoing.keys()], [2, 4], 'others may still take those that were not cancelled, and can be read');
});

test('when some of it is lost to one end, both know that it is over', async () => {
  for (const loser of ['ann', 'bob']) {
    const room = new Room();
    const [ann, bob] = ['ann', 'bob'].map((id) => room.join(id));
    const outgoing = ann.offer(fileOf(randomBytes(2e6)));
    await until(() => bob.offers.length === 1);
    const sink = new Sink();
    bob.offers[0].accept(sink);
    await until(() => bob.offers[0].received > 0);
    room.tell(room.calls.get(loser), 'data-lost', { from: loser === 'ann' ? 'bob' : 'ann' });
    await until(() => outgoing.receiving === 0 && bob.offers[0].isOver);
    assert.deepEqual([outgoing.receivers.get('bob').reason, bob.offers[0].reason, sink.wasAborted], ['lost', 'lost', true], loser);
    assert.equal(outgoing.isOpen, true, 'others may still take it');
  }
});

test('while the room takes no messages nothing is lost, and a new place in it ends all', async () => {
  const room = new Room();
  const [ann, bob] = ['ann', 'bob'].map((id) => room.join(id));
  const bytes = randomBytes(300_000);
  const outgoing = ann.offer(fileOf(bytes));
  await until(() => bob.offers.length === 1);
  bob.offers[0].accept(new Sink());
  for (let times = 0; times < 5; times += 1) {
    await turn();
    room.isFull = true;
    await turn();
    room.isFull = false;
    for (const call of room.calls.values()) room.tell(call, 'data-ready');
  }
  await until(() => bob.offers[0].state === 'done');
  assert.deepEqual(await contentOf(bob.offers[0].blob), bytes);
  const second = ann.offer(fileOf(bytes));
  await until(() => bob.offers.length === 2);
  room.isFull = true;
  bob.offers[1].accept(new Sink());
  room.tell(room.calls.get('bob'), 'joined', { resumed: true });
  assert.equal(bob.offers[1].isOver, false);
  room.tell(room.calls.get('bob'), 'joined', { resumed: false });
  assert.deepEqual([bob.offers[1].state, bob.offers[1].reason], ['stopped', 'left']);
  room.tell(room.calls.get('ann'), 'data-lost', { from: 'bob' });
  assert.equal(second.receiving, 0);
  assert.equal(outgoing.receivers.get('bob').state, 'done');
});

test('one participant cannot offer without end, send more than it said, or out of its turn', async () => {
  const room = new Room();
  const [ann, bob] = ['ann', 'bob'].map((id) => room.join(id));
  const say = (message) => room.tell(room.calls.get('bob'), 'data', { from: 'ann', topic: 'heddle.file', payload: writeFileMessage(message) });
  for (let number = 1; number <= OPEN_MAX + 3; number += 1) say({ kind: 'offer', number, size: 4, name: 'a' });
  assert.deepEqual([bob.offers.length, bob.incoming.size], [OPEN_MAX, OPEN_MAX]);
  await until(() => room.said.filter(([from, , kind]) => from === 'bob' && kind === 'refuse').length === 3);
  room.isFull = true; // who offers without end does not take the answers either
  for (let number = OPEN_MAX + 4; number <= OPEN_MAX + 1000; number += 1) say({ kind: 'offer', number, size: 4, name: 'a' });
  room.isFull = false;
  room.tell(room.calls.get('bob'), 'data-ready', undefined);
  await new Promise(setImmediate);
  assert.equal(room.said.filter(([from, , kind]) => from === 'bob' && kind === 'refuse').length, 3, 'no answer waits');
  for (const [number, offset, length] of [[1, 0, 5], [2, 1, 1]]) {
    bob.offers[number - 1].accept(new Sink());
    say({ kind: 'chunk', number, offset, bytes: new Uint8Array(length) });
    assert.equal(bob.offers[number - 1].reason, 'lost');
  }
  say({ kind: 'chunk', number: 3, offset: 0, bytes: new Uint8Array(1) });
  assert.equal(bob.offers[2].state, 'offered', 'it was not accepted');
  room.now += 1000;
  say({ kind: 'offer', number: OPEN_MAX + 1001, size: 1e9, name: 'a' });
  const sink = new Sink();
  sink.hold = new Promise(() => {});
  const flooded = bob.offers.at(-1);
  flooded.accept(sink);
  let offset = 0;
  for (; !flooded.isOver; offset += CHUNK_MAX) say({ kind: 'chunk', number: OPEN_MAX + 1001, offset, bytes: new Uint8Array(CHUNK_MAX) });
  assert.ok(offset < 1.2e6, `${offset} bytes wait to be written`);
  for (let times = 0; times < OPEN_MAX; times += 1) assert.ok(ann.offer(fileOf('x')));
  assert.equal(ann.offer(fileOf('x')), null);
});

test('offers that are taken back at once are as many as those that are open, then one a second', () => {
  const room = new Room();
  const [, bob] = ['ann', 'bob', 'cy'].map((id) => room.join(id));
  const say = (from, message) => room.tell(room.calls.get('bob'), 'data', { from, topic: 'heddle.file', payload: writeFileMessage(message) });
  let changes = 0;
  bob.addEventListener('changed', () => { changes += 1; });
  for (let number = 1; number <= 1000; number += 1) {
    say('ann', { kind: 'offer', number, size: 4, name: 'a' });
    say('ann', { kind: 'cancel', number, reason: 'cancelled' });
  }
  assert.deepEqual([bob.offers.length, bob.incoming.size, changes], [OPEN_MAX, 0, 2 * OPEN_MAX]);
  say('cy', { kind: 'offer', number: 1, size: 4, name: 'a' });
  room.now += 1000;
  for (const number of [1001, 1002]) say('ann', { kind: 'offer', number, size: 4, name: 'a' });
  assert.deepEqual(bob.offers.slice(OPEN_MAX).map(({ from, number }) => [from, number]), [['cy', 1], ['ann', 1001]]);
  const refusals = () => room.said.filter(([from, to, kind]) => from === 'bob' && to === 'ann' && kind === 'refuse').length;
  assert.equal(refusals(), 1000 - OPEN_MAX + 1, 'who offers is told');
});

test('of a file one answer waits, however many chunks come: how much was received', async () => {
  const room = new Room();
  const bob = ['ann', 'bob'].map((id) => room.join(id))[1];
  const call = room.calls.get('bob');
  const say = (message) => room.tell(call, 'data', { from: 'ann', topic: 'heddle.file', payload: writeFileMessage(message) });
  say({ kind: 'offer', number: 1, size: 1000, name: 'a' });
  const [incoming] = bob.offers;
  incoming.accept(new Sink());
  await turn();
  const offsets = [];
  let tries = 0;
  const send = call.sendData;
  call.sendData = (payload, how) => {
    tries += 1;
    offsets.push(...(room.isFull ? [] : [readFileMessage(payload).offset]));
    return send(payload, how);
  };
  room.isFull = true;
  for (let offset = 0; offset < 500; offset += 1) say({ kind: 'chunk', number: 1, offset, bytes: new Uint8Array(1) });
  await until(() => incoming.received === 500);
  assert.equal(tries, 1);
  room.isFull = false;
  room.tell(call, 'data-ready');
  await turn();
  assert.deepEqual(offsets, [500]);
  room.isFull = true;
  say({ kind: 'chunk', number: 1, offset: 500, bytes: new Uint8Array(1) });
  await until(() => incoming.received === 501);
  incoming.refuse();
  room.isFull = false;
  room.said = [];
  room.tell(call, 'data-ready');
  await turn();
  assert.deepEqual(room.said, [['bob', 'ann', 'refuse']], 'of what one will not have nothing else is said');
});

test('a name is cut to so many bytes, between characters', () => {
  assert.deepEqual([0, 3, 4, 8, 9].map((max) => cutToBytes('a지😀z', max)), ['', 'a', 'a지', 'a지😀', 'a지😀z']);
});

test('the hash is that of all pieces together', () => {
  for (let round = 0; round < 200; round += 1) {
    const bytes = randomBytes(round * 3);
    const hash = new Sha256();
    for (let at = 0, length = 1; at < bytes.length; at += length, length = (at * 7 + round) % 90 + 1) hash.update(bytes.subarray(at, at + length));
    assert.equal(Buffer.from(hash.digest()).toString('hex'), createHash('sha256').update(bytes).digest('hex'), `${bytes.length} bytes`);
  }
});
