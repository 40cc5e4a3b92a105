// docs/congestion.md and its plots: node tests/sim/congestion.mjs; needs `./dev build`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = path.join(root, 'build/sim_congestion');
const titles = {
  5.1: 'One flow; 1.0, 2.5, 0.6, 1.0 Mbit/s',
  5.2: 'Two flows; 2.0, 1.0, 1.75, 0.5, 1.0 Mbit/s',
  5.3: 'A flow each way; forward 2.0, 1.0, 0.5, 2.0 Mbit/s, backward 2.0, 0.8, 2.0 Mbit/s',
  5.4: 'Three flows that start at 0, 20 and 40 s; 3.5 Mbit/s',
};
const colours = ['#1f6feb', '#d1242f', '#1a7f37'];
const [width, height, left, right, top] = [760, 340, 56, 12, 28];
const [plotWidth, rateHeight, queueTop, queueHeight] = [width - left - right, 190, 250, 60];

function read(name) {
  const [head, ...rows] = execFileSync(program, ['--csv', name]).toString().trim().split('\n');
  const columns = head.split(',');
  return rows.map((row) => Object.fromEntries(row.split(',').map((value, index) => [columns[index], Number(value)])));
}

function line(rows, key, x, y, style) {
  const points = rows.filter((row) => row[key] > 0).map((row) => `${x(row.seconds).toFixed(1)},${y(row[key]).toFixed(1)}`).join(' ');
  return `<polyline points="${points}" fill="none" ${style}/>`;
}

function plot(name, rows) {
  const end = rows.at(-1).seconds;
  const flows = Object.keys(rows[0]).filter((key) => key.startsWith('rate_'));
  const most = Math.ceil(Math.max(...rows.map((row) => Math.max(row.capacity, ...flows.map((key) => row[key])))) / 500) * 500;
  const x = (seconds) => left + (seconds / end) * plotWidth;
  const y = (kbps) => top + rateHeight - (kbps / most) * rateHeight;
  const queueY = (ms) => queueTop + queueHeight - (Math.min(ms, 300) / 300) * queueHeight;
  const text = (tx, ty, value, anchor = 'middle') => `<text x="${tx}" y="${ty}" text-anchor="${anchor}">${value}</text>`;
  const parts = [text(left, 16, `RFC 8867 section ${name}: ${titles[name]}`, 'start')];
  for (let kbps = 0; kbps <= most; kbps += most > 2000 ? 1000 : 500) {
    parts.push(`<line x1="${left}" x2="${width - right}" y1="${y(kbps)}" y2="${y(kbps)}" stroke="#ddd"/>`, text(left - 6, y(kbps) + 4, kbps, 'end'));
  }
  for (const ms of [0, 150, 300]) {
    parts.push(`<line x1="${left}" x2="${width - right}" y1="${queueY(ms)}" y2="${queueY(ms)}" stroke="#ddd"/>`, text(left - 6, queueY(ms) + 4, ms, 'end'));
  }
  for (let seconds = 0; seconds <= end; seconds += 20) parts.push(text(x(seconds), height - 12, `${seconds} s`));
  parts.push(line(rows, 'capacity', x, y, 'stroke="#888" stroke-dasharray="5 4" stroke-width="1.5"'));
  flows.forEach((key, index) => parts.push(line(rows, key, x, y, `stroke="${colours[index]}" stroke-width="1.2"`)));
  parts.push(line(rows, 'queue_ms', x, queueY, 'stroke="#555" stroke-width="1"'));
  parts.push(`<text x="12" y="${top + rateHeight / 2}" transform="rotate(-90 12 ${top + rateHeight / 2})" text-anchor="middle">kbit/s</text>`);
  parts.push(`<text x="12" y="${queueTop + queueHeight / 2}" transform="rotate(-90 12 ${queueTop + queueHeight / 2})" text-anchor="middle">queue ms</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<rect width="${width}" height="${height}" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}

mkdirSync(path.join(root, 'docs/plots'), { recursive: true });
const pictures = Object.keys(titles).map((name) => {
  writeFileSync(path.join(root, `docs/plots/rfc8867-${name}.svg`), plot(name, read(name)));
  return `![Section ${name}: ${titles[name]}](plots/rfc8867-${name}.svg)`;
});
const figures = execFileSync(program).toString().trim();
writeFileSync(path.join(root, 'docs/congestion.md'), `# Congestion control in the test cases of RFC 8867

The estimate and the feedback that router and C client use (\`transport/hop\`), in virtual time over the laboratory's link model
(\`tests/sim/sim_congestion.c\`): 50 ms one way, 5 ms of jitter, a queue of 300 ms that drops its tail; the sources make 30 frames
a second of whatever size the estimate allows, from 0.15 to 4 Mbit/s, and start at 0.3 Mbit/s. Dashed: the capacity (forward).
Lines: what each flow delivers in each quarter of a second; below, how long the queue is. The sources stop at 95 % of the estimate,
headers included.

Made by \`node tests/sim/congestion.mjs\`; the same seed gives the same figures on every machine.

${pictures.join('\n\n')}

The last half of each phase, as \`build/sim_congestion\` prints it:

\`\`\`
${figures}
\`\`\`
`);
