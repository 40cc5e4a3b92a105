// The table of docs/quality.md: ./dev lab quality [--write] [ROW...]; needs root.
import { writeFileSync } from 'node:fs';
import { sleep } from '../interop/lib/wait.mjs';
import { needLab, options, refuse, withPackages } from './command.mjs';

const { Call, startViewer, summarize, timeUntil, untilSees, watch, watchRouter } = await withPackages('./dev lab quality', () => import('../interop/lib/quality.mjs'));
const queue = 'queue 300ms';

/** A viewer on one link, from joining on. */
async function steady(settings, seconds, rate) {
  const call = await Call.make(['viewer']);
  try {
    await call.lab.link('server', 'viewer', `both delay 10ms ${queue} ${settings}`);
    const joined = Date.now();
    const page = await call.page('viewer', 'View', { source: 'none' });
    await untilSees(page, ['Pub'], 30000);
    const samples = await watch(call, page, 'View', seconds);
    const settled = samples.filter(({ at }) => at > samples[0].at + 12000);
    const row = summarize(settled, rate);
    const top = settled.at(-1).encoding;
    return { ...row, encodingAfterMs: timeUntil(samples, joined, ({ encoding, width }) => encoding === top && width > 0) };
  } finally {
    await call.end();
  }
}

/** A row of a C client: its own summary for the picture, from its first frame on; the router's view for the rest. */
function clientRow(samples, rate, { summary }, from) {
  const { video } = summary.remotes.find(({ name }) => name === 'Pub');
  return {
    ...summarize(samples, rate), width: video.width, fps: Math.round((video.frames_decoded * 10000) / (Date.now() - from - video.first_frame_ms)) / 10,
    freezes: video.freezes, freezeSeconds: null, longestStillMs: Math.round(video.longest_freeze_ms),
  };
}

/** The same, watched by a C client. */
async function steadyClient(settings, seconds, rate) {
  const call = await Call.make(['viewer']);
  try {
    await call.lab.link('server', 'viewer', `both delay 10ms ${queue} ${settings}`);
    await sleep(3000);
    const joined = Date.now();
    const viewer = startViewer(call, 'viewer', 'View', seconds + 14);
    await sleep(1000);
    const samples = await watchRouter(call, 'View', seconds + 12);
    const settled = samples.filter(({ at }) => at > samples[0].at + 12000);
    const top = settled.at(-1).encoding;
    const ended = await viewer.done;
    return { ...clientRow(settled, rate, ended, joined), encodingAfterMs: timeUntil(samples, joined, ({ encoding }) => encoding === top) };
  } finally {
    await call.end();
  }
}

async function stepClient() {
  const call = await Call.make(['viewer']);
  try {
    await call.lab.link('server', 'viewer', `both delay 10ms ${queue} rate 2500kbit`);
    await sleep(3000);
    const joined = Date.now();
    const viewer = startViewer(call, 'viewer', 'View', 82);
    await sleep(1000);
    const before = await watchRouter(call, 'View', 20);
    const top = summarize(before.slice(-40)).encoding;
    await call.lab.set('server', 'viewer', 'up rate 500kbit');
    const down = await watchRouter(call, 'View', 30);
    await call.lab.set('server', 'viewer', 'up rate 2500kbit');
    const up = await watchRouter(call, 'View', 30);
    const whole = clientRow(before.concat(down, up), 0, await viewer.done, joined);
    return {
      'all of it': { ...whole, downAfterMs: timeUntil(down, down[0].at, ({ encoding }) => encoding < top), topAfterMs: timeUntil(up, up[0].at, ({ encoding }) => encoding === top) },
    };
  } finally {
    await call.end();
  }
}

/** Nine on good links, one on a small one; a C client publishes, as ten browsers are too much for one machine. */
async function amongNine() {
  const call = await Call.make(['good', 'bad'], { publisher: 'client' });
  try {
    await call.lab.link('server', 'good', 'both delay 10ms');
    await call.lab.link('server', 'bad', `both delay 10ms ${queue} rate 300kbit`);
    const names = Array.from({ length: 9 }, (_, index) => `Good${index + 1}`);
    const joined = Date.now();
    const viewers = [...names.map((name) => startViewer(call, 'good', name, 40)), startViewer(call, 'bad', 'Slow', 40)];
    await sleep(14000);
    const encodings = [];
    const slow = watchRouter(call, 'Slow', 20);
    for (let i = 0; i < 40; i += 1) {
      const { participants } = call.room();
      for (const name of names) encodings.push(participants.find((one) => one.name === name).connection.slots.find(({ publication }) => publication.endsWith('/camera')).encoding);
      await sleep(500);
    }
    const samples = await slow;
    const ended = await Promise.all(viewers.map(({ done }) => done));
    const best = encodings.filter((encoding) => encoding === 2).length;
    return { ...clientRow(samples, 3e5, ended.at(-1), joined), 'top encoding at the nine': `${Math.round((best * 100) / encodings.length)} % of ${encodings.length} looks` };
  } finally {
    await call.end();
  }
}

