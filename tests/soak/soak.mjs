// People come and go for a quarter of an hour: C clients in several rooms, some of which are a Mesh, a fifth of them
// killed. What the server holds (memory, descriptors, packets) must be flat while it goes on, and nothing may stay
// behind when everybody has been gone for the grace period.
//
//   ./dev soak [--seconds 900] [--clients 40] [--rooms 6] [--grace 20] [--seed 1]
//
// Exit code 1: it grew, something stayed, or a client failed.
import { readFile, readdir } from 'node:fs/promises';
import { sleep } from '../interop/lib/wait.mjs';
import { startClient } from '../interop/lib/client.mjs';
import { options, withPackages } from '../lab/command.mjs';

const { startServer } = await withPackages('./dev soak', () => import('../interop/signaling_client.mjs'));
const { numbers: { seconds, clients, rooms, grace, seed } } = options({ seconds: 900, clients: 40, rooms: 6, grace: 20, seed: 1 }, [], false);
// A run's second half may differ from the end of its first by so much; so may what is left from what it began with.
const GROWTH_KB = 2048;
const LEFT_KB = 6144;

/** Numbers in [0, 1) from a seed (a linear congruential generator): a run can be repeated. */
function random(from) {
  let state = from >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

async function held(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return {
    kb: Number(/^RssAnon:\s+(\d+)/m.exec(status)[1]), // the program's own pages: what is mapped from files comes and goes
    descriptors: (await readdir(`/proc/${pid}/fd`)).length,
  };
}

const api = async (server) => (await fetch(`${server.url}api/v1/rooms`, { headers: { connection: 'close' } })).json();
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const counts = { joins: 0, killed: 0, failed: 0 };
const server = await startServer(['--open', '--mesh-max', '3', '--mesh-hold', '2', '--grace', String(grace), '--log', 'warning']);
process.on('exit', () => server.child.kill('SIGKILL'));
const pid = server.child.pid;
const start = await held(pid);
const begun = Date.now();
const end = begun + seconds * 1000;
const samples = [];

/** One seat: somebody sits down, stays 5 to 45 seconds, leaves or is killed, and the next one comes. */
async function seat(number) {
  const next = random(seed * 1000 + number);
  await sleep(next() * 5000);
  for (let visit = 0; Date.now() < end; visit += 1) {
    const stay = 5 + next() * 40;
    const dies = next() < 0.2;
    const client = startClient(server, {
      room: `soak-${Math.floor(next() * rooms)}`, name: `seat ${number}`, duration: stay, args: ['--video', '160x90@10:60k', '--fixed'],
    });
    counts.joins += 1;
    const kill = dies && setTimeout(() => client.child.kill('SIGKILL'), stay * 500);
    const { code, log } = await client.done;
    clearTimeout(kill);
    counts.killed += code === 'SIGKILL';
    if (code !== 'SIGKILL' && code !== 0) {
      counts.failed += 1;
      console.log(`seat ${number} ended with ${code}: ${log.trim().split('\n').at(-1)}`);
    }
  }
}

async function watch() {
  for (;;) {
    const now = await held(pid);
    const participants = (await api(server)).rooms.reduce((sum, room) => sum + (room.participants?.length ?? room.participants ?? 0), 0);
    samples.push({ at: (Date.now() - begun) / 1000, ...now });
    console.log(`${String(Math.round(samples.at(-1).at)).padStart(5)} s  ${String(now.kb).padStart(7)} kB  ${String(now.descriptors).padStart(4)} descriptors  `
      + `${String(participants).padStart(3)} participants  ${counts.joins} joins, ${counts.killed} killed, ${counts.failed} failed`);
    if (Date.now() >= end) return;
    await sleep(Math.min(10000, end - Date.now() + 1));
  }
}

async function emptied() {
  const until = Date.now() + (grace + 60) * 1000;
  let now;
  let rooms_left;
  do {
    await sleep(2000);
    now = await held(pid);
    rooms_left = (await api(server)).rooms.length;
  } while (Date.now() < until && (rooms_left > 0 || now.descriptors > start.descriptors || now.kb > start.kb + LEFT_KB));
  return { ...now, rooms: rooms_left, ...(await api(server)).server.workers[0] };
}

await Promise.all([watch(), ...Array.from({ length: clients }, (_, number) => seat(number))]);
const quarter = (from, to) => median(samples.filter(({ at }) => at >= from * seconds && at <= to * seconds).map(({ kb }) => kb));
const [second, last] = [quarter(0.25, 0.5), quarter(0.75, 1)];
const left = await emptied();
const faults = [
  counts.failed > 0 && `${counts.failed} clients failed`,
  last - second > GROWTH_KB && `memory grew from ${second} to ${last} kB while people came and went`,
  left.kb > start.kb + LEFT_KB && `${left.kb - start.kb} kB stayed when everybody had gone`,
  left.rooms > 0 && `${left.rooms} rooms stayed`,
  left.descriptors > start.descriptors && `${left.descriptors - start.descriptors} descriptors stayed`,
  left.packets_held > 0 && `${left.packets_held} packets stayed`,
].filter(Boolean);
console.log(`${counts.joins} joins, ${counts.killed} killed; ${start.kb} kB and ${start.descriptors} descriptors at the start, `
  + `${second} kB in the second quarter, ${last} kB in the last; ${left.kb} kB and ${left.descriptors} descriptors in the end`);
for (const fault of faults) console.log(`FAULT: ${fault}`);
server.child.kill('SIGTERM');
process.exit(faults.length > 0 ? 1 : 0);
