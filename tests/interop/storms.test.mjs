// What one who is let in can say and send without pause, each kind in turn, beside two calls of three C clients, one
// of them in the same room: each is told no, or held back, and no call loses a packet. Floods as fast as a machine
// can send are in flood.test.mjs.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { assertHarmIsSeen, assertUnharmed, Calls, describeHarm, first, OWN } from './lib/calls_of_three.mjs';
import { runHostile } from './lib/hostile.mjs';
import { eventually, roomOf, sleep } from './lib/wait.mjs';
import { Client, joined, startServer } from './signaling_client.mjs';

const OPUS_SSRC = 92870445; // in the offer that lib/hostile.mjs sends
const MEDIA_MS = 2000;
const ACTS = 30; // at once
const SIGNS = 8; // of hands and reactions
let server;
let host; // who came first
let victim;
let calls;

before(async () => {
  server = await startServer(['--open', '--mesh-max', '0', '--log', 'warning'], first);
  host = await joined(server, OWN, { name: 'Host' });
  assert.equal(host.joined.host, true);
  calls = await Calls.start(server, { args: ['--data'] });
  victim = await joined(server, OWN, { name: 'Victim' });
});
afterEach(() => calls.assertUndisturbed({ flooded: OWN })); // each attack by itself
after(async () => {
  calls.kill();
  await server.stop();
});

const idOf = async (name) => (await roomOf(server, OWN)).participants.find((one) => one.name === name).id;
const counts = async () => (await (await fetch(`${server.url}api/v1/rooms`)).json()).server;
const refusals = ({ messages }) => messages.filter(({ type }) => type === 'error').map(({ code }) => code);

/**
 * What is said a hundred times; `ann` is one of the call. So many are carried out at once, the others are refused
 * as `code`. Of hands every second message is one more sign only while the one before it was not refused.
 */
const REFUSED = [
  { what: 'hands', code: 'too-often', most: 50 + SIGNS / 2, message: (i) => ({ type: 'hand', raised: i % 2 === 0 }) },
  { what: 'reactions', code: 'too-often', most: SIGNS, message: () => ({ type: 'reaction', reaction: 'party' }) },
  { what: 'acts of one who is no host', code: 'not-allowed', most: 0, message: (i, ann) => [
    { type: 'mute-participant', target: ann, source: 'camera' }, { type: 'mute-participant', source: 'microphone' }, { type: 'remove', target: ann },
    { type: 'lock-room', locked: true }, { type: 'set-waiting-room', enabled: true }, { type: 'end-room' }, { type: 'transfer-host', target: ann },
  ][i % 7] },
];

/** The same for what anybody may say, until it is too much: more than 500 messages at once end the socket. */
const TOO_FAST = [
  { what: 'chat', message: (i) => ({ type: 'chat', text: `${i} ${'x'.repeat(200)}` }) },
  { what: 'private messages', message: (i, ann) => ({ type: 'chat', text: `${i}`, to: ann }) },
  { what: 'candidates', message: (i, ann) => ({ type: 'ice-candidate', target: i % 2 ? ann : 'router', generation: 1,
    candidate: `candidate:${i} 1 udp 1 192.0.2.1 ${1024 + i} typ host` }) },
  { what: 'states of a path', message: (i, ann) => ({ type: 'path', target: ann, state: ['proven', 'lost', 'failed', 'relayed'][i % 4] }) },
  { what: 'changes of the network', message: () => ({ type: 'network-changed' }) },
  { what: 'requests for m-lines that are not there', message: (i) => ({ type: 'receive', slots: [{ mid: `${i}`, width: i, height: i, priority: i % 256 }] }) },
];

for (const { what, code, most, message } of REFUSED) {
  test(`${what}: ${code}`, async () => {
    const attacker = await joined(server, OWN);
    const ann = await idOf('Ann');
    for (let i = 0; i < 100; i += 1) await attacker.send(message(i, ann));
    await attacker.settle();
    const codes = refusals(attacker);
    assert.ok(codes.every((one) => one === code), codes.join());
    assert.ok(codes.length >= 100 - most - 5 && codes.length <= 100 - most, `${codes.length} of 100`); // and one a second
    attacker.kill();
  });
}

for (const { what, message } of TOO_FAST) {
  test(`${what}: too-fast`, async () => {
    const attacker = await joined(server, OWN);
    const ann = await idOf('Ann');
    const { limits: { too_fast: before } } = await counts();
    for (let i = 0; i < 600; i += 1) await attacker.send(message(i, ann));
    assert.equal(await attacker.closed, 1008);
    assert.equal(refusals(attacker).at(-1), 'too-fast');
    assert.equal((await counts()).limits.too_fast, before + 1);
    await victim.settle();
  });
}

