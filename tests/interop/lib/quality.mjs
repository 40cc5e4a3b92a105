// A publisher with three encodings, and viewers behind emulated links: what each viewer sees while its link changes.
// Used by quality.test.mjs, and by tests/lab/quality.mjs for the table in docs/quality.md.
import { execFileSync } from 'node:child_process';
import { startServer } from '../signaling_client.mjs';
import { launchChromium } from './browser.mjs';
import { startClient, startWriter } from './client.mjs';
import { Lab } from './lab.mjs';
import { find, openPage, until, untilSees } from './pages.mjs';
import { sleep } from './wait.mjs';

const PORT = 8080;
const SAMPLE_INTERVAL = 250;
const BASE_DELAY = 10; // ms one way, in every link

export const percentile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

/** A call in the laboratory: server, publisher, and viewers in namespaces of their own. */
export class Call {
  /**
   * @param {string[]} viewers names of namespaces
   * @param {{publisher?: 'chromium'|'client', key?: string, server?: string[], upLink?: string[], prepare?:
   *   (call: Call) => Promise<void>}} options key: of an encrypted room, in which a client publishes and writes;
   *   upLink: for the emulator of the publisher's link; prepare: makes networks before any program starts; a NAT that
   *   comes later would change the address of a call that runs
   */
  static async make(viewers, { publisher = 'chromium', key = '', server = ['--mesh-max', '0'], upLink = [], prepare } = {}) {
    const call = new Call();
    call.lab = await Lab.make('server', 'publisher', ...viewers);
    const address = call.lab.address('server');
    await call.lab.link('server', 'publisher', `both delay ${BASE_DELAY}ms`, ...upLink);
    await prepare?.(call);
    call.options = ['--open', ...server, '--public-ip', address, '--http', `${address}:${PORT}`];
    call.server = await startServer(call.options, (...command) => call.lab.inside('server', ...command));
    call.browsers = [];
    if (publisher === 'chromium') {
      call.publisher = await call.page('publisher', 'Pub', { size: '1280x720', simulcast: true });
    } else if (key) {
      call.writer = startWriter(call.server, { room: 'lab', name: 'Pub', key, inside: (...command) => call.lab.inside('publisher', ...command) });
      call.clients = [call.writer];
    } else {
      call.publisher = null;
      call.clients = [startClient(call.server, { room: 'lab', name: 'Pub', duration: 600, inside: (...command) => call.lab.inside('publisher', ...command),
        args: ['--receive', 'none', '--simulcast', '3', '--temporal', '3', '--video', '640x360@15:800k'] })];
    }
    return call;
  }

  async browser(name) {
    const args = [`--unsafely-treat-insecure-origin-as-secure=${new URL(this.server.url).origin}`];
    const browser = await launchChromium({ args, executablePath: this.lab.wrapper(name, '/usr/bin/chromium') });
    this.browsers.push(browser);
    return browser;
  }

  /** A page in a namespace. */
  async page(where, name, more = {}) {
    return openPage(await this.browser(where), this.server, { room: 'lab', name, ...more });
  }

  room() {
    const text = execFileSync(...this.lab.inside('server', 'curl', '-s', `${this.server.url}api/v1/rooms/lab`)).toString();
    return JSON.parse(text);
  }

  async end() {
    for (const browser of this.browsers) await browser.close();
    for (const { child } of this.clients ?? []) child.kill('SIGKILL');
    await this.server.stop();
    await this.lab.end();
  }

  /** What the router knows of a viewer and of the picture it sends. Who asks for several viewers hands in one answer of
   * room(): the server gathers statistics a few times a second only. */
  state(viewer, room = this.room()) {
    const { connection } = room.participants.find(({ name }) => name === viewer);
    const slot = connection.slots.find(({ publication }) => publication.endsWith('/camera'));
    return { estimate: connection.estimate_bps, rtt: connection.rtt_ms, bytes: connection.out.bytes, encoding: slot?.encoding ?? -1, state: slot?.state ?? '' };
  }
}

/** Watches for `seconds`, or until `isEnough(samples)`: one sample each quarter of a second. */
export async function watch(call, page, viewer, seconds, isEnough = () => false) {
  const samples = [];
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end && !isEnough(samples)) {
    const next = Date.now() + SAMPLE_INTERVAL;
    const picture = find(await page.stats(), 'Pub', 'camera') ?? { frames: 0, freezes: 0, freezeSeconds: 0, width: 0 };
    samples.push({ at: Date.now(), ...call.state(viewer), frames: picture.frames, freezes: picture.freezes, freezeSeconds: picture.freezeSeconds, width: picture.width });
    await sleep(Math.max(0, next - Date.now()));
  }
  return samples;
}

/** The same of a C client: what the router knows, a sample each quarter of a second. */
export async function watchRouter(call, viewer, seconds) {
  const samples = [];
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const next = Date.now() + SAMPLE_INTERVAL;
    samples.push({ at: Date.now(), ...call.state(viewer), frames: 0, freezes: 0, freezeSeconds: 0, width: 0 });
    await sleep(Math.max(0, next - Date.now()));
  }
  return samples;
}

/** A C client that only watches. */
export function startViewer(call, where, name, duration) {
  const inside = (...command) => call.lab.inside(where, ...command);
  return startClient(call.server, { room: 'lab', name, duration, args: ['--send', 'none'], inside });
}

/** The longest time without a decoded frame, in the unit of `at`, as seen by the samples. */
export function longestStill(samples) {
  let longest = 0;
  let since = samples[0].at;
  for (let i = 1; i < samples.length; i += 1) {
    if (samples[i].frames === samples[i - 1].frames) longest = Math.max(longest, samples[i].at - since);
    else since = samples[i].at;
  }
  return longest;
}

/** One row of the table, from the samples of a steady time. `rate` in bit/s; 0: unlimited. */
export function summarize(samples, rate = 0) {
  const [first, last] = [samples[0], samples.at(-1)];
  const seconds = (last.at - first.at) / 1000;
  const encodings = samples.map(({ encoding }) => encoding);
  return {
    encoding: percentile(encodings, 0.5),
    width: last.width,
    fps: Math.round(((last.frames - first.frames) / seconds) * 10) / 10,
    kbps: Math.round(((last.bytes - first.bytes) * 8) / seconds / 1000),
    share: rate ? Math.round(((last.bytes - first.bytes) * 8 * 100) / seconds / rate) : null,
    queueP95: Math.round(Math.max(0, percentile(samples.map(({ rtt }) => rtt), 0.95) - 2 * BASE_DELAY)),
    freezes: last.freezes - first.freezes,
    freezeSeconds: Math.round((last.freezeSeconds - first.freezeSeconds) * 100) / 100,
    longestStillMs: longestStill(samples),
    estimateKbps: Math.round(percentile(samples.map(({ estimate }) => estimate), 0.5) / 1000),
  };
}

/** How long after `since` the first sample fits, in ms; null: never. */
export function timeUntil(samples, since, fits) {
  const sample = samples.find((one) => one.at >= since && fits(one));
  return sample ? sample.at - since : null;
}

export { find, until, untilSees };
