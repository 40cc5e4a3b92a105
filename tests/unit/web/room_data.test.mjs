// Messages between participants whose connections break, over a way that loses, and with people who come and go:
// nothing is lost, nothing comes twice, and the order is kept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kind, readFrame, writeEnvelope } from '../../../client/web/envelope.js';
import { RoomData } from '../../../client/web/room_data.js';

const bytes = (text) => new TextEncoder().encode(text);
const text = (payload) => new TextDecoder().decode(payload);

/** A pseudorandom number below `limit`, from a seed. */
function randomFrom(seed) {
  let state = seed;
  return (limit) => {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return ((state ^ state >>> 12) >>> 0) % limit;
  };
}

/** A room whose router forwards between all whose way is open; a way that breaks loses what is on it. */
class Room {
  constructor(names) {
    this.now = 0;
    this.participants = new Map(names.map((name) => [name, { way: 0, isOpen: true, queue: [], heard: [], lost: 0, ready: 0 }]));
    for (const [name, participant] of this.participants) {
      participant.data = new RoomData({
        transmit: (to, policy, frame) => this.#transmit(name, to, frame),
        tell: (type, detail) => {
          if (type === 'data') participant.heard.push(`${detail.from}${detail.isPrivate ? '!' : ''} ${detail.policy} ${text(detail.payload)}`);
          if (type === 'data-lost') participant.lost += 1;
          if (type === 'data-ready') participant.ready += 1;
        },
      });
      participant.data.setOthers(names.filter((other) => other !== name), 0);
    }
    for (const { data } of this.participants.values()) data.opened('', 0);
    this.run(500);
  }

  #transmit(from, to, frame) {
    if (!this.participants.get(from).isOpen) return false;
    for (const [name, participant] of this.participants) {
      if (name === from || (to !== '' && to !== name) || !participant.isOpen) continue;
      for (const envelope of readFrame(frame.slice().buffer))
        participant.queue.push({ at: this.now + 20, ways: [this.participants.get(from).way, participant.way], from, frame: writeEnvelope({ ...envelope, name: from }) });
    }
    return true;
  }

  /** The way of one breaks; `open` makes another. */
  break(name) {
    this.participants.get(name).isOpen = false;
    this.participants.get(name).way += 1;
  }

  open(name) {
    this.participants.get(name).isOpen = true;
    this.participants.get(name).data.opened('', this.now);
  }

  run(duration) {
    for (const end = this.now + duration; this.now < end; this.now += 5) {
      for (const participant of this.participants.values()) {
        while (participant.queue[0]?.at <= this.now) {
          const { ways, from, frame } = participant.queue.shift();
          if (ways[0] === this.participants.get(from).way && ways[1] === participant.way) participant.data.receive('', frame.buffer, this.now);
        }
        if (participant.data.next() <= this.now) participant.data.timeout(this.now);
      }
    }
  }

  send(from, payload, how = {}) {
    return this.participants.get(from).data.send(bytes(payload), how, this.now);
  }

  heard(name) {
    return this.participants.get(name).heard;
  }
}

test('a message to all and one to one', () => {
  const room = new Room(['a', 'b', 'c']);
  assert.ok(room.send('a', 'hello'));
  assert.ok(room.send('a', 'you', { to: 'c', policy: 'unordered' }));
  assert.ok(room.send('a', 'soon', { policy: 'lossy' }));
  assert.equal(room.send('a', 'nobody', { to: 'd' }), false);
  room.run(100);
  assert.deepEqual(room.heard('b'), ['a ordered hello', 'a lossy soon']);
  assert.deepEqual(room.heard('c'), ['a ordered hello', 'a! unordered you', 'a lossy soon']);
  room.run(200);
  assert.equal(room.participants.get('a').data.log.length, 0, 'all is acknowledged');
});

