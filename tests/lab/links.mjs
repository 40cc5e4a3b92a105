// The table and the plots of docs/links.md: ./dev lab links [--runs N] [--seconds N] [--write] [ROW...]; needs root.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { needLab, options, refuse, withPackages } from './command.mjs';
import { plot, ticksUntil } from './plot.mjs';

const { longestStill, measure, percentile, ways } = await withPackages('./dev lab links', () => import('./linked_call.mjs'));

const SETTLED = 10; // seconds that do not count
const STANDARD = { runs: 2, seconds: 40 }; // of what docs/links.md says
const root = fileURLToPath(new URL('../..', import.meta.url));
const [viewer, publisher, direct] = Object.keys(ways);
const colours = { [viewer]: '#1f6feb', [publisher]: '#1a7f37', [direct]: '#d1242f' };

/** `start`: settings of the link; `steps`: what changes at which second; `isMore`: measured only when it is named. */
const rows = {
  cubic: { title: '2 Mbit/s beside a TCP download (CUBIC)', start: 'rate 2mbit queue 300ms', download: { congestion: 'cubic', at: 5 } },
  bbr: { title: '2 Mbit/s beside a TCP download (BBR)', start: 'rate 2mbit queue 300ms', download: { congestion: 'bbr', at: 5 } },
  deep: { title: '1.2 Mbit/s, queue of 1 s', start: 'rate 1200kbit queue 1s', ways: [viewer, publisher, direct] },
  shallow: { title: '1 Mbit/s, queue of 5 packets', start: 'rate 1mbit queue 7500b' },
  loss: { title: '1.5 Mbit/s, 3 % lost at random', start: 'rate 1500kbit queue 300ms loss 3%' },
  step: { title: '3, then 0.2, then 3 Mbit/s', start: 'rate 3mbit queue 300ms', steps: [[15, 'rate 200kbit'], [27, 'rate 3mbit']] },
  lte: { title: 'LTE trace', trace: ['lte', 4], ways: [viewer, publisher, direct] },
  umts: { title: 'UMTS trace', trace: ['umts', 1], isMore: true },
  wifi: { title: 'Wi-Fi trace', trace: ['wifi', 1], isMore: true },
  train: { title: 'train trace', trace: ['train', 1], isMore: true },
  policer: { title: '1 Mbit/s, policed beyond 15 kB', start: 'police 1mbit/15kb', capacity: 1e6, isMore: true },
};

const { numbers: { runs, seconds }, flags: { write: isWritten }, words: wanted } = options(STANDARD, ['write']);
const unknown = wanted.find((name) => !(name in rows));
if (unknown) refuse(`there is no row '${unknown}'; the rows are:\n  ${Object.keys(rows).join('\n  ')}`, 2);
if (isWritten && (runs !== STANDARD.runs || seconds !== STANDARD.seconds)) refuse(`--write is for ${STANDARD.runs} runs of ${STANDARD.seconds} seconds`, 2);
if (seconds <= SETTLED) refuse(`--seconds ${seconds}: the first ${SETTLED} do not count`, 2);
needLab('./dev lab links', ['linktcp', 'linktrace']);

const rateOf = (settings) => {
  const [, value, unit] = /rate ([\d.]+)(k|m)bit/.exec(settings);
  return Number(value) * { k: 1e3, m: 1e6 }[unit];
};

/** Makes the row's trace, if it has one; `capacities`: what the link carries from which second on, in bit/s. */
function prepare(row, folder) {
  if (!row.trace) return { ...row, capacities: [[0, row.capacity ?? rateOf(row.start)], ...(row.steps ?? []).map(([at, settings]) => [at, rateOf(settings)])] };
  const [kind, seed] = row.trace;
  const file = path.join(folder, `${kind}.trace`);
  const text = execFileSync(path.join(root, 'build/lab/linktrace'), [kind, '--seconds', String(seconds + 20), '--seed', String(seed)]).toString();
  writeFileSync(file, text);
  const halves = Array(2 * seconds).fill(0);
  for (const ms of text.trim().split('\n').map(Number)) if (ms < seconds * 1000) halves[Math.floor(ms / 500)] += 1500 * 8 * 2;
  return { ...row, start: `trace ${file} queue 150kb`, capacities: halves.map((bps, index) => [index / 2, bps]) };
}

/** The mean of what the link carries in the time that counts. */
function meanCapacity(capacities) {
  const bits = capacities.map(([at, bps], index) => bps * Math.max(0, (capacities[index + 1]?.[0] ?? seconds) - Math.max(at, SETTLED)));
  return bits.reduce((sum, more) => sum + more, 0) / (seconds - SETTLED);
}

function summarize({ samples, log, download }, capacities) {
  const counted = samples.filter(({ at }) => at >= SETTLED);
  const [first, last] = [counted[0], counted.at(-1)];
  const bps = ((last.bytes - first.bytes) * 8) / (last.at - first.at);
  return {
    kbps: Math.round(bps / 1000),
    share: Math.round((bps * 100) / meanCapacity(capacities)),
    freezes: last.freezes - first.freezes,
    frozen: (last.freezeSeconds - first.freezeSeconds).toFixed(1),
    still: longestStill(counted).toFixed(1),
    queueP95: Math.round(percentile(log.filter(({ at }) => at >= SETTLED).map(({ queueMs }) => queueMs), 0.95)),
    concealed: (((last.concealed - first.concealed) * 100) / Math.max(1, last.samples - first.samples)).toFixed(1),
    download: download ?? '',
  };
}

