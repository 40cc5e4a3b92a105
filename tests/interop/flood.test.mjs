// Floods by one who is let in, and by one who is not: two calls of three, one of them in the attacker's own room,
// lose no packet, and what was dropped is counted.
//
// FLOOD_SECONDS=20 ./dev test interop/flood has longer ones, for figures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertHarmIsSeen, assertUnharmed, Calls, describeHarm, first, OWN } from './lib/calls_of_three.mjs';
import { runHostile } from './lib/hostile.mjs';
import { roomOf, sleep } from './lib/wait.mjs';
import { joined, startServer } from './signaling_client.mjs';

const FLOOD_SECONDS = Number(process.env.FLOOD_SECONDS ?? 4);
const OPUS_SSRC = 92870445; // in the offer that lib/hostile.mjs sends
const VP8_SSRC = 1116216807;

/** What is sent, how fast at least, and the counters that say that it was dropped; `args` of the server. */
const FLOODS = [
  { mode: 'checks', rate: 20000, counters: ['checks_over_budget'] },
  { mode: 'hellos', rate: 20000, counters: ['dtls_errors', 'datagrams_over_budget'] },
  { mode: 'nacks', rate: 10000, counters: ['rtcp_over_budget', 'datagrams_over_budget'], options: { watch: 'p1/camera' } },
  { mode: 'strangers', rate: 20000, counters: ['malformed'] },
  { mode: 'packets', rate: 40000, counters: ['datagrams_over_budget', 'over_budget'], options: { ssrc: OPUS_SSRC } },
  { mode: 'stream', rate: 10000, counters: ['datagrams_over_budget', 'over_budget'], options: { ssrc: OPUS_SSRC } },
  { mode: 'pictures', rate: 40000, counters: ['datagrams_over_budget', 'over_budget'], options: { ssrc: VP8_SSRC } },
  { name: 'checks, full ICE', mode: 'checks', rate: 20000, counters: ['checks_over_budget'], options: { isFull: true }, args: ['--ice', 'full'] },
  { name: 'packets, full ICE', mode: 'packets', rate: 40000, counters: ['datagrams_over_budget', 'over_budget'],
    options: { ssrc: OPUS_SSRC, isFull: true }, args: ['--ice', 'full'] },
];

/** The counters of the server's worker and of the attacker's connection, in one object. */
async function countersOf(server, attacker) {
  const { server: { workers: [worker] } } = await (await fetch(`${server.url}api/v1/rooms`)).json();
  const { participants } = await roomOf(server, OWN);
  return { ...participants.find(({ id }) => id === attacker.id)?.connection, ...worker };
}

/** Runs the flood: how much was sent, and what the server counted. */
async function flood(server, { mode, options }) {
  const attacker = await joined(server, OWN);
  const start = await countersOf(server, attacker);
  let last; // with what goes with the attacker's connection
  const { told, lines } = await runHostile(server, attacker, mode, FLOOD_SECONDS * 1000,
    { ...options, connected: () => { last = sleep(FLOOD_SECONDS * 1000 - 200).then(() => countersOf(server, attacker)); } });
  const end = { ...await last, ...await countersOf(server, attacker) };
  attacker.kill();
  return { sent: told.done, lines, count: (name) => (end[name] ?? 0) - (start[name] ?? 0) };
}

for (const one of FLOODS) {
  test(`${one.name ?? one.mode}: no packet of any call is lost`, async (t) => {
    const server = await startServer(['--open', '--mesh-max', '0', ...one.args ?? []], first);
    t.after(() => server.stop());
    const calls = await Calls.start(server);
    t.after(() => calls.kill());
    const { sent, lines, count } = await flood(server, one);
    await calls.assertUndisturbed({ flooded: OWN });
    const ended = await calls.end();
    const rate = Math.round(sent / FLOOD_SECONDS);
    t.diagnostic(`${rate} a second, ${one.counters.map((name) => `${name} ${count(name)}`).join(', ')}; socket_drops ${count('socket_drops')}, `
      + `${describeHarm(ended)}, worker ${Math.round(count('cpu_ms') / FLOOD_SECONDS / 10)} % of a core`);
    assert.ok(rate > one.rate, `only ${rate} a second were sent: ${lines.join()}`);
    assert.equal(count('socket_drops'), 0);
    assertUnharmed(ended);
    assertHarmIsSeen(ended);
    const dropped = one.counters.reduce((sum, name) => sum + count(name), 0);
    assert.ok(dropped > sent / 2, `${dropped} of ${sent} were dropped`);
  });
}