test('connections that break lose nothing, nothing comes twice, order is kept', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = randomFrom(seed);
    const names = ['a', 'b', 'c', 'd'];
    const room = new Room(names);
    const sent = Object.fromEntries(names.map((name) => [name, []]));
    for (let step = 0; step < 600; step++) {
      const name = names[random(4)];
      const to = random(4) === 0 ? names[random(4)] : '';
      if (to !== name && room.send(name, `${step}`, { to, policy: random(3) === 0 ? 'unordered' : 'ordered' })) sent[name].push({ to, step });
      if (random(40) === 0) room.break(names[random(4)]);
      if (random(10) === 0) for (const one of names) if (!room.participants.get(one).isOpen) room.open(one);
      room.run(5 * random(4));
    }
    for (const one of names) if (!room.participants.get(one).isOpen) room.open(one);
    room.run(20000);
    for (const receiver of names) {
      for (const sender of names) {
        if (sender === receiver) continue;
        const heard = room.heard(receiver).filter((line) => line.startsWith(sender)).map((line) => Number(line.split(' ')[2]));
        const wanted = sent[sender].filter(({ to }) => to === '' || to === receiver).map(({ step }) => step);
        assert.deepEqual(heard.slice().sort((a, b) => a - b), wanted, `seed ${seed}: ${sender} to ${receiver}`);
        for (const mark of [`${sender} ordered`, `${sender}! ordered`]) {
          const steps = room.heard(receiver).filter((line) => line.startsWith(`${mark} `)).map((line) => Number(line.split(' ')[2]));
          assert.deepEqual(steps, steps.slice().sort((a, b) => a - b), `seed ${seed}: the order of ${mark} at ${receiver}`);
        }
      }
      assert.equal(room.participants.get(receiver).lost, 0);
      assert.equal(room.participants.get(receiver).data.log.length, 0, `seed ${seed}: ${receiver} waits for nobody`);
    }
  }
});

test('who joins later gets what is sent from then on', () => {
  const room = new Room(['a', 'b', 'c']);
  for (const [name, { data }] of room.participants) data.setOthers(['a', 'b'].filter((other) => other !== name), room.now);
  room.break('c');
  room.send('a', 'before');
  room.run(500);
  for (const [name, { data }] of room.participants) data.setOthers(['a', 'b', 'c'].filter((other) => other !== name), room.now);
  room.send('a', 'while it opens its channel');
  room.run(100);
  room.open('c');
  room.run(3000);
  assert.deepEqual(room.heard('c'), ['a ordered while it opens its channel']);
  assert.deepEqual(room.heard('b'), ['a ordered before', 'a ordered while it opens its channel']);
});

test('who opens its channel late gets what is sent then', () => {
  const room = new Room(['a', 'b', 'c']);
  const { a, c } = Object.fromEntries(room.participants);
  room.break('c');
  a.data.setOthers(['b'], room.now);
  a.data.setOthers(['b', 'c'], room.now);
  room.send('a', 'early');
  room.run(16000);
  assert.equal(a.data.log.length, 0);
  c.data.setOthers([], room.now);
  c.data.setOthers(['a', 'b'], room.now);
  room.open('c');
  room.run(1000);
  room.send('a', 'now');
  room.run(1000);
  assert.deepEqual(c.heard, ['a ordered now']);
});

test('a full log makes the sender wait, and one who takes nothing does not hold the others up for ever', () => {
  const room = new Room(['a', 'b', 'c']);
  room.break('c');
  let sent = 0;
  while (room.send('a', `${sent}`)) sent++;
  assert.equal(sent, 1000);
  room.run(8000);
  assert.equal(room.send('a', 'no'), false);
  assert.equal(room.participants.get('a').ready, 0);
  room.run(12000);
  assert.equal(room.participants.get('a').ready, 1);
  assert.equal(room.participants.get('a').lost, 1);
  assert.ok(room.send('a', 'on'));
  room.open('c');
  room.run(2000);
  assert.equal(room.heard('b').length, 1001);
  assert.equal(room.heard('c').at(-1), 'a ordered on');
  assert.equal(room.participants.get('c').lost, 1);
});