const columns = { kbps: 'kbit/s', share: '% of the link', freezes: 'freezes', frozen: 'frozen s', still: 'longest still s', queueP95: 'queue p95 ms', concealed: 'voice concealed %', download: 'download kbit/s' };
const head = `| link | way | ${Object.values(columns).join(' | ')} |`;
const nameOf = (row, way) => `| ${row.title} | ${ways[way].title} |`;
const tableLine = (row, way, results) => `${nameOf(row, way)} ${Object.keys(columns).map((key) => results.map((result) => result[key]).filter((value) => value !== '').join(', ')).join(' | ')} |`;

/** What came in, in kbit/s, over a second each. */
const ratesOf = (samples) => samples.slice(4).map(({ at, bytes }, index) => [at, Math.max(0, bytes - samples[index].bytes) * 8 / (at - samples[index].at) / 1000]);

/** Of each quarter of a second the longest queue. */
function queuesOf(log) {
  const longest = new Map();
  for (const { at, queueMs } of log) longest.set(Math.floor(at * 4) / 4, Math.max(longest.get(Math.floor(at * 4) / 4) ?? 0, queueMs));
  return [...longest].filter(([at]) => at <= seconds);
}

function picture({ title, capacities }, byWay) {
  const capacity = capacities.flatMap(([at, bps], index) => [[at, bps / 1000], [capacities[index + 1]?.[0] ?? seconds, bps / 1000]]);
  const measured = Object.entries(byWay).map(([way, { samples, log }]) => ({
    colour: colours[way], name: ways[way].title, rates: ratesOf(samples), estimates: samples.map(({ at, estimate }) => [at, estimate / 1000]), queues: queuesOf(log),
  }));
  const highest = (lines) => Math.max(...lines.flat().map(([, value]) => value));
  const most = Math.ceil(Math.min(4000, highest([capacity, ...measured.map(({ estimates }) => estimates)])) / 500) * 500;
  const longest = Math.max(200, Math.ceil(highest(measured.map(({ queues }) => queues)) / 200) * 200);
  return plot({
    title,
    seconds,
    every: 5,
    legend: measured,
    panels: [
      {
        label: 'kbit/s', height: 190, most, ticks: ticksUntil(most, most > 2000 ? 1000 : 500),
        lines: [
          { points: capacity, style: 'stroke="#888" stroke-dasharray="5 4" stroke-width="1.5"' },
          ...measured.map(({ estimates, colour }) => ({ points: estimates, style: `stroke="${colour}" stroke-dasharray="2 3" stroke-width="1"` })),
          ...measured.map(({ rates, colour }) => ({ points: rates, style: `stroke="${colour}" stroke-width="1.5"` })),
        ],
      },
      { label: 'queue ms', height: 80, most: longest, ticks: [0, longest / 2, longest], lines: measured.map(({ queues, colour }) => ({ points: queues, style: `stroke="${colour}" stroke-width="1"` })) },
    ],
  });
}

/** The page is written by hand, but for the lines of its table: each takes the place of the one with its name. */
function write(row, name, lines, svg) {
  const page = path.join(root, 'docs/links.md');
  const text = readFileSync(page, 'utf8').split('\n');
  for (const [way, line] of lines) {
    const at = text.findIndex((one) => one.startsWith(nameOf(row, way)));
    const end = text.map((one) => one.startsWith('|')).lastIndexOf(true) + 1;
    text.splice(at >= 0 ? at : end, at >= 0 ? 1 : 0, line);
  }
  mkdirSync(path.join(root, 'docs/plots'), { recursive: true });
  writeFileSync(path.join(root, `docs/plots/links-${name}.svg`), svg);
  writeFileSync(page, text.join('\n'));
}

const known = readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8').trim().split(' ');
const folder = mkdtempSync(path.join(tmpdir(), 'heddle-traces-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
console.log(`${head}\n|${'---|'.repeat(2 + Object.keys(columns).length)}`);
for (const [name, one] of Object.entries(rows)) {
  if (wanted.length > 0 ? !wanted.includes(name) : one.isMore) continue;
  if (one.download && !known.includes(one.download.congestion)) {
    console.error(`${name}: this kernel has no ${one.download.congestion} for TCP, only ${known.join(', ')}`);
    continue;
  }
  const row = prepare(one, folder);
  const lines = [];
  const byWay = {};
  for (const way of row.ways ?? [viewer, direct]) {
    const results = [];
    for (let run = 0; run < runs; run += 1) {
      const measured = await measure(row, way, seconds);
      byWay[way] ??= measured;
      results.push(summarize(measured, row.capacities));
    }
    lines.push([way, tableLine(row, way, results)]);
    console.log(lines.at(-1)[1]);
  }
  if (isWritten) write(row, name, lines, picture(row, byWay));
}
