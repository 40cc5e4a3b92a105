// The figures of docs/congestion.md and its plots: node tests/sim/congestion.mjs; needs `./dev build`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { plot, ticksUntil } from '../lab/plot.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = path.join(root, 'build/sim_congestion');
const titles = {
  5.1: 'One flow; 1.0, 2.5, 0.6, 1.0 Mbit/s',
  5.2: 'Two flows; 2.0, 1.0, 1.75, 0.5, 1.0 Mbit/s',
  5.3: 'A flow each way; forward 2.0, 1.0, 0.5, 2.0 Mbit/s, backward 2.0, 0.8, 2.0 Mbit/s',
  5.4: 'Three flows that start at 0, 20 and 40 s; 3.5 Mbit/s',
};
const colours = ['#1f6feb', '#d1242f', '#1a7f37'];
function read(name) {
  const [head, ...rows] = execFileSync(program, ['--csv', name]).toString().trim().split('\n');
  const columns = head.split(',');
  return rows.map((row) => Object.fromEntries(row.split(',').map((value, index) => [columns[index], Number(value)])));
}

function picture(name, rows) {
  const flows = Object.keys(rows[0]).filter((key) => key.startsWith('rate_'));
  const most = Math.ceil(Math.max(...rows.map((row) => Math.max(row.capacity, ...flows.map((key) => row[key])))) / 500) * 500;
  const line = (key, style) => ({ points: rows.filter((row) => row[key] > 0).map((row) => [row.seconds, row[key]]), style });
  return plot({
    title: `RFC 8867 section ${name}: ${titles[name]}`,
    seconds: rows.at(-1).seconds,
    every: 20,
    panels: [
      {
        label: 'kbit/s', height: 190, most, ticks: ticksUntil(most, most > 2000 ? 1000 : 500),
        lines: [line('capacity', 'stroke="#888" stroke-dasharray="5 4" stroke-width="1.5"'), ...flows.map((key, index) => line(key, `stroke="${colours[index]}" stroke-width="1.2"`))],
      },
      { label: 'queue ms', height: 60, most: 300, ticks: [0, 150, 300], lines: [line('queue_ms', 'stroke="#555" stroke-width="1"')] },
    ],
  });
}

mkdirSync(path.join(root, 'docs/plots'), { recursive: true });
for (const name of Object.keys(titles)) writeFileSync(path.join(root, `docs/plots/rfc8867-${name}.svg`), picture(name, read(name)));
// The page is written by hand, but for what the program prints.
const page = path.join(root, 'docs/congestion.md');
const [before, rest] = readFileSync(page, 'utf8').split(/(?<=as `build\/sim_congestion 1 1` prints it:\n\n```\n)/);
const figures = execFileSync(program, ['1', '1']).toString().trim();
writeFileSync(page, `${before}${figures}${rest.slice(rest.indexOf('\n```'))}`);