test('one who acknowledges nothing uses up only its own place', () => {
  const room = new Room(['a', 'b', 'c']);
  room.break('c');
  let toOne = 0;
  while (room.send('a', 'x', { to: 'c' })) toOne += 1;
  assert.equal(toOne, 500);
  assert.ok(room.send('a', 'y', { to: 'b' }) && room.send('a', 'z'));
  room.run(1000);
  assert.deepEqual(room.participants.get('b').heard, ['a! ordered y', 'a ordered z']);
  room.open('c');
  room.run(3000);
  assert.equal(room.participants.get('c').heard.length, toOne + 1); // late, and whole
  assert.equal(room.participants.get('a').ready, 1);
});

test('one who takes nothing of its own is given up, and both are told', () => {
  const room = new Room(['a', 'b', 'c']);
  const { a, c } = Object.fromEntries(room.participants);
  room.break('c');
  room.send('a', 'to all');
  while (room.send('a', 'x', { to: 'c' }));
  room.run(14000);
  assert.equal(a.lost, 0);
  room.run(2000);
  assert.deepEqual([a.lost, a.ready], [1, 1]);
  assert.equal(a.data.log.length, 1); // what is for all
  assert.ok(room.send('a', 'on', { to: 'c' }));
  room.open('c');
  room.run(3000);
  assert.equal(c.lost, 1);
  assert.deepEqual(c.heard, ['a ordered to all', 'a! ordered on']);
  assert.equal(a.data.log.length, 0);
});

test('one who takes its own slowly is not given up', () => {
  const room = new Room(['a', 'b', 'c']);
  const { a } = Object.fromEntries(room.participants);
  const answer = (kind, acked) => a.data.receive('', writeEnvelope({ kind, name: 'c', payload: new Uint8Array([...Array(11).fill(0), acked, 0, 0, 0, 0]) }).buffer, room.now);
  room.break('c');
  for (let step = 1; step <= 10; step += 1) {
    while (room.send('a', 'x', { to: 'c' }));
    answer(Kind.ack, step);
    room.run(10000);
  }
  assert.equal(a.lost, 0);
  for (let step = 1; step <= 10; step += 1) {
    answer(Kind.sync, 10); // that is no progress
    room.run(2000);
  }
  assert.equal(a.lost, 1);
});

// The third speaks the protocol, and does not mean it.
for (const [what, kind, acknowledge] of [
  ['says nothing new', Kind.ack, () => {}],
  ['asks without end', Kind.sync, () => {}],
  ['takes one message now and then', Kind.sync, (step, acked) => { if (step % 90 === 0) acked[0] += 1; }],
  ['takes all now and then', Kind.sync, (step, acked, sent) => { if (step % 90 === 0) acked[0] = sent; }],
])
  test(`one who ${what} lets the others wait for 15 s, and a tenth of the time`, () => {
    const room = new Room(['a', 'b', 'c']);
    const acked = [0, 0, 0, 0];
    let [sent, held] = [0, 0];
    room.break('c');
    for (let step = 0; step < 1000; step += 1) {
      const before = sent;
      for (let i = 0; i < 50; i += 1) sent += room.send('a', 'x');
      if (sent === before) held += 0.1;
      acknowledge(step, acked, sent);
      const numbers = new DataView(new ArrayBuffer(16));
      acked.forEach((number, index) => numbers.setUint32(4 * index, Math.min(number, sent)));
      room.participants.get('a').data.receive('', writeEnvelope({ kind, name: 'c', payload: new Uint8Array(numbers.buffer) }).buffer, room.now);
      room.run(100);
    }
    assert.ok(held < 30, `${held} s of 100`);
  });

