// What somebody who is let in can make signaling do, beside two calls of three C clients, one in the same room and
// one in another: the offender is refused or held back, the others' signaling answers, and no call loses a packet.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, test } from 'node:test';
import { assertHarmIsSeen, assertUnharmed, Calls, describeHarm, first, OWN } from './lib/calls_of_three.mjs';
import { runHostile } from './lib/hostile.mjs';
import { eventually, sleep } from './lib/wait.mjs';
import { Client, joined, startServer } from './signaling_client.mjs';

const NEWS_MS = 72; // while news come without pause: three times what docs/security.md has
const ANSWER_MS = 400; // a ping of somebody else: docs/test_bounds.md; faults took seconds
let server;
let calls;

const api = async (path = '') => (await fetch(new URL(`/api/v1/rooms${path}`, server.url))).json();
const memory = async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${server.child.pid}/status`, 'utf8'))[1]) / 1024;

before(async () => {
  server = await startServer(['--open', '--mesh-max', '0', '--log', 'warning'], first);
  calls = await Calls.start(server);
});
afterEach(() => calls.assertUndisturbed()); // each attack by itself
after(async () => {
  calls.kill();
  await server.stop();
});

/** The longest that a bystander's pings took while `act` ran. */
async function bystander(t, act) {
  const other = await joined(server, 'bystander');
  let isOver = false;
  let longest = 0;
  const pinging = (async () => {
    while (!isOver) {
      const start = performance.now();
      await other.settle();
      longest = Math.max(longest, performance.now() - start);
      await sleep(50);
    }
  })();
  await act();
  isOver = true;
  await pinging;
  other.kill();
  t.diagnostic(`a ping of somebody else took ${Math.round(longest)} ms`);
  return longest;
}

/** The same for what one participant does. */
async function fromOwnRoom(t, act) {
  const attacker = await joined(server, OWN);
  const longest = await bystander(t, () => act(attacker));
  assert.ok(longest < ANSWER_MS, `a ping of somebody else took ${Math.round(longest)} ms`);
  attacker.kill();
}

test('reports that are large or deep are refused before they cost memory', async (t) => {
  const bomb = `{"type":"report","events":[{"kind":"x","a":[${'{},'.repeat(80000)}{}]}]}`;
  const before = await memory();
  await fromOwnRoom(t, async (attacker) => {
    for (let i = 0; i < 8; i += 1) {
      const error = await attacker.ask(bomb, 'error', 20000);
      assert.deepEqual([error.code, error.expected], ['bad-json', 'at most 8192 names and values']);
    }
    const nested = await attacker.ask({ type: 'report', events: [{ kind: 'x', a: { b: 1 } }] }, 'error');
    assert.deepEqual([nested.code, nested.field], ['bad-message', 'events[0].a']);
    const events = Array.from({ length: 16 }, (_, i) => ({ kind: 'x', i, text: 'x'.repeat(280) }));
    for (let i = 0; i < 20; i += 1) await attacker.send({ type: 'report', events });
    await attacker.settle();
  });
  const grown = await memory() - before;
  assert.ok(grown < 20, `${grown.toFixed(1)} MB more`);
  const text = await (await fetch(new URL(`/api/v1/rooms/${OWN}`, server.url))).text();
  assert.equal(JSON.parse(text).events.length, 64);
  assert.ok(text.length < 120000, `${text.length} bytes for a room of three`);
});

test('chat to a hundred absent participants is kept once', async () => {
  const absent = [];
  for (let i = 0; i < 100; i += 1) absent.push(await joined(server, OWN));
  const resume = absent[0].joined.resume;
  const talker = await joined(server, OWN);
  const onlyReceives = (sdp) => sdp.replaceAll('a=sendrecv', 'a=recvonly');
  const all = [...absent, talker];
  for (let i = 0; i < all.length; i += 10) { // places are kept for those that were connected to the router
    const codes = await Promise.all(all.slice(i, i + 10).map((client) => runHostile(server, client, 'connect', 1, { edit: onlyReceives })));
    assert.ok(codes.every(({ code }) => code === 0), JSON.stringify(codes));
  }
  for (const client of absent) client.kill();
  const pages = () => Promise.all([0, 100].map((offset) => api(`/${OWN}?offset=${offset}`)));
  await eventually('all are away', async () => (await pages())
    .flatMap(({ participants }) => participants).filter(({ state }) => state === 'reconnecting').length === 100);
  const before = await memory();
  for (let i = 0; i < 40; i += 1) await talker.ask({ type: 'chat', text: '\u{1f427}'.repeat(2000) }, 'chat'); // 320 kB
  const grown = await memory() - before;
  assert.ok(grown < 6, `${grown.toFixed(1)} MB more; copies for each were 26`);
  const { kept_bytes: kept, limits } = (await api()).server;
  assert.ok(kept > 200000 && kept < 400000, `${kept} bytes kept`);
  assert.ok(limits.chat_dropped > 0, JSON.stringify(limits));
  const back = new Client(server);
  await back.join(OWN, { resume });
  await back.settle();
  assert.ok(back.messages.filter(({ type }) => type === 'chat').length >= 30);
  back.kill();
  talker.kill();
});

/** An offer that costs as much as one can: 256 m-lines. */
function largestOffer(session) {
  const lines = Array.from({ length: 256 }, (_, i) => (i % 2
    ? `m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:${i}\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n`
    : `m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:${i}\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n`));
  return `v=0\r\no=- ${session} 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE ${lines.map((_, i) => i).join(' ')}\r\n`
    + `a=ice-ufrag:abcd\r\na=ice-pwd:${'p'.repeat(24)}\r\na=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\na=setup:active\r\n${lines.join('')}`;
}

test('who offers 256 m-lines again and again is held back', async (t) => {
  await fromOwnRoom(t, async (attacker) => {
    const start = (await api()).server;
    const sdp = largestOffer(1000 + Math.floor(Math.random() * 1e6));
    for (let i = 0; i < 150; i += 1) await attacker.send({ type: 'offer', target: 'router', generation: 1, sdp, sends: [], receives: [] });
    await attacker.take('answer', 20000);
    await sleep(4000); // of which the share is taken
    const { limits, signaling_cpu_ms: cpu, uptime_s: uptime } = (await api()).server;
    assert.ok(limits.messages_held > start.limits.messages_held, JSON.stringify(limits));
    const share = (cpu - start.signaling_cpu_ms) / (uptime - start.uptime_s) / 1000;
    t.diagnostic(`${Math.round(share * 100)} % of the signaling thread`);
    assert.ok(share < 0.15, `${Math.round(share * 100)} % of the signaling thread`);
  });
});

test('news for a whole room are merged when they come without pause, and the last one is told', async (t) => {
  const participants = [];
  for (let i = 0; i < 30; i += 1) participants.push(await joined(server, OWN));
  const [attacker, witness] = participants;
  const connected = runHostile(server, attacker, 'connect', 20000);
  await witness.take('publications');
  const longest = await bystander(t, async () => {
    for (let i = 0; i < 240; i += 1) {
      await attacker.send({ type: 'mute', source: 'camera', muted: i % 2 === 0 });
      await attacker.send({ type: 'pin', topology: i % 2 ? 'auto' : 'sfu' });
    }
    await attacker.send({ type: 'mute', source: 'camera', muted: true });
    await attacker.settle();
    await attacker.take('error', 5000, ({ request, code }) => request === 'pin' && code === 'too-often');
  });
  assert.ok(longest < NEWS_MS, `a ping of somebody else took ${Math.round(longest)} ms`);
  const told = witness.messages.filter(({ type }) => type === 'publications' || type === 'connect').length;
  assert.ok(told < 60, `${told} messages for 481 changes`);
  await eventually('the last one is told', () => witness.messages.findLast(({ type }) => type === 'publications')?.publications[0].muted);
  await attacker.send({ type: 'leave' });
  await connected;
  for (const participant of participants) participant.kill();
});

const held = async () => (await api()).server.limits.messages_held;

test('a flood of large messages to one participant does not cost that participant its socket', async (t) => {
  const victim = await joined(server, OWN);
  const attacker = await joined(server, OWN);
  const before = await held();
  const longest = await bystander(t, async () => {
    const offer = { type: 'offer', generation: 1, sdp: 'x'.repeat(240000), sends: [] };
    await attacker.send({ ...offer, target: 'p1' }); // of the call
    for (let i = 0; i < 60; i += 1) await attacker.send({ ...offer, target: victim.id });
    for (let i = 0; i < 4; i += 1) assert.equal((await victim.take('offer', 20000)).sdp.length, offer.sdp.length);
    await eventually('the attacker is held back', async () => await held() > before);
    await victim.take('offer', 20000); // it goes on, slowly
  });
  await victim.settle();
  assert.ok(longest < ANSWER_MS, `a ping of somebody else took ${Math.round(longest)} ms`);
  const taken = victim.messages.filter(({ type }) => type === 'offer').length + 5;
  assert.ok(taken < 20, `${taken} offers of 240 kB went through in some seconds`);
  attacker.kill();
  victim.kill();
});

test('who asks others for new connections without pause is held back, so that the answers do not cost them their sockets', async () => {
  const victim = await joined(server, OWN);
  const attacker = await joined(server, OWN);
  const before = await held();
  for (let generation = 1; generation <= 60; generation += 1)
    for (const target of [victim.id, 'p1']) await attacker.send({ type: 'request-new-connection', target, generation });
  for (let i = 0; i < 9; i += 1) await victim.take('connection-request'); // 8, and the next one two seconds later
  await victim.settle();
  assert.equal(victim.messages.filter(({ type }) => type === 'connection-request').length, 0);
  assert.ok(await held() > before);
  attacker.kill();
  victim.kill();
});

test('who asks the API without pause gets pages, and is told to wait when it keeps signaling busy', async (t) => {
  const count = 104; // the hundred who are absent, who wrote to them, and the call
  await eventually('the others are gone', async () => (await api(`/${OWN}`)).participant_count === count); // who was held is read later
  const pages = await api(`/${OWN}?limit=30`);
  assert.deepEqual([pages.participants.length, pages.next], [30, 30]);
  const last = await api(`/${OWN}?offset=90&limit=30`);
  assert.deepEqual([last.participants.length, last.next], [count - 90, null]);
  assert.equal((await api(`/${OWN}`)).participants.length, 100);
  for (const wrong of ['offset=-1', 'limit=0', 'limit=x', 'offset=1e9', 'offset=99999999999999999999', `limit=1${'0'.repeat(400)}`]) {
    const response = await fetch(new URL(`/api/v1/rooms/${OWN}?${wrong}`, server.url));
    assert.equal(response.status, 400, wrong);
    const { code, field } = await response.json();
    assert.deepEqual([code, field], ['bad-message', wrong.split('=')[0]]);
  }
  const before = await memory();
  const statuses = {};
  const longest = await bystander(t, async () => {
    const end = Date.now() + 4000;
    await Promise.all(Array.from({ length: 30 }, async () => {
      while (Date.now() < end) {
        const response = await fetch(new URL(`/api/v1/rooms/${OWN}`, server.url));
        await response.text();
        statuses[response.status] = (statuses[response.status] ?? 0) + 1;
      }
    }));
  });
  assert.ok(longest < ANSWER_MS, `a ping of somebody else took ${Math.round(longest)} ms`);
  t.diagnostic(JSON.stringify(statuses));
  assert.ok(Object.keys(statuses).every((status) => ['200', '429'].includes(status)), JSON.stringify(statuses));
  const grown = await memory() - before;
  assert.ok(grown < 20, `${grown.toFixed(1)} MB more`);
});

test('the calls have not noticed: every packet came', async (t) => {
  const ended = await calls.end();
  t.diagnostic(describeHarm(ended));
  assertUnharmed(ended);
  assertHarmIsSeen(ended);
});
