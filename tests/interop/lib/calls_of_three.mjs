// Two calls of three C clients beside an attack, one in the room of the attacker and one in another: no packet of
// them may be lost, nor may a picture stand still.
import assert from 'node:assert/strict';
import { startClient, UNTIL_TOLD } from './client.mjs';
import { assertDelivered } from './delivery.mjs';
import { roomOf, untilMediaFlows } from './wait.mjs';

export const NAMES = ['Ann', 'Bob', 'Cleo'];
export const OWN = 'own'; // the attacker's room
export const ROOMS = [OWN, 'other'];
export const GAP_MAX_MS = 800; // the machine of a test stands still for half a second now and then

/**
 * Attacks take much of a core of perhaps two. What is measured is the server, not who gets the other one: so the
 * server and the calls come first (which needs root; without, `nice` says so and goes on).
 */
export const first = (...command) => ['nice', ['-n', '-5', ...command]];

const isOfCall = ({ name }) => NAMES.includes(name);
const otherNames = (name) => NAMES.filter((one) => one !== name);

export class Calls {
  /** Resolves once media flows in both; `args`: more arguments of the clients. */
  static async start(server, { rooms = ROOMS, args = [] } = {}) {
    const all = ['--video', '320x180@15:200k', ...args];
    const clients = rooms.flatMap((room) => NAMES.map((name) => (
      { room, name, ...startClient(server, { room, name, duration: UNTIL_TOLD, args: all, inside: first }) })));
    const calls = new Calls(server, rooms, clients);
    for (const room of rooms) await untilMediaFlows(server, room, NAMES.length);
    calls.began = Date.now();
    return calls;
  }

  constructor(server, rooms, clients) {
    Object.assign(this, { server, rooms, clients });
  }

  kill() {
    for (const { child } of this.clients) child.kill();
  }

  /**
   * Fails if the server knows of a packet that was lost on its way from or to one of the calls, as long as they
   * last. `flooded`: a room whose viewers are sent too little of a flood's own packets, as it should be.
   */
  async assertUndisturbed({ flooded } = {}) {
    if (this.isOver) return;
    for (const room of this.rooms) {
      const participants = (await roomOf(this.server, room)).participants.filter(isOfCall);
      assert.deepEqual(participants.map(({ name }) => name).sort(), NAMES, `${room}: some of the call are gone`);
      for (const { name, connection } of participants) {
        const { in: sent, out, over_budget, bad_packets, egress_drops } = connection;
        const missing = { sent: sent.lost, over_budget, bad_packets, ...(room !== flooded && { out: out.lost, egress_drops }) };
        assert.ok(Object.values(missing).every((count) => count === 0), `${room}/${name}: ${JSON.stringify(missing)}`);
      }
    }
  }

  /** Lets all leave; what each has seen. */
  async end() {
    const seconds = (Date.now() - this.began) / 1000;
    this.isOver = true;
    const told = await Promise.all(this.clients.map(async ({ room, name, end }) => ({ room, name, ...await end() })));
    return told.map(({ room, name, code, log, summary }) => ({ room, name, code, log, summary, seconds }));
  }
}

/** Fails if a client of the calls has missed anything, or was not sent enough to miss some; returns the longest gap. */
export function assertUnharmed(ended, gapMs = GAP_MAX_MS) {
  let longest = 0;
  assert.ok(ended.length > 0);
  for (const { room, name, summary, code, log, seconds } of ended) {
    assert.equal(code, 0, `${room}/${name}: ${log}`);
    for (const other of otherNames(name)) {
      const { audio, video } = assertDelivered(summary, other, { video: seconds * 10, audio: seconds * 30 });
      assert.ok(video.frames_decoded > seconds * 8, `${room}/${name} has ${video.frames_decoded} frames of ${other} in ${seconds} s`);
      longest = Math.max(longest, video.longest_gap_ms, audio.longest_gap_ms);
    }
  }
  assert.ok(longest < gapMs, `a gap of ${longest} ms`);
  return longest;
}

/** The assertion above sees each kind of harm, to whichever client: a summary that is good stops being so. */
export function assertHarmIsSeen(ended) {
  for (const [index, { room, name }] of ended.entries()) {
    for (const harm of [
      ({ audio }) => { audio.packets_lost = 1; }, ({ video }) => { video.packets_lost = 1; }, ({ audio }) => { audio.packets = 10; },
      ({ video }) => { video.frames_decoded = 3; }, ({ audio }) => { audio.longest_gap_ms = 2700; },
    ]) {
      const harmed = structuredClone(ended);
      harm(harmed[index].summary.remotes.find((remote) => remote.name === otherNames(name)[0]));
      assert.throws(() => assertUnharmed(harmed), assert.AssertionError, `${room}/${name}: ${harm}`);
    }
  }
}

/** What was lost and the longest gap, for a line of the test's output. */
export function describeHarm(ended) {
  const seen = ended.flatMap(({ room, name, summary }) => (summary?.remotes ?? []).filter(isOfCall)
    .flatMap((other) => ['audio', 'video'].map((kind) => ({ what: `${room}/${name}, ${kind} of ${other.name}`, ...other[kind] }))));
  const lost = seen.reduce((sum, { packets_lost: missing }) => sum + missing, 0);
  const worst = seen.reduce((most, next) => (next.longest_gap_ms > most.longest_gap_ms ? next : most), { longest_gap_ms: 0, what: 'nobody' });
  return `lost ${lost}, longest gap ${Math.round(worst.longest_gap_ms)} ms (${worst.what})`;
}