for (const takes of [false, true])
  test(`one who joins again and again and takes ${takes ? 'one message' : 'nothing'} is not waited for each time`, () => {
    const room = new Room(['a', 'b', 'c']);
    const { data } = room.participants.get('a');
    const acked = [0, 0, 0, 0];
    let [sent, held] = [0, 0];
    const answer = (kind) => {
      const numbers = new DataView(new ArrayBuffer(16));
      acked.forEach((number, index) => numbers.setUint32(4 * index, number));
      data.receive('', writeEnvelope({ kind, name: 'c', payload: new Uint8Array(numbers.buffer) }).buffer, room.now);
    };
    room.break('c');
    for (let step = 0; step < 2000; step += 1) {
      if (step % 140 === 0) { // 14 s
        data.setOthers(['b'], room.now);
        data.setOthers(['b', 'c'], room.now);
        acked[0] = sent;
        answer(Kind.sync);
      }
      const before = sent;
      for (let i = 0; i < 50; i += 1) sent += room.send('a', 'x');
      if (sent === before) held += 0.1;
      if (takes && step % 140 === 1 && acked[0] < sent) {
        acked[0] += 1;
        answer(Kind.ack);
      }
      room.run(100);
    }
    assert.ok(held <= 24, `${held} s of 200`);
  });

test('a newcomer may be slow once', () => {
  const room = new Room(['a', 'b', 'c']);
  const { a, c } = Object.fromEntries(room.participants);
  let sent = 0;
  while (room.send('a', 'x')) if (sent++ === 0) room.break('c'); // it has synced, and acknowledged nothing
  room.run(14000);
  assert.equal(a.lost, 0);
  room.open('c');
  room.run(4000);
  assert.deepEqual([a.lost, c.lost, c.heard.length], [0, 0, sent]);
});

test('what the router had no room for is sent again from there when it says so, a part at a time', () => {
  const room = new Room(['a', 'b']);
  const { a, b } = Object.fromEntries(room.participants);
  const tell = (available, first) => {
    const view = new DataView(new ArrayBuffer(20));
    view.setUint32(0, available);
    view.setUint32(4 + 4 * 2, first);
    a.data.receive('', writeEnvelope({ kind: Kind.room, name: 'b', payload: new Uint8Array(view.buffer) }).buffer, room.now);
  };
  const sendAll = (from, to) => { for (let i = from; i <= to; i += 1) assert.ok(room.send('a', `${i}`.padEnd(256), { to: 'b' })); };
  sendAll(1, 20);
  b.queue.splice(10); // the router drops the rest
  tell(0, 11);
  sendAll(21, 40);
  room.run(1000);
  assert.equal(b.heard.length, 10, 'all waits');
  tell(2048, 11);
  assert.equal(b.queue.length, 8, 'what there is room for, and nothing that was on its way');
  room.run(1000);
  assert.deepEqual(b.heard.map((line) => Number(line.split(' ')[2])), Array.from({ length: 40 }, (_, index) => index + 1));
  assert.equal(a.data.log.length, 0);
});

test('without the word that there is room the sender tries by itself', () => {
  const room = new Room(['a', 'b']);
  const { a, b } = Object.fromEntries(room.participants);
  a.data.receive('', writeEnvelope({ kind: Kind.room, name: 'b', payload: new Uint8Array(20) }).buffer, room.now);
  room.send('a', 'x', { to: 'b' });
  room.run(1000);
  assert.equal(b.heard.length, 0);
  room.run(8000);
  assert.equal(b.heard.length, 1);
});

test('only the router says that there is room', () => {
  const room = new Room(['a', 'b']);
  const { a } = Object.fromEntries(room.participants);
  a.data.receive('b', writeEnvelope({ kind: Kind.room, name: '', payload: new Uint8Array(20) }).buffer, room.now);
  assert.equal(a.data.others.get('b').hasNoRoom, false);
});

test('syncs without end are answered ten times a second', () => {
  const room = new Room(['a', 'b', 'c']);
  const sync = writeEnvelope({ kind: Kind.sync, name: 'c', payload: new Uint8Array(16).fill(0xff) }).buffer;
  for (let at = 0; at < 1000; at += 1) room.participants.get('a').data.receive('', sync, room.now + at);
  const answers = room.participants.get('c').queue.length;
  assert.ok(answers >= 1 && answers <= 20, `${answers} answers`);
});