async function step() {
  const call = await Call.make(['viewer']);
  try {
    await call.lab.link('server', 'viewer', `both delay 10ms ${queue} rate 2500kbit`);
    const page = await call.page('viewer', 'View', { source: 'none' });
    await untilSees(page, ['Pub'], 30000);
    const before = await watch(call, page, 'View', 25);
    const top = summarize(before.slice(-40)).encoding;
    await call.lab.set('server', 'viewer', 'up rate 500kbit');
    const down = await watch(call, page, 'View', 30);
    await call.lab.set('server', 'viewer', 'up rate 2500kbit');
    const up = await watch(call, page, 'View', 30);
    return {
      'before': summarize(before.slice(-40), 2500000),
      'at 500 kbit/s': { ...summarize(down, 500000), downAfterMs: timeUntil(down, down[0].at, ({ encoding }) => encoding < top) },
      'back at 2.5 Mbit/s': { ...summarize(up, 2500000), topAfterMs: timeUntil(up, up[0].at, ({ encoding }) => encoding === top) },
    };
  } finally {
    await call.end();
  }
}

/** Two viewers in one namespace, behind one link. */
async function shared() {
  const call = await Call.make(['viewers']);
  try {
    await call.lab.link('server', 'viewers', `both delay 10ms ${queue} rate 2000kbit`);
    const pages = [await call.page('viewers', 'One', { source: 'none' }), await call.page('viewers', 'Two', { source: 'none' })];
    for (const page of pages) await untilSees(page, ['Pub'], 30000);
    await sleep(15000);
    const [one, two] = await Promise.all([watch(call, pages[0], 'One', 20), watch(call, pages[1], 'Two', 20)]);
    return { one: summarize(one, 2000000), two: summarize(two, 2000000) };
  } finally {
    await call.end();
  }
}

const links = {
  '5 Mbit/s': ['rate 5mbit', 5e6],
  '1 Mbit/s': ['rate 1mbit', 1e6],
  '300 kbit/s': ['rate 300kbit', 3e5],
  '10 % random loss': ['rate 10mbit loss 10%', 0],
  '5 % random loss': ['rate 10mbit loss 5%', 0],
  '5 % burst loss': ['rate 10mbit burst 1.3%/25%', 0],
  '100 ms +- 30 ms jitter': ['rate 10mbit delay 100ms jitter 30ms', 0],
};
const rows = Object.fromEntries(Object.entries(links).flatMap(([name, [settings, rate]]) => [
  [`${name}, Chromium`, () => steady(settings, 30, rate)],
  [`${name}, C client`, () => steadyClient(settings, 30, rate)],
]));
Object.assign(rows, {
  'step 2.5 -> 0.5 -> 2.5 Mbit/s, Chromium': step,
  'step 2.5 -> 0.5 -> 2.5 Mbit/s, C client': stepClient,
  'two viewers on 2 Mbit/s, Chromium': shared,
  'one on 300 kbit/s among nine, C clients': amongNine,
});

const columns = ['encoding', 'width', 'fps', 'kbps', 'share', 'queueP95', 'freezes', 'freezeSeconds', 'longestStillMs', 'estimateKbps'];
const titles = ['encoding', 'width', 'frames/s', 'kbit/s', '% of the link', 'queue p95 ms', 'freezes', 'frozen s', 'longest still ms', 'estimate kbit/s', 'more'];

function tableRow(name, row) {
  const rest = Object.entries(row).filter(([key]) => !columns.includes(key)).map(([key, value]) => `${key} ${value}`);
  return `| ${[name, ...columns.map((key) => row[key] ?? ''), rest.join(', ')].join(' | ')} |`;
}

const { flags: { write: isWritten }, words: wanted } = options({}, ['write']);
const unknown = wanted.find((name) => !(name in rows));
if (unknown) refuse(`there is no row '${unknown}'; the rows are:\n  ${Object.keys(rows).join('\n  ')}`, 2);
if (isWritten && wanted.length > 0) refuse('--write writes the whole table: name no rows beside it', 2);
needLab('./dev lab quality');
const lines = [`| link | ${titles.join(' | ')} |`, `|${'---|'.repeat(titles.length + 1)}`];
for (const [name, run] of Object.entries(rows)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const result = await run();
  const parts = 'fps' in result ? { '': result } : result;
  for (const [part, row] of Object.entries(parts)) {
    lines.push(tableRow(part ? `${name}: ${part}` : name, row));
    console.log(lines.at(-1));
  }
}
if (isWritten) {
  writeFileSync(new URL('../../docs/quality.md', import.meta.url), `# Quality on bad links

Chromium publishes three encodings (1280x720, 640x360, 320x180), Chromium watches behind an emulated link (10 ms one way, a queue of
300 ms unless the row says otherwise). Steady rows are measured from 12 s after the join on. \`encoding\` is the median (0: lowest),
\`longest still\` the longest time without a decoded frame seen by a sample each 250 ms, \`queue p95\` what the round-trip time
grew by. Of C clients \`longest still\` is from the first picture on. Made by \`./dev lab quality --write\` on a machine with two shared cores, on which all programs ran.

${lines.join('\n')}
`);
}
