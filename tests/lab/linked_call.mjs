// One run of a row of docs/links.md: Chromium publishes, Chromium watches, and one link between them is narrow.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Call, longestStill, percentile } from '../interop/lib/quality.mjs';
import { eventually, sleep } from '../interop/lib/wait.mjs';

const SAMPLE_INTERVAL = 250;
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Where the narrow link is: media goes over it from one namespace to another. `a`, `b`: as the laboratory knows the
 * link, `direction`: of media in it.
 */
export const ways = {
  viewer: { title: "router, viewer's link", from: 'server', to: 'viewer', a: 'server', b: 'viewer', direction: 'up' },
  publisher: { title: "router, publisher's link", from: 'publisher', to: 'server', a: 'server', b: 'publisher', direction: 'down' },
  direct: { title: 'direct', from: 'publisher', to: 'viewer', a: 'publisher', b: 'viewer', direction: 'up', isDirect: true },
};

/** In a page: what came in by the router, or direct, and what Chromium's own estimate for that connection is. */
async function readPage(isDirect) {
  const total = { bytes: 0, frames: 0, freezes: 0, freezeSeconds: 0, width: 0, concealed: 0, samples: 0, estimate: 0 };
  for (const [remote, { peerConnection }] of window.heddle.call?.connections ?? []) {
    if ((remote === 'router') === isDirect) continue; // whoever is alone is connected to the router
    for (const entry of (await peerConnection.pc.getStats()).values()) {
      if (entry.type === 'candidate-pair') total.estimate = Math.max(total.estimate, entry.availableOutgoingBitrate ?? 0);
      if (entry.type !== 'inbound-rtp') continue;
      total.bytes += entry.bytesReceived ?? 0;
      total.frames += entry.framesDecoded ?? 0;
      total.freezes += entry.freezeCount ?? 0;
      total.freezeSeconds += entry.totalFreezesDuration ?? 0;
      total.width = Math.max(total.width, entry.frameWidth ?? 0);
      total.concealed += (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0);
      total.samples += entry.totalSamplesReceived ?? 0;
    }
  }
  return total;
}

async function makeCall(way, folder) {
  const log = ['--log', path.join(folder, 'log')];
  const links = { viewer: [['server', 'viewer', log]], publisher: [['server', 'viewer', []]], direct: [['server', 'viewer', []], ['publisher', 'viewer', log]] }[way];
  const call = await Call.make(['viewer'], {
    server: ways[way].isDirect ? [] : ['--mesh-max', '0'],
    upLink: way === 'publisher' ? log : [],
    prepare: async ({ lab }) => {
      for (const [a, b, options] of links) await lab.link(a, b, 'both delay 10ms', ...options);
    },
  });
  await eventually('the publisher is in', () => call.room().participants?.some(({ connection }) => connection?.in.packets > 0));
  if (ways[way].isDirect) execFileSync(...call.lab.inside('server', 'curl', '-sf', '-X', 'POST', `${call.server.url}api/v1/rooms/lab/pin?topology=mesh`));
  return Object.assign(call, { children: [] });
}

/** A TCP transfer that fills the link beside the call. @returns {Promise<number>} kbit/s */
async function transfer(call, { from, to }, congestion, seconds) {
  const child = spawn(path.join(root, 'build/lab/linktcp'), ['--from', call.lab.namespace(from), '--to', call.lab.namespace(to), '--address', call.lab.address(to),
    '--congestion', congestion, '--duration', String(seconds)], { stdio: ['ignore', 'pipe', 'inherit'] });
  call.children.push(child);
  let output = '';
  child.stdout.on('data', (data) => { output += data; });
  await once(child, 'close');
  return Math.round(JSON.parse(output).rate_kbit);
}

/** The router's estimate for the viewer, or what the publisher's Chromium estimates by itself. */
async function estimateOf(call, way) {
  if (way !== 'viewer') return (await call.publisher.evaluate(readPage, way === 'direct')).estimate;
  return call.room().participants.find(({ name }) => name === 'View')?.connection?.estimate_bps ?? 0;
}

async function watch(call, way, page, seconds, events) {
  const samples = [];
  const begin = Date.now();
  const due = [...events];
  for (let next = begin; next < begin + seconds * 1000; next += SAMPLE_INTERVAL) {
    await sleep(Math.max(0, next - Date.now()));
    while (due.length > 0 && Date.now() >= begin + due[0].at * 1000) await due.shift().run();
    const [estimate, seen] = await Promise.all([estimateOf(call, way), page.evaluate(readPage, way === 'direct')]);
    samples.push({ ...seen, at: (Date.now() - begin) / 1000, estimate });
  }
  return { begin, samples };
}

/** What the emulator logged of the narrow link, with seconds since `begin`. */
function readLog(folder, direction, begin) {
  const first = direction === 'up' ? 1 : 4;
  return readFileSync(path.join(folder, 'log'), 'utf8').trim().split('\n').map((line) => line.split(',').map(Number))
    .map((fields) => ({ at: (fields[0] - begin) / 1000, bytes: fields[first], drops: fields[first + 1], queueMs: fields[first + 2] }))
    .filter(({ at }) => at >= 0);
}

/**
 * @param {{start: string, steps?: [number, string][], download?: {congestion: string, at: number}}} row settings of the
 *   link, what changes at which second, and what shares it from when on
 * @param {'viewer'|'publisher'|'direct'} way
 * @returns {Promise<{samples: object[], log: object[], download?: number}>} download: what it got, in kbit/s
 */
export async function measure({ start, steps = [], download }, way, seconds) {
  const narrow = ways[way];
  const folder = mkdtempSync(path.join(tmpdir(), 'heddle-links-'));
  let call;
  try {
    call = await makeCall(way, folder);
    const set = (settings) => call.lab.set(narrow.a, narrow.b, `${narrow.direction} ${settings}`);
    const page = await call.page('viewer', 'View', { source: 'none', joins: false });
    await set(start);
    let other;
    const events = steps.map(([at, settings]) => ({ at, run: () => set(settings) }));
    if (download) events.push({ at: download.at, run: () => { other = transfer(call, narrow, download.congestion, seconds - download.at); other.catch(() => {}); } });
    await page.evaluate(() => document.getElementById('join').click());
    const { begin, samples } = await watch(call, way, page, seconds, events);
    return { samples, log: readLog(folder, narrow.direction, begin), download: await other };
  } finally {
    for (const child of call?.children ?? []) child.kill('SIGKILL');
    await call?.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

export { longestStill, percentile };