test('valid resumes: too-fast, and the room hears nothing of it', async () => {
  const attacker = await joined(server, OWN);
  await victim.settle();
  victim.messages.length = 0;
  const sockets = Array.from({ length: 40 }, () => new Client(server));
  await Promise.all(sockets.map((client) => client.send({ type: 'join', room: OWN, name: 'x', resume: attacker.joined.resume })));
  let closed = 0;
  for (const client of sockets) client.closed.then(() => { closed += 1; });
  await eventually(() => `${closed} closed`, () => closed === 39); // one of them has it
  const codes = sockets.flatMap(refusals);
  assert.ok(codes.filter((code) => code === 'too-fast').length >= 25, codes.join());
  assert.ok((await counts()).limits.resumes_refused >= 25);
  await victim.settle();
  assert.deepEqual(victim.messages, []);
  for (const { socket } of sockets) socket.terminate();
});

/** What is sent on a connection to the router for some seconds; what the router counted of it. */
async function connected(mode, options) {
  const attacker = await joined(server, OWN);
  const connection = async () => (await roomOf(server, OWN)).participants.find(({ id }) => id === attacker.id)?.connection ?? {};
  let last;
  const { told, lines } = await runHostile(server, attacker, mode, MEDIA_MS,
    { ...options, connected: () => { last = sleep(MEDIA_MS - 200).then(connection); } });
  attacker.kill();
  return { told, lines, connection: await last };
}

test('RED with odd headers: bad packets', async (t) => {
  const { told, lines, connection } = await connected('red', { ssrc: OPUS_SSRC });
  t.diagnostic(`${told.done} packets, ${connection.bad_packets} of them bad`);
  assert.ok(told.done > 300 * MEDIA_MS / 1000, lines.join());
  assert.ok(connection.bad_packets > told.done / 4, JSON.stringify(connection));
});

test('requests for keyframes: counted, and few come to the publisher', async (t) => {
  const camera = `${await idOf('Ann')}/camera`;
  const requests = async () => (await roomOf(server, OWN)).participants.find(({ name }) => name === 'Ann').connection.publications
    .find(({ id }) => id === camera).keyframe_requests;
  const before = await requests();
  const { told, connection } = await connected('plis', { watch: camera });
  const asked = await requests() - before;
  t.diagnostic(`${connection.plis_in} of ${told.done} requests were read, ${asked} came to the publisher`);
  assert.ok(connection.plis_in > 500 * MEDIA_MS / 1000, JSON.stringify(connection));
  assert.ok(asked <= 6, `${asked} came to the publisher`); // four at once, and one in three seconds
});

const withData = (sdp) => `${sdp.replace('BUNDLE 0 1', 'BUNDLE 0 1 2').trimEnd()}\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n`
  + `c=IN IP4 0.0.0.0\r\n${sdp.match(/^a=(ice-ufrag|ice-pwd|fingerprint|setup):.*$/mg).slice(0, 4).join('\n').replaceAll(/\r?\n/g, '\r\n').trimEnd()}\r\n`
  + 'a=mid:2\r\na=sctp-port:5000\r\n';

test('messages of data channels: no more than the budget, and malformed ones are counted', async (t) => {
  const { workers: [{ data_errors: before }] } = await counts();
  const { told, lines, connection } = await connected('data', { edit: withData });
  const { workers: [{ data_errors: errors }] } = await counts();
  t.diagnostic(`${told.done} messages, of which the router took ${connection.data_in}; ${errors - before} malformed`);
  assert.ok(connection.data_in > 1000, lines.join());
  assert.ok(connection.data_in <= 2000 * (1 + MEDIA_MS / 1000), `${connection.data_in} were taken`);
  assert.ok(errors > before);
});

test('acts of a host: too-often', async () => {
  const acts = (i) => [
    { type: 'mute-participant', target: victim.id, source: 'camera' }, { type: 'ask-unmute', target: victim.id, source: 'camera' },
    { type: 'lock-room', locked: i % 2 === 0 }, { type: 'set-waiting-room', enabled: i % 4 < 2 }, { type: 'admit' },
  ][i % 5];
  const count = 200;
  for (let i = 0; i < count; i += 1) await host.send(acts(i));
  await host.settle();
  const codes = refusals(host);
  assert.ok(codes.length >= count - ACTS - 10, `${codes.length} of ${count}: ${codes.slice(0, 5)}`);
  assert.ok(codes.every((code) => code === 'too-often'), codes.join());
  await victim.settle();
});

test('the calls have not noticed: every packet came', async (t) => {
  const ended = await calls.end();
  t.diagnostic(describeHarm(ended));
  assertUnharmed(ended);
  assertHarmIsSeen(ended);
});
