// Floods by one who is let in, and by one who is not: two calls of three, one of them in the attacker's own room, lose
// no packet, and what was dropped is counted.
//
// FLOOD_SECONDS=20 node --test tests/interop/flood.test.mjs has longer ones, for figures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startClient, UNTIL_TOLD } from './lib/client.mjs';
import { assertDelivered } from './lib/delivery.mjs';
import { runHostile } from './lib/hostile.mjs';
import { roomOf, sleep, untilMediaFlows } from './lib/wait.mjs';
import { joined, startServer } from './signaling_client.mjs';

/**
 * The flood takes one core of perhaps two. What is measured is the server, not who gets the other one: so the server
 * and the calls come first (which needs root; without, `nice` says so and goes on).
 */
const first = (...command) => ['nice', ['-n', '-5', ...command]];
const FLOOD_SECONDS = Number(process.env.FLOOD_SECONDS ?? 4);
const CALL_SECONDS = FLOOD_SECONDS + 1; // with media
const GAP_MAX_MS = 800; // the machine of a test stands still for half a second now and then
const NAMES = ['Ann', 'Bob', 'Cleo'];
const ROOMS = ['own', 'other'];
const OPUS_SSRC = 92870445; // in the offer that lib/hostile.mjs sends
const VP8_SSRC = 1116216807;

/** What is sent, how fast at least, and the counters that say that it was dropped. */
const FLOODS = [
  { mode: 'checks', rate: 20000, counters: ['checks_over_budget'] },
  { mode: 'hellos', rate: 20000, counters: ['dtls_errors', 'datagrams_over_budget'] },
  { mode: 'nacks', rate: 10000, counters: ['rtcp_over_budget', 'datagrams_over_budget'], options: { watch: 'p1/camera' } },
  { mode: 'strangers', rate: 20000, counters: ['malformed'] },
  { mode: 'packets', rate: 40000, counters: ['datagrams_over_budget', 'over_budget'], options: { ssrc: OPUS_SSRC } },
  { mode: 'stream', rate: 10000, counters: ['datagrams_over_budget', 'over_budget'], options: { ssrc: OPUS_SSRC } },
  { mode: 'pictures', rate: 40000, counters: ['datagrams_over_budget', 'over_budget'], options: { ssrc: VP8_SSRC } },
];

const roomsOf = (server) => Promise.all(ROOMS.map((room) => roomOf(server, room)));

async function startCalls(server) {
  const args = ['--video', '320x180@15:200k'];
  const clients = ROOMS.flatMap((room) => NAMES.map((name) => ({ room, name, ...startClient(server, { room, name, duration: UNTIL_TOLD, args, inside: first }) })));
  for (const room of ROOMS) await untilMediaFlows(server, room, NAMES.length);
  return clients;
}

/** The counters of the server's worker and of the attacker's connection, in one object. */
async function countersOf(server, attacker) {
  const { server: { workers: [worker] } } = await (await fetch(`${server.url}api/v1/rooms`)).json();
  const [{ participants }] = await roomsOf(server);
  return { ...participants.find(({ id }) => id === attacker.id)?.connection, ...worker };
}

/** Runs the flood beside the calls: how much was sent, what the server counted, and what the calls' clients report. */
async function flood(t, server, { mode, options }) {
  const clients = await startCalls(server);
  t.after(() => clients.forEach(({ child }) => child.kill()));
  const over = sleep(CALL_SECONDS * 1000);
  const attacker = await joined(server, 'own');
  const start = await countersOf(server, attacker);
  let last; // with what goes with the attacker's connection
  const { told, lines } = await runHostile(server, attacker, mode, FLOOD_SECONDS * 1000,
    { ...options, connected: () => { last = sleep(FLOOD_SECONDS * 1000 - 200).then(() => countersOf(server, attacker)); } });
  const end = { ...await last, ...await countersOf(server, attacker) };
  const rooms = await roomsOf(server);
  await over;
  const calls = await Promise.all(clients.map(async ({ room, name, end: leave }) => ({ room, name, ...await leave() })));
  attacker.kill();
  const count = (name) => (end[name] ?? 0) - (start[name] ?? 0);
  return { sent: told.done, lines, count, rooms, calls };
}

