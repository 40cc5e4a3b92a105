// What recording costs: `./dev lab recording` prints the table of docs/services.md. Clients that each send 2 Mbit/s are
// in a room that is recorded, all on this machine; CPU is what /proc says of the recorder over ten seconds.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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

async function measure(count) {
  const folder = mkdtempSync(path.join(tmpdir(), 'heddle-cost-'));
  const server = await startServer(['--open', '--mesh-max', '0', '--recordings', folder]);
  const clients = Array.from({ length: count }, (_, i) => startClient(server, { room: 'cost', name: `Weft ${i}`, duration: UNTIL_TOLD, args: ['--receive', 'none', '--video', '1280x720@15:2000k', '--fixed'] }));
  try {
    await eventually('they send', async () => (await roomOf(server, 'cost')).participants?.filter(({ connection }) => connection?.in.packets > 200).length === count, 20000);
    await fetch(`${server.url}api/v1/rooms/cost/recording?state=on`, { method: 'POST' });
    const recorder = async () => (await roomOf(server, 'cost')).participants.find(({ name }) => name === 'Recorder')?.connection;
    const received = async () => (await recorder()).out;
    const isLive = ({ state }) => state === 'live';
    await eventually('all of it is recorded', async () => (await recorder())?.slots.filter(isLive).length === 2 * count, 30000);
    const pid = Number(execFileSync('pgrep', ['-P', String(server.child.pid), 'heddle-record']));
    const [before, bytes] = [usage(pid), (await received()).bytes];
    await sleep(SECONDS * 1000);
    const [after, more] = [usage(pid), (await received()).bytes];
    const mbit = (more - bytes) * 8 / SECONDS / 1e6;
    const percent = (after.cpu - before.cpu) / SECONDS * 100;
    console.log(`| ${count} | ${mbit.toFixed(1)} | ${percent.toFixed(1)} % | ${(percent / mbit * 2).toFixed(2)} % | ${after.memory.toFixed(0)} MB |`);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

console.log('| participants | Mbit/s that were recorded | of a core | of a core for each 2 Mbit/s | memory |\n|---|---|---|---|---|');
for (const count of [1, 4]) await measure(count);
