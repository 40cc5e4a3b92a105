// One publisher and many subscribers, all real Chromium: what a livestream costs the server when nobody of it is
// ours, beside the same load by heddle-bench.
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer } from '../signaling_client.mjs';
import { launchChromium } from './browser.mjs';
import { eventually, roomOf, sleep, untilMediaFlows } from './wait.mjs';

const program = process.env.HEDDLE_BENCH ?? fileURLToPath(new URL('../../../build/heddle-bench', import.meta.url));
const ROOM = 'crowd';
const FRAMES_PER_S = 30;
const BITRATE = 1_800_000;
const SPANS = 5; // of a second, that the bench measures
const WINDOW = 750; // ms

/** A command that runs before all that is not such a one. */
const atOnce = (...command) => ['chrt', ['--fifo', '1', ...command]];

/** Nanoseconds of CPU that a process has used, by the kernel's accounting of its threads. */
const cpuNs = (pid) => readdirSync(`/proc/${pid}/task`)
  .reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]), 0);

async function openLibrary(browser, server) {
  const context = await browser.newContext({ bypassCSP: true }); // the worker below has no address of its own
  const page = await context.newPage();
  await page.goto(server.url); // stays in its prejoin; the calls are made with the library beside it
  return page;
}

/**
 * Many small squares that move: a picture that takes as many bits as the encoder may use. It may at once: from a
 * machine that starts browsers the estimate of the bandwidth needs half a minute to get there.
 */
function publish(bitrate, framesPerS, room) {
  const { setRemoteDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setRemoteDescription = function set({ type, sdp }) {
    const rates = `x-google-min-bitrate=${bitrate / 1000};x-google-start-bitrate=${bitrate / 1000}`;
    return setRemoteDescription.call(this, { type, sdp: sdp.replace(/(a=rtpmap:(\d+) VP8\/90000\r\n)/g, `$1a=fmtp:$2 ${rates}\r\n`) });
  };
  const [width, height] = [640, 360];
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  let frame = 0;
  setInterval(() => {
    frame += 1;
    for (let i = 0; i < 200; i += 1) {
      context.fillStyle = `hsl(${(i * 37 + frame * 3) % 360} 70% 50%)`;
      context.fillRect((i * 97 + frame * 7) % width, (i * 53 + frame * 5) % height, 24, 24);
    }
  }, 1000 / framesPerS);
  const stream = canvas.captureStream(framesPerS);
  return import('./call.js').then(({ Call }) => {
    window.call = new Call({ page: location.href, room, name: 'publisher' });
    window.call.join();
    window.call.publish({ source: 'camera', kind: 'video', track: stream.getVideoTracks()[0], stream, muted: false, encodings: [{ maxBitrate: bitrate }] });
  });
}

/**
 * Each received frame is replaced by one of 16 x 16 before it is decoded: dozens of receivers then
 * cost what their network stacks cost. Dropped frames would be missed: the receiver would ask for
 * keyframes all the time, as none does that decodes.
 */
const transformer = `
  let tiny;
  const encoder = new VideoEncoder({ output(chunk) { tiny = new ArrayBuffer(chunk.byteLength); chunk.copyTo(tiny); }, error(reason) { throw reason; } });
  encoder.configure({ codec: 'vp8', width: 16, height: 16 });
  const picture = new VideoFrame(new Uint8Array(16 * 16 * 3 / 2), { format: 'I420', codedWidth: 16, codedHeight: 16, timestamp: 0 });
  encoder.encode(picture, { keyFrame: true });
  picture.close();
  const isReady = encoder.flush();
  onrtctransform = async ({ transformer: { readable, writable } }) => {
    await isReady;
    readable.pipeThrough(new TransformStream({ transform(frame, out) { frame.data = tiny.slice(0); out.enqueue(frame); } })).pipeTo(writable);
  };`;

function subscribe(count, work, room) {
  const worker = new Worker(URL.createObjectURL(new Blob([work])));
  const Real = RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    addTransceiver(...parameters) {
      const transceiver = super.addTransceiver(...parameters);
      transceiver.receiver.transform = new RTCRtpScriptTransform(worker);
      return transceiver;
    }
  };
  return import('./call.js').then(({ Call }) => {
    window.calls = Array.from({ length: count }, (_, i) => new Call({ page: location.href, room, name: `viewer ${i}` }));
    for (const call of window.calls) call.join();
  });
}

async function read(server) {
  const rooms = await (await fetch(new URL('/api/v1/rooms', server.url))).json();
  const [worker] = rooms.server.workers;
  const room = await roomOf(server, ROOM);
  const publisher = room.participants.find(({ name }) => name === 'publisher').connection;
  return { ...worker, at: performance.now(), cpu: cpuNs(server.child.pid), bps: publisher.publications[0]?.encodings[0]?.bps ?? 0 };
}

/** The middle of each figure of these. */
function median(samples) {
  const middle = (name) => samples.map((sample) => sample[name]).sort((a, b) => a - b)[samples.length >> 1];
  return Object.fromEntries(Object.keys(samples[0]).map((name) => [name, middle(name)]));
}

/** What the server did from one reading to the next. */
function window(before, after) {
  const grown = (name) => after[name] - before[name];
  return {
    usPerPacket: grown('cpu') / 1000 / grown('packets_out'),
    packetsPerS: grown('packets_out') / grown('at') * 1000,
    packetsPerMessage: grown('datagrams_out') / grown('messages_out'),
  };
}

async function runBench(subscribers, bps) {
  const { stdout } = await promisify(execFile)(...atOnce(program, 'forward', '--subscribers', String(subscribers), '--video',
    `640x360@${FRAMES_PER_S}:${Math.round(bps / 1000)}k`, '--seconds', String(SPANS), '--repeats', String(SPANS), '--json', '--quiet'));
  return median(JSON.parse(stdout).rows.map((row) => ({ usPerPacket: row.cpu_us, packetsPerS: row.packets_per_s, packetsPerMessage: row.packets_per_message })));
}

/**
 * CPU time of the whole server process for a packet, with so many real viewers and with the bench's. Both run in the
 * same seconds, so that what else the machine does meets both; and the servers before all else, since one that has to
 * wait finds a whole frame in its socket, and sends it by fewer and larger messages, which cost half as much.
 */
export async function compareWithBrowsers(subscribers) {
  const server = await startServer(['--open', '--mesh-max', '0'], atOnce);
  const browsers = await Promise.all([launchChromium(), launchChromium()]);
  try {
    const [publisher, viewers] = await Promise.all(browsers.map((browser) => openLibrary(browser, server)));
    await publisher.evaluate(`(${publish})(${BITRATE}, ${FRAMES_PER_S}, '${ROOM}')`);
    await viewers.evaluate(`(${subscribe})(${subscribers}, ${JSON.stringify(transformer)}, '${ROOM}')`);
    await untilMediaFlows(server, ROOM, subscribers);
    let now;
    await eventually('the publisher\'s bitrate', async () => (now = await read(server)).bps > BITRATE * 0.95, 15000, 250);
    let isOver = false;
    const bench = runBench(subscribers, now.bps).finally(() => { isOver = true; });
    const windows = [];
    while (!isOver) {
      const before = now;
      await sleep(WINDOW);
      now = await read(server);
      windows.push(window(before, now));
    }
    return { browsers: median(windows), bench: await bench };
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()));
    await server.stop();
  }
}
