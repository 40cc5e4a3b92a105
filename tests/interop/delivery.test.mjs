// What the tests rely on that look for losses: summaries count everybody who was there,
// and a loss made on purpose is seen.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { startClient, UNTIL_TOLD, untilReceive } from './lib/client.mjs';
import { assertDelivered } from './lib/delivery.mjs';
import { ADDRESS, makeNamespace } from './lib/namespace.mjs';
import { eventually, roomOf, sleep } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

const SMALL = ['--video', '320x180@15:200k'];
const ENOUGH = { video: 40, audio: 100 };

test('a summary without losses passes only when enough came', () => {
  const summary = (video, audio, lost = 0) => ({
    participant: 'p1',
    remotes: [{ name: 'Bob', video: { packets: video, packets_lost: 0 }, audio: { packets: audio, packets_lost: lost } }],
  });
  assertDelivered(summary(41, 101), 'Bob', ENOUGH);
  assertDelivered(summary(41, 101, 2), 'Bob', { ...ENOUGH, lost: 2 });
  for (const [wrong, name, bounds] of [
    [summary(0, 0), 'Bob', ENOUGH], [summary(41, 0), 'Bob', ENOUGH], [summary(40, 101), 'Bob', ENOUGH], [summary(41, 101, 1), 'Bob', ENOUGH],
    [summary(41, 101, -1), 'Bob', ENOUGH], [summary(41, 101), 'Cleo', ENOUGH], [summary(41, 101), 'Bob', { video: 0, audio: 0 }], [null, 'Bob', ENOUGH],
  ]) assert.throws(() => assertDelivered(wrong, name, bounds), assert.AssertionError, JSON.stringify({ wrong, name, bounds }));
});

/** A call of three: Ann and Cleo leave while Bob stays, after `settled()`. */
async function call(t, server, settled, options = {}) {
  const [ann, bob, cleo] = ['Ann', 'Bob', 'Cleo'].map((name) => startClient(server, { room: 'call', name, duration: UNTIL_TOLD, quiet: false, args: SMALL, ...options }));
  t.after(() => [ann, bob, cleo].forEach(({ child }) => child.kill()));
  await settled([ann, bob, cleo]);
  const results = [];
  for (const client of [ann, cleo, bob]) {
    results.push(await client.end());
    await sleep(500);
  }
  for (const { code, log } of results) assert.equal(code, 0, log);
  const [first, second, third] = results.map(({ summary }) => summary);
  return [first, third, second];
}

/** Each of three in the room was sent so many packets of each camera and each microphone of the others. */
const hasCome = ({ participants = [] }, video, audio) => participants.length === 3 && participants.every(({ connection }) =>
  connection?.slots.filter(({ publication, packets }) => packets > (publication.endsWith('/camera') ? video : audio)).length === 4);

/** The three have had enough, in that topology. */
async function untilThree(server, topology, clients) {
  if (topology === 'sfu') {
    await eventually('media for three', async () => hasCome(await roomOf(server, 'call'), ENOUGH.video + 20, ENOUGH.audio + 50), 20000);
    return;
  }
  await eventually('three who have left the router', async () => {
    const room = await roomOf(server, 'call');
    return room.topology === topology && room.participants.length === 3 && room.participants.every(({ connection }) => connection === null);
  }, 20000);
  await untilReceive(clients, 60); // who has left the router tells the server nothing of what comes
}

for (const [how, options, topology] of [['the router', ['--mesh-max', '0'], 'sfu'], ['the router, then direct connections', ['--mesh-hold', '1'], 'mesh']]) {
  test(`who has left is in the summary with all that it sent, by ${how}`, async (t) => {
    const server = await startServer(['--open', ...options]);
    t.after(() => server.stop());
    const [ann, bob, cleo] = await call(t, server, (clients) => untilThree(server, topology, clients));
    assert.equal(ann.topology, topology);
    for (const [summary, name] of [[ann, 'Bob'], [ann, 'Cleo'], [bob, 'Ann'], [bob, 'Cleo'], [cleo, 'Ann'], [cleo, 'Bob']]) {
      const seen = assertDelivered(summary, name, ENOUGH);
      t.diagnostic(`${summary.participant} of ${name}: ${seen.video.packets} and ${seen.audio.packets}`);
    }
    for (const name of ['Ann', 'Cleo']) assert.equal(bob.remotes.find((one) => one.name === name).here, false);
    const sum = (kind, field) => bob.remotes.reduce((total, one) => total + one[kind][field], 0);
    assert.equal(bob.received.video_packets, sum('video', 'packets'));
    assert.equal(bob.received.audio_packets_lost, sum('audio', 'packets_lost'));
  });
}

test('packets dropped on purpose are found', async (t) => {
  const namespace = makeNamespace();
  t.after(() => namespace.remove());
  const inside = (...command) => ['ip', ['netns', 'exec', namespace.name, ...command]];
  const server = await startServer(['--open', '--mesh-max', '0', '--http', `${ADDRESS}:8080`, '--public-ip', ADDRESS], inside);
  t.after(() => server.stop());
  namespace.loseUdp(server.mediaPort, 3);
  const room = () => JSON.parse(execFileSync(...inside('curl', '-s', `${server.url}api/v1/rooms/call`)).toString());
  const three = () => eventually('media for three', () => hasCome(room(), ENOUGH.video, 250)); // of so many, one in 33 is lost
  const [ann, bob, cleo] = await call(t, server, three, { inside });
  for (const [summary, name] of [[ann, 'Bob'], [bob, 'Ann'], [bob, 'Cleo'], [cleo, 'Bob']]) {
    assert.throws(() => assertDelivered(summary, name, ENOUGH), /at most 0 may be/);
    assertDelivered(summary, name, { ...ENOUGH, lost: 100 }); // that is all that is wrong with it
  }
});
