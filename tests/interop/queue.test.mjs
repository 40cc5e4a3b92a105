// Mixers and recorders on other machines, which a server asks by a NATS queue (Debian's nats-server).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { startClient, UNTIL_TOLD } from './lib/client.mjs';
import { startAsking, startMachine, startNats } from './lib/queue.mjs';
import { eventually, roomOf, untilMediaFlows } from './lib/wait.mjs';
import { takeMediaPort } from './signaling_client.mjs';

const MISSED_MS = 25000; // who is not heard for ten seconds is given up; then another one is asked
const programOf = (machine, name) => {
  try {
    return Number(execFileSync('pgrep', ['-P', String(machine.child.pid), name]));
  } catch {
    return 0;
  }
};
const mixerOf = (machine) => programOf(machine, 'heddle-mix');

function joinTwo(t, server, room) {
  const clients = ['Weft', 'Warp'].map((name) => startClient(server, { room, name, duration: UNTIL_TOLD, args: ['--video', '320x180@15:200k'] }));
  t.after(() => clients.forEach(({ child }) => child.kill('SIGKILL')));
  return clients;
}

const pin = async (server, room, topology) => assert.equal((await fetch(`${server.url}api/v1/rooms/${room}/pin?topology=${topology}`, { method: 'POST' })).status, 200);
const record = async (server, room, state) => assert.equal((await fetch(`${server.url}api/v1/rooms/${room}/recording?state=${state}`, { method: 'POST' })).status, 200);
const untilTopology = (server, room, topology, ms = 10000) => eventually(() => `${room}: ${topology}; ${server.log.slice(-1500)}`,
  async () => (await roomOf(server, room)).topology === topology, ms);

/** Stops what is given when the test ends, whatever its state. */
const until = (t, one) => {
  t.after(() => one.child.kill('SIGKILL'));
  return one;
};

test('machines take what they have room for, and calls outlive all of them', { timeout: 120000 }, async (t) => {
  const port = await takeMediaPort();
  const nats = until(t, await startNats(port));
  const one = until(t, await startMachine(port, { args: ['--max-mixers', '1'] }));
  const server = until(t, await startAsking(port, '--max-recorders', '0'));
  const clients = joinTwo(t, server, 'first').concat(joinTwo(t, server, 'second'));
  await untilMediaFlows(server, 'first', 2);
  await untilMediaFlows(server, 'second', 2);
  await pin(server, 'first', 'mcu');
  await untilTopology(server, 'first', 'mcu');
  const mixer = mixerOf(one);
  assert.ok(mixer > 0, 'the mixer runs on the machine, not at the server');

  await pin(server, 'second', 'mcu');
  await server.logs(/second: no mixer by the queue at nats:\/\/127.0.0.1:\d+: no machine listens/);
  const two = until(t, await startMachine(port, { args: ['--max-mixers', '1'] }));
  await untilTopology(server, 'second', 'mcu'); // it is asked for again
  assert.equal(mixerOf(one), mixer, 'the full machine was left alone');
  assert.ok(mixerOf(two) > 0);

  process.kill(mixer, 'SIGKILL');
  await server.logs(/first: its mixer ended with status 1/);
  await untilTopology(server, 'first', 'mcu');
  assert.ok(![0, mixer].includes(mixerOf(one)), 'another one on the machine that has room again');

  const before = mixerOf(two);
  await nats.stop();
  await eventually('the machines miss the NATS server', () => /is away/.test(one.log) && /is away/.test(two.log));
  until(t, await startNats(port));
  await eventually('they listen again', () => [one, two].every(({ log }) => log.split('listens at').length === 3));
  assert.equal(mixerOf(two), before, 'what ran goes on without NATS');
  assert.equal((await roomOf(server, 'second')).topology, 'mcu');

  for (const pid of [two.child.pid, before]) process.kill(pid, 'SIGSTOP'); // the machine loses power: nobody says so
  t.after(() => process.kill(before, 'SIGKILL'));
  const three = until(t, await startMachine(port));
  await untilTopology(server, 'second', 'sfu', MISSED_MS);
  await untilTopology(server, 'second', 'mcu');
  assert.ok(mixerOf(three) > 0);

  await server.stop();
  await eventually('the mixers end with their server', () => mixerOf(one) === 0 && mixerOf(three) === 0, 20000);
  for (const machine of [one, three]) assert.equal(await machine.stop(), 0);
  for (const client of clients) await client.end();
});

test('a machine records what a host of another one wants', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'heddle-recordings-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const port = await takeMediaPort();
  until(t, await startNats(port, '--user', 'ann', '--pass', 'secret word'));
  const environment = { NATS_USER: 'ann', NATS_PASSWORD: 'secret word' };
  const machine = until(t, await startMachine(port, { args: ['--recordings', folder], environment }));
  Object.assign(process.env, environment);
  const server = until(t, await startAsking(port));
  joinTwo(t, server, 'daily');
  await untilMediaFlows(server, 'daily', 2);
  await record(server, 'daily', 'on');
  await eventually('it is recorded', async () => (await roomOf(server, 'daily')).recording === 'on');
  assert.ok(programOf(machine, 'heddle-record') > 0);
  const [made] = readdirSync(folder);
  await eventually('all tracks', () => existsSync(path.join(folder, made, 'room.webm')));
  assert.doesNotMatch(`${server.log}${machine.log}`, /secret word/);
  // The machine ends in order: what it has recorded is whole, and another one is looked for.
  assert.equal(await machine.stop(), 0);
  execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', path.join(folder, made, 'room.webm'), '-map', '0', '-f', 'null', '-']);
  until(t, await startMachine(port, { args: ['--recordings', folder], environment }));
  await eventually('a recording of its own', () => readdirSync(folder).length === 2, 15000);
  await record(server, 'daily', 'off');
  await server.logs(/daily: its recorder ended with status 0/);
  await server.stop();
});

test('what is wrong with the queue is said, and costs no call', async (t) => {
  const port = await takeMediaPort();
  const server = until(t, await startAsking(port));
  joinTwo(t, server, 'daily');
  await untilMediaFlows(server, 'daily', 2);
  await pin(server, 'daily', 'mcu');
  await server.logs(/daily: no mixer by the queue at .*: no NATS server is there/, 20000);
  until(t, await startNats(port, '--user', 'ann', '--pass', 'secret'));
  delete process.env.NATS_USER;
  const refused = await startMachine(port, { ready: /error queue: nats:.*Authorization/ });
  assert.equal(await refused.exited, 1);
  await server.logs(/error daily: nats:.*Authorization/, 20000);
  assert.equal((await roomOf(server, 'daily')).topology, 'sfu');
  await untilMediaFlows(server, 'daily', 2);
  await server.stop();
});
