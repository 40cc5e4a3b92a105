// ./dev bench memory [--sites N] [LOAD...]: where the server's bytes go, for each participant, as a table in Markdown.
// With --sites also the N largest call sites of each load. Each load runs twice: as it is, for the resident memory, and
// with heap_sites.so before the allocator, which knows who has what.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { options, refuse } from '../../tests/lab/command.mjs';
import { partOf } from './parts.mjs';
import { Sources } from './sources.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = (name) => path.join(root, 'build', name);
const LIST_SIGNAL = 34 + 8; // heap_sites.c: SIGRTMIN + 8, which is 34 with glibc
const SETTLED_MS = 9000; // all histories are as long as they get

const loads = {
  room: { head: 'in a room of four', arguments: ['small-rooms', '--subscribers', '64', '--first', '16'], participants: 64, key: 'memory_per_participant_bytes' },
  meeting: { head: 'meeting of 25', arguments: ['meeting', '--first', '25'], participants: 25, key: 'memory_per_participant_bytes' },
  watcher: { head: 'watches', arguments: ['livestream', '--subscribers', '200', '--first', '200'], participants: 201, key: 'memory_per_participant_bytes' },
  idle: { head: 'idle', arguments: ['idle', '--subscribers', '400', '--first', '400'], participants: 400, key: 'memory_per_connection_bytes' },
};

const folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-memory-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const read = (name) => readFileSync(path.join(folder, name), 'utf8');

/** When it is there; fails when `signal` says that nobody will write it any more. */
async function fileOf(name, signal) {
  while (!existsSync(path.join(folder, name))) await sleep(50, undefined, { signal });
  return read(name);
}

/** A shell script in the server's place: says its process id, and starts the server with heap_sites.so. */
function wrapper() {
  const file = path.join(folder, 'server.sh');
  writeFileSync(file, `#!/bin/sh
echo $$ >'${folder}/pid.new' && mv '${folder}/pid.new' '${folder}/pid'
LD_PRELOAD='${program('bench/heap_sites.so')}' HEAP_SITES='${folder}/list' exec '${program('heddle')}' "$@"
`, { mode: 0o700 });
  return file;
}

/** Runs the bench; `onLine` gets what it says on the way. */
async function runBench(words, onLine = () => {}) {
  const bench = spawn(program('heddle-bench'), ['capacity', ...words, '--steps', '1', '--repeats', '1', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => { bench.on('close', resolve); });
  let [result, last] = ['', ''];
  bench.stdout.on('data', (data) => { result += data; });
  const lines = readline.createInterface({ input: bench.stderr });
  lines.on('line', (line) => { last = line; onLine(line, bench); });
  const code = await ended;
  return { code, last, result };
}

async function residentPerParticipant(load) {
  const { code, last, result } = await runBench([...load.arguments, '--seconds', '9']);
  if (code !== 0) refuse(`heddle-bench failed: ${last}`);
  return JSON.parse(result)[load.key];
}

/** The lists before anybody came, and when all have been there for a while. */
async function listsOf(load) {
  for (const name of ['pid', 'list.1', 'list.2']) rmSync(path.join(folder, name), { force: true });
  const ended = new AbortController();
  const { signal } = ended;
  const ask = async () => process.kill(Number(await fileOf('pid', signal)), LIST_SIGNAL);
  const steps = [];
  const { last } = await runBench([...load.arguments, '--seconds', '60', '--server', wrapper()], (line, bench) => {
    if (line.startsWith('connecting') && steps.length === 0) steps.push(ask());
    if (!line.endsWith('measuring')) return;
    steps.push(sleep(SETTLED_MS, undefined, { signal }).then(ask).then(() => fileOf('list.2', signal)).finally(() => bench.kill('SIGTERM')));
  });
  ended.abort();
  await Promise.allSettled(steps);
  if (!existsSync(path.join(folder, 'list.2'))) refuse(`heddle-bench ended too soon: ${last}`);
  return [read('list.1'), read('list.2')];
}

/** What heap_sites.c wrote, with functions and sources instead of addresses. */
function sitesOf(list, sources) {
  const [head, maps] = list.split('maps\n');
  const files = maps.split('\n').flatMap((line) => {
    const [, from, to, offset, file] = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \d+ +(\/.*)$/.exec(line) ?? [];
    return file ? [{ from: Number.parseInt(from, 16), to: Number.parseInt(to, 16), offset: Number.parseInt(offset, 16), file }] : [];
  });
  const frameOf = (text) => {
    const address = Number.parseInt(text, 16) - 1; // in the call, not behind it
    const map = files.find(({ from, to }) => from <= address && address < to);
    if (map?.file !== program('heddle')) return { module: path.basename(map?.file ?? '?') };
    return { module: 'heddle', ...sources.at(address - map.from + map.offset) };
  };
  return head.split('\n').filter((line) => line !== '').map((line) => {
    const [bytes, blocks, ...frames] = line.split(' ');
    return { bytes: Number(bytes), blocks: Number(blocks), frames: frames.map(frameOf) };
  });
}

const sum = (sites, keyOf) => sites.reduce((sums, site) => sums.set(keyOf(site), (sums.get(keyOf(site)) ?? 0) + site.bytes), new Map());
/** What came on top, for each key. */
const grown = ([before, after], keyOf) => {
  const [old, fresh] = [sum(before, keyOf), sum(after, keyOf)];
  return new Map([...fresh].map(([key, bytes]) => [key, bytes - (old.get(key) ?? 0)]));
};

const { numbers: { sites: shown }, words } = options({ sites: 1 });
const unknown = words.find((word) => !(word in loads));
if (unknown) refuse(`there is no load '${unknown}'; loads: ${Object.keys(loads).join(', ')}`, 2);
const chosen = words.length > 0 ? words : Object.keys(loads);
const sources = new Sources(path.join(root, 'build'), program('heddle'), ['transport', 'router', 'signaling']);
const columns = [];
for (const name of chosen) {
  const load = loads[name];
  const resident = await residentPerParticipant(load);
  const lists = (await listsOf(load)).map((list) => sitesOf(list, sources));
  const parts = grown(lists, ({ frames }) => partOf(frames));
  columns.push({ head: load.head, resident: resident / 1e3, parts: new Map([...parts].map(([part, bytes]) => [part, bytes / 1e3 / load.participants])) });
  if (process.argv.includes('--sites')) {
    const where = grown(lists, ({ frames }) => frames.map(({ module, name: of }) => of ?? module).join(' < '));
    for (const [site, bytes] of [...where].sort((a, b) => b[1] - a[1]).slice(0, shown)) console.error(`${(bytes / 1e3 / load.participants).toFixed(1).padStart(8)} kB  ${site}`);
  }
}

const total = (part) => columns.reduce((all, { parts }) => all + (parts.get(part) ?? 0), 0);
const parts = [...new Set(columns.flatMap((column) => [...column.parts.keys()]))].filter((part) => part !== 'other').sort((a, b) => total(b) - total(a));
const row = (head, values) => console.log(`| ${head} | ${values.map((value) => value.toFixed(1)).join(' | ')} |`);
console.log(`| kB of a participant | ${columns.map(({ head }) => head).join(' | ')} |`);
console.log(`|---|${columns.map(() => '---|').join('')}`);
for (const part of [...parts, 'other']) row(part, columns.map((column) => column.parts.get(part) ?? 0));
row('**allocated**', columns.map((column) => [...column.parts.values()].reduce((all, kb) => all + kb, 0)));
row('**resident**', columns.map(({ resident }) => resident));
