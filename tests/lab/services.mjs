// What services cost: `./dev lab services` prints the tables of docs/services.md. CPU is what /proc says of a process
// over ten seconds, with all programs on this machine: of the mixer of nine people; of the recorder of clients that
// each send 2 Mbit/s; then of a recorder of what a mixer makes of four, as it is sent, and encoded for others.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startClient, UNTIL_TOLD } from '../interop/lib/client.mjs';
import { eventually, roomOf, sleep } from '../interop/lib/wait.mjs';
import { startServer } from '../interop/signaling_client.mjs';
import { options } from './command.mjs';

options({}, [], false); // it has none: a word would be ignored

const SECONDS = 10;
const TICKS = Number(execFileSync('getconf', ['CLK_TCK']));

function usage(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return { cpu: (Number(fields[11]) + Number(fields[12])) / TICKS, memory: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024 };
}

const programOf = (server, name) => Number(execFileSync('pgrep', ['-P', String(server.child.pid), name]));

/** CPU time of a process in the next seconds, in percent of a core; its memory then. */
async function costOf(pid) {
  const before = usage(pid);
  await sleep(SECONDS * 1000);
  const { cpu, memory } = usage(pid);
  return { percent: (cpu - before.cpu) / SECONDS * 100, memory };
}

const isSending = (count) => async (server) => (await roomOf(server, 'cost')).participants?.filter(({ connection }) => connection?.in.packets > 200).length === count;

/** A room of nine, mixed: what mixer, server and one of the nine take. */
async function measureMixer() {
  const server = await startServer(['--open', '--mesh-max', '0']);
  const clients = Array.from({ length: 9 }, (_, i) => startClient(server, { room: 'cost', name: `Weft ${i}`, duration: UNTIL_TOLD, args: ['--video', '426x240@25:300k', '--fixed'] }));
  try {
    await eventually('they send', () => isSending(9)(server), 20000);
    await fetch(`${server.url}api/v1/rooms/cost/pin?topology=mcu`, { method: 'POST' });
    await eventually('mixed', async () => (await roomOf(server, 'cost')).topology === 'mcu', 20000);
    await sleep(3000); // the change of nine is over
    const processes = { '`heddle-mix`: nine decoded, 1280x720 at 25 and five Opus mixes': programOf(server, 'heddle-mix'), '`heddle` beside it, one worker': server.child.pid, 'a participant, sending included': clients[0].child.pid };
    const costs = await Promise.all(Object.values(processes).map(costOf));
    console.log('| what | of a core | memory |\n|---|---|---|');
    Object.keys(processes).forEach((what, index) => console.log(`| ${what} | ${(costs[index].percent / 100).toFixed(2)} | ${costs[index].memory.toFixed(0)} MB |`));
  } finally {
    await Promise.all(clients.map((client) => client.end()));
    await server.stop();
  }
}

async function measure(count) {
  const folder = mkdtempSync(path.join(tmpdir(), 'heddle-cost-'));
  const server = await startServer(['--open', '--mesh-max', '0', '--recordings', folder]);
  const clients = Array.from({ length: count }, (_, i) => startClient(server, { room: 'cost', name: `Weft ${i}`, duration: UNTIL_TOLD, args: ['--receive', 'none', '--video', '1280x720@15:2000k', '--fixed'] }));
  try {
    await eventually('they send', () => isSending(count)(server), 20000);
    await fetch(`${server.url}api/v1/rooms/cost/recording?state=on`, { method: 'POST' });
    const recorder = async () => (await roomOf(server, 'cost')).participants.find(({ name }) => name === 'Recorder')?.connection;
    const received = async () => (await recorder()).out;
    const isLive = ({ state }) => state === 'live';
    await eventually('all of it is recorded', async () => (await recorder())?.slots.filter(isLive).length === 2 * count, 30000);
    const { bytes } = await received();
    const { percent, memory } = await costOf(programOf(server, 'heddle-record'));
    const mbit = ((await received()).bytes - bytes) * 8 / SECONDS / 1e6;
    console.log(`| ${count} | ${mbit.toFixed(1)} | ${percent.toFixed(1)} % | ${(percent / mbit * 2).toFixed(2)} % | ${memory.toFixed(0)} MB |`);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

await measureMixer();
console.log('\n| participants | Mbit/s that were recorded | of a core | of a core for each 2 Mbit/s | memory |\n|---|---|---|---|---|');
for (const count of [1, 4]) await measure(count);

/** A room of four with a mixer, recorded with these options of the server. */
async function measureComposite(what, args) {
  const folder = mkdtempSync(path.join(tmpdir(), 'heddle-cost-'));
  const server = await startServer(['--open', '--mesh-max', '0', '--recordings', folder, ...args(folder)]);
  const clients = Array.from({ length: 4 }, (_, i) => startClient(server, { room: 'cost', name: `Weft ${i}`, duration: UNTIL_TOLD, args: ['--video', '640x360@25:600k', '--fixed'] }));
  const ask = (request) => fetch(`${server.url}api/v1/rooms/cost/${request}`, { method: 'POST' });
  try {
    await eventually('they send', () => isSending(4)(server), 20000);
    await ask('pin?topology=mcu');
    await eventually('mixed', async () => (await roomOf(server, 'cost')).topology === 'mcu', 20000);
    await ask('recording?state=on');
    await eventually('the composite comes', () => readdirSync(folder, { recursive: true }).some((file) => file.endsWith('mix.webm')), 20000);
    await sleep(2000);
    const [recorder, mixer] = await Promise.all(['heddle-record', 'heddle-mix'].map((name) => costOf(programOf(server, name))));
    console.log(`| ${what} | ${recorder.percent.toFixed(1)} % | ${recorder.memory.toFixed(0)} MB | ${mixer.percent.toFixed(1)} % |`);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

console.log('\n| of a room with a mixer | recorder, of a core | memory | mixer beside it |\n|---|---|---|---|');
await measureComposite('`mix.webm`, as it is sent', () => []);
await measureComposite('and `--mp4`', () => ['--mp4']);
await measureComposite('and `--mp4`, `--hls`', (folder) => ['--mp4', '--hls', path.join(folder, 'live')]);
const sink = spawn('ffmpeg', ['-v', 'error', '-listen', '1', '-i', 'rtmp://127.0.0.1:19350/live/cost', '-c', 'copy', '-f', 'null', '-'], { stdio: 'ignore' });
await measureComposite('and `--mp4`, `--hls`, `--rtmp`', (folder) => ['--mp4', '--hls', path.join(folder, 'live'), '--rtmp', 'rtmp://127.0.0.1:19350/live/{room}']);
sink.kill('SIGKILL');