/** Fails if a client of the calls has missed anything; returns the longest gap. */
function assertUnharmed(calls) {
  let longest = 0;
  for (const { room, name, summary, code, log } of calls) {
    assert.equal(code, 0, `${room}/${name}: ${log}`);
    for (const other of NAMES.filter((one) => one !== name)) {
      const { audio, video } = assertDelivered(summary, other, { video: CALL_SECONDS * 10, audio: CALL_SECONDS * 30 });
      assert.ok(video.frames_decoded > CALL_SECONDS * 8, `${room}/${name} has ${video.frames_decoded} frames of ${other}`);
      longest = Math.max(longest, video.longest_gap_ms, audio.longest_gap_ms);
    }
  }
  assert.ok(longest < GAP_MAX_MS, `a gap of ${longest} ms`);
  return longest;
}

/** The assertion above sees each kind of harm: a summary that is good stops being so. */
function assertHarmIsSeen(calls) {
  for (const harm of [
    ({ audio }) => { audio.packets_lost = 1; }, ({ video }) => { video.packets_lost = 1; }, ({ audio }) => { audio.packets = 10; },
    ({ video }) => { video.frames_decoded = 3; }, ({ audio }) => { audio.longest_gap_ms = 2700; },
  ]) {
    const harmed = structuredClone(calls.map(({ room, name, summary, code, log }) => ({ room, name, summary, code, log })));
    harm(harmed.at(-1).summary.remotes.find(({ name }) => name === NAMES[0]));
    assert.throws(() => assertUnharmed(harmed), assert.AssertionError, String(harm));
  }
}

for (const one of FLOODS) {
  test(`${one.mode}: no packet of any call is lost`, async (t) => {
    const server = await startServer(['--open', '--mesh-max', '0'], first);
    t.after(() => server.stop());
    const { sent, lines, count, rooms, calls } = await flood(t, server, one);
    const rate = Math.round(sent / FLOOD_SECONDS);
    const seen = calls.flatMap(({ room, name, summary }) => (summary?.remotes ?? []).filter((other) => NAMES.includes(other.name))
      .flatMap((other) => ['audio', 'video'].map((kind) => ({ what: `${room}/${name}, ${kind} of ${other.name}`, ...other[kind] }))));
    const lost = seen.reduce((sum, { packets_lost: missing }) => sum + missing, 0);
    const worst = seen.reduce((most, next) => (next.longest_gap_ms > most.longest_gap_ms ? next : most), { longest_gap_ms: 0, what: 'nobody' });
    t.diagnostic(`${rate} a second, ${one.counters.map((name) => `${name} ${count(name)}`).join(', ')}; socket_drops ${count('socket_drops')}, `
      + `lost ${lost}, longest gap ${Math.round(worst.longest_gap_ms)} ms (${worst.what}), worker ${Math.round(count('cpu_ms') / FLOOD_SECONDS / 10)} % of a core`);
    assert.ok(rate > one.rate, `only ${rate} a second were sent: ${lines.join()}`);
    assert.equal(count('socket_drops'), 0);
    assertUnharmed(calls);
    assertHarmIsSeen(calls);
    const dropped = one.counters.reduce((sum, name) => sum + count(name), 0);
    assert.ok(dropped > sent / 2, `${dropped} of ${sent} were dropped`);
    const [own, other] = rooms.map(({ participants }) => participants.filter(({ name }) => NAMES.includes(name)));
    for (const { name, connection } of [...own, ...other]) assert.deepEqual([connection.in.lost, connection.over_budget], [0, 0], name);
    for (const { name, connection } of other) assert.equal(connection.out.lost, 0, name); // in `own` they miss most of the flood
  });
}