test('one who has no channel yet is not waited for when all is full', () => {
  const room = new Room(['a', 'b', 'c']);
  const { a, b } = Object.fromEntries(room.participants);
  room.break('c');
  a.data.setOthers(['b'], room.now);
  a.data.setOthers(['b', 'c'], room.now);
  let sent = 0;
  while (room.send('a', 'x')) sent += 1;
  room.run(500);
  assert.equal(a.ready, 1);
  assert.equal(b.heard.length, sent);
  assert.ok(room.send('a', 'y'));
});

test('what is refused is told, unless it comes later', () => {
  const told = [];
  const data = new RoomData({ transmit: () => true, tell: (type, detail) => told.push([type, detail]) });
  data.setOthers(['b'], 0);
  for (const [name, topic] of [['b', 'no-such-target'], ['gone', 'no-such-target'], ['', 'bad-message']])
    data.receive('', writeEnvelope({ kind: Kind.refused, name, topic, payload: new Uint8Array() }).buffer, 0);
  assert.deepEqual(told, [['data-refused', { code: 'no-such-target', to: 'gone' }], ['data-refused', { code: 'bad-message', to: '' }]]);
});

test('a backlog is sent again in batches, as it is acknowledged', () => {
  const room = new Room(['a', 'b']);
  room.break('b');
  for (let i = 0; i < 900; i++) room.send('a', `${i}`);
  room.run(100);
  room.open('b');
  room.run(30);
  assert.ok(room.participants.get('b').queue.length <= 65, `${room.participants.get('b').queue.length} at once`);
  room.run(3000);
  assert.deepEqual(room.heard('b'), Array.from({ length: 900 }, (_, i) => `a ordered ${i}`));
});

test('what is lost of a stream of large messages, as a file is, does not hold up the rest', () => {
  const room = new Room(['a', 'b']);
  const start = room.now;
  const name = (number) => String(number).padEnd(15987, '.');
  for (let sent = 0; room.heard('b').length < 188 && room.now < start + 30000; room.run(5)) {
    while (sent < 188 && sent < room.heard('b').length + 6) assert.ok(room.send('a', name(sent++), { to: 'b' }));
    if (room.now === start + 10) { // all that was sent is on the way
      room.break('b');
      room.open('b');
    }
  }
  assert.ok(room.now - start < 2000, `${room.now - start} ms`);
  assert.deepEqual(room.heard('b'), Array.from({ length: 188 }, (_, i) => `a! ordered ${name(i)}`));
});

test('a BEGIN that is lost is said again', () => {
  const room = new Room(['a', 'b']);
  room.break('b');
  room.participants.get('b').data.setOthers([], room.now);
  room.participants.get('b').data.setOthers(['a'], room.now);
  room.send('a', 'hello');
  room.run(600);
  room.open('b');
  room.run(25); // the answer is on the way
  room.break('b');
  room.open('b');
  room.run(1000);
  assert.deepEqual(room.heard('b'), ['a ordered hello']);
});

test('an acknowledgement that finds no way is not forgotten', () => {
  const room = new Room(['a', 'b']);
  room.send('a', 'hello');
  room.run(30);
  room.break('b');
  room.run(100);
  room.participants.get('b').isOpen = true; // a connection that was open already takes the place of one that broke
  room.run(300);
  assert.equal(room.participants.get('a').data.log.length, 0);
});

test('without anybody else nothing is kept', () => {
  const data = new RoomData({ transmit: () => false, tell: () => {} });
  for (let i = 0; i < 3000; i++) assert.ok(data.send(bytes('x'), {}, i));
  assert.equal(data.log.length, 0);
});

test('malformed frames end at the fault', () => {
  const good = writeEnvelope({ name: 'p1', topic: 't', payload: bytes('x') });
  for (let cut = 0; cut < good.length; cut++) assert.deepEqual(readFrame(good.slice(0, cut).buffer), []);
  const both = new Uint8Array([...good, ...good.slice(0, 5)]);
  assert.equal(readFrame(both.buffer).length, 1);
});
