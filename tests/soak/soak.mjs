// People come and go for a quarter of an hour: C clients in several rooms, some of which are a Mesh, a fifth of them
// killed. They do so in four rounds, each of the same visits, so that rounds can be compared; after each all are gone
// for longer than the grace period. What the server holds (memory, descriptors, packets) must be flat while it goes on,
// nothing may stay behind, and what it has allocated must be the same after the last round as after the first: that
// tells a leak from pages which the allocator keeps. On a loaded machine connections take longer to come and to go, so
// that more are open, which is no growth: what they allocate, as measured in the second round, is taken off.
//
//   ./dev soak [--seconds 900] [--clients 40] [--rooms 6] [--grace 20] [--seed 1]
//
// Exit code 1: it grew, something stayed, a client failed, or the server did not end as it should.
import { readFile, readdir } from 'node:fs/promises';
import { eventually, sleep } from '../interop/lib/wait.mjs';
import { startClient } from '../interop/lib/client.mjs';
import { options, withPackages } from '../lab/command.mjs';

const { startServer } = await withPackages('./dev soak', () => import('../interop/signaling_client.mjs'));
const { numbers: { seconds, clients, rooms, grace, seed } } = options({ seconds: 900, clients: 40, rooms: 6, grace: 20, seed: 1 }, [], false);
const ROUNDS = 4;
const SAMPLE_MS = 5000;
// The last round may hold so much more than the second, when all is warm; and after it so much more than at the start.
const GROWTH_KB = 2048;
const LEFT_KB = 6144;
// After the last round so much more may be allocated than after the first: the allocator counts what its threads keep
// for their next requests, which is up to 230 kB each.
const ALLOCATED_KB = 512;

/** Numbers in [0, 1) from a seed (a linear congruential generator): a run can be repeated. */
function random(from) {
  let state = from >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const server = await startServer(['--open', '--mesh-max', '3', '--mesh-hold', '2', '--grace', String(grace)]);
process.on('exit', () => server.child.kill('SIGKILL'));
const ended = ({ code, signal }) => `the server ended ${signal ? `by ${signal}` : `with exit code ${code}`}`;
let isEnding = false;
server.exited.then((end) => {
  if (isEnding) return;
  console.log(`FAULT: ${ended(end)} while people came and went; it said last:\n${server.log.slice(-2000)}`);
  process.exit(1);
});
const pid = server.child.pid;

/** What the server says that it has allocated, and what the allocator keeps free beside that. */
async function heap() {
  const read = server.log.length;
  server.child.kill('SIGUSR1');
  const line = await eventually('the server says what it has allocated', () => /heap: (\d+) bytes used, (\d+) free$/m.exec(server.log.slice(read)), 30000);
  const [used, free] = line.slice(1).map((bytes) => Math.round(Number(bytes) / 1024));
  return { used, free };
}

async function held() {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return {
    kb: Number(/^RssAnon:\s+(\d+)/m.exec(status)[1]), // the program's own pages: what is mapped from files comes and goes
    descriptors: (await readdir(`/proc/${pid}/fd`)).length,
    ...await heap(),
  };
}

const api = async () => (await fetch(`${server.url}api/v1/rooms`, { headers: { connection: 'close' } })).json();
const said = ({ kb, used, free, descriptors }) => `${String(kb).padStart(6)} kB, ${String(used).padStart(6)} kB allocated, ${String(free).padStart(6)} kB free, ${String(descriptors).padStart(3)} descriptors`;
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const counts = { joins: 0, killed: 0, failed: 0 };
const start = await held();

/** One seat until a round's end: somebody comes, stays 5 to 45 seconds, leaves or is killed, and the next one comes. */
async function seat(number, end) {
  const next = random(seed * 1000 + number);
  await sleep(next() * 5000);
  while (Date.now() < end) {
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

async function watch(end) {
  const samples = [];
  for (; Date.now() < end; await sleep(Math.min(SAMPLE_MS, Math.max(0, end - Date.now())))) {
    const now = await held();
    const { rooms: list } = await api();
    const participants = list.reduce((sum, room) => sum + room.participants, 0);
    samples.push(now);
    console.log(`${String(Math.round((Date.now() - begun) / 1000)).padStart(5)} s  ${said(now)}  `
      + `${String(participants).padStart(3)} participants  ${counts.joins} joins, ${counts.killed} killed, ${counts.failed} failed`);
  }
  const of = (field) => median(samples.map((sample) => sample[field]));
  return { kb: of('kb'), used: of('used'), free: of('free'), descriptors: of('descriptors') };
}

/** What is held when all have been gone for the grace period. */
async function emptied() {
  const until = Date.now() + (grace + 60) * 1000;
  for (;;) {
    await sleep(2000);
    const now = await held();
    const { room_count, server: { workers: [worker] } } = await api();
    const isLeft = room_count > 0 || worker.connections > 0 || now.descriptors > start.descriptors || now.kb > start.kb + LEFT_KB;
    if (!isLeft || Date.now() > until) return { ...now, rooms: room_count, packets: worker.packets_held };
  }
}

const begun = Date.now();
const rounds = [];
for (let round = 1; round <= ROUNDS; round += 1) {
  const end = Date.now() + seconds * 1000 / ROUNDS;
  const seats = Array.from({ length: clients }, (_, number) => seat(number, end));
  const [during] = await Promise.all([watch(end), ...seats]);
  const after = await emptied();
  rounds.push({ during, after });
  console.log(`round ${round}: ${said(during)}; when all were gone ${said(after)}`);
}

const [first, second, last] = [rounds[0], rounds[1], rounds.at(-1)];
const left = last.after;
const connectionKb = (second.during.used - start.used) / (second.during.descriptors - start.descriptors);
const moreConnections = last.during.descriptors - second.during.descriptors;
const grown = Math.round(last.during.kb - second.during.kb - connectionKb * moreConnections);
const faults = [
  counts.failed > 0 && `${counts.failed} clients failed`,
  grown > GROWTH_KB && `memory grew by ${grown} kB while people came and went`,
  left.used - first.after.used > ALLOCATED_KB && `${left.used - first.after.used} kB more are allocated when everybody has gone than there were after the first round`,
  left.kb > start.kb + LEFT_KB && `${left.kb - start.kb} kB stayed when everybody had gone`,
  left.rooms > 0 && `${left.rooms} rooms stayed`,
  left.descriptors > start.descriptors && `${left.descriptors - start.descriptors} descriptors stayed`,
  left.packets > 0 && `${left.packets} packets stayed`,
].filter(Boolean);
console.log(`${counts.joins} joins, ${counts.killed} killed; at the start ${said(start)}; a connection allocates ${Math.round(connectionKb)} kB; `
  + `from the second to the last round ${grown} kB more, without those of ${moreConnections} more connections`);
isEnding = true;
const end = await server.stop();
console.log(ended(end));
if (end.code !== 0) faults.push(ended(end));
for (const fault of faults) console.log(`FAULT: ${fault}`);
process.exit(faults.length > 0 ? 1 : 0);
