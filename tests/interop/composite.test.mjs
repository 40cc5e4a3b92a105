// What a mixer makes of a room leaves it as H.264 and AAC.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startClient, UNTIL_TOLD } from './lib/client.mjs';
import { eventually, roomOf, untilMediaFlows } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

const PLAYS_TO = 2000; // ms before its end at the least, whatever became of the recorder
const IN_SYNC = 40; // ms between a flash and its beep
const SECONDS = 6; // of a file that is looked at
const PERIOD = 1; // s: a flash and a beep begin each
const RATE = 48000;

/** The pid of a program that the server has started; 0: none. */
function programOf(server, name) {
  try {
    return Number(execFileSync('pgrep', ['-P', String(server.child.pid), name]));
  } catch {
    return 0;
  }
}

const ask = (server, what) => fetch(`${server.url}api/v1/rooms/mixed/${what}`, { method: 'POST' });

/** A room with a mixer: one sends flashes with beeps, one a blue picture and no sound. */
async function mixedRoom(t, folder, args) {
  const server = await startServer(['--open', '--mesh-max', '0', '--recordings', folder, ...args]);
  t.after(() => server.stop());
  const ffmpeg = (source, file, more) => execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...more, path.join(folder, file)]);
  ffmpeg(`color=black:size=320x180:rate=25:duration=${PERIOD},drawbox=color=white:t=fill:enable='lt(t,0.199)'`, 'flash.y4m', ['-pix_fmt', 'yuv420p']);
  ffmpeg(`aevalsrc='if(lt(t,0.2),0.5*sin(2*PI*1000*t),0)':s=${RATE}:d=${PERIOD}`, 'beep.wav', ['-ac', '2']);
  ffmpeg(`color=blue:size=320x180:rate=15:duration=2`, 'blue.y4m', ['-pix_fmt', 'yuv420p']);
  const sends = { Weft: ['flash.y4m', 'beep.wav'], Warp: ['blue.y4m'] };
  const clients = Object.entries(sends).map(([name, files]) => startClient(server,
    { room: 'mixed', name, duration: UNTIL_TOLD, args: files.flatMap((file) => ['--send', path.join(folder, file)]) }));
  t.after(() => clients.forEach(({ child }) => child.kill('SIGKILL')));
  await untilMediaFlows(server, 'mixed', 2);
  assert.equal((await ask(server, 'pin?topology=mcu')).status, 200);
  await eventually('mixed', async () => (await roomOf(server, 'mixed')).topology === 'mcu');
  assert.equal((await ask(server, 'recording?state=on')).status, 200);
  const own = await eventually('a folder', () => readdirSync(folder).find((name) => name.startsWith('mixed-')), 10000);
  return { server, folder: path.join(folder, own) };
}

/** What ffprobe reads in a file: of each stream the codec, and the times of its first and last packets (wall, ms). */
function probe(file) {
  const { streams, packets, format } = JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-show_streams', '-show_packets', '-show_format', '-show_entries',
    'stream=index,codec_name,width,height:packet=stream_index,pts_time,flags:format_tags=creation_time,date', '-of', 'json', file], { maxBuffer: 1e8 }));
  const began = Date.parse(format.tags?.date ?? format.tags?.creation_time ?? 0);
  return streams.map(({ index, codec_name: codec, width, height }) => {
    const times = packets.filter((packet) => packet.stream_index === index).map(({ pts_time: time }) => began + 1000 * Number(time));
    return { codec, width, height, first: Math.min(...times), last: Math.max(...times) };
  });
}

const lengthOf = (file) => Math.min(...probe(file).map(({ first, last }) => last - first));
const run = (args) => execFileSync('ffmpeg', ['-v', 'fatal', ...args], { maxBuffer: 1e9 });

/** The port at which a folder is served as any web server does it. */
async function served(t, folder) {
  const web = createServer((request, response) => {
    createReadStream(path.join(folder, request.url)).on('error', () => response.writeHead(404).end()).pipe(response);
  });
  t.after(() => web.close());
  await once(web.listen(0, '127.0.0.1'), 'listening');
  return web.address().port;
}

/** When something begins: the times of those that are so behind one that is not. */
const begins = (list) => list.filter(({ is }, i) => i > 0 && is && !list[i - 1].is).map(({ at }) => at);

/** When the flashes and the beeps of a file begin, by the wall clock (ms). */
function flashesAndBeeps(file, decoder = []) {
  const read = (args) => JSON.parse(execFileSync('ffprobe', ['-v', 'error', ...args, '-of', 'json', file], { maxBuffer: 1e8 }));
  const { tags } = read(['-show_entries', 'format_tags=creation_time,date']).format;
  const times = read(['-select_streams', 'v', '-show_entries', 'frame=pts_time']).frames;
  const luma = run(['-copyts', '-i', file, '-map', '0:v', '-vsync', 'passthrough', '-vf', 'scale=1:1:flags=area', '-pix_fmt', 'gray', '-f', 'image2pipe', '-c:v', 'rawvideo', '-']);
  assert.equal(luma.length, times.length, 'every picture is decoded');
  const pcm = run([...decoder, '-copyts', '-i', file, '-map', '0:a', '-af', 'aresample=async=1:min_hard_comp=0.005:first_pts=0', '-ac', '1', '-ar', String(RATE), '-f', 's16le', '-']);
  const isLoud = (ms) => {
    let most = 0;
    for (let i = 0; i < 48; i++) most = Math.max(most, Math.abs(pcm.readInt16LE(96 * ms + 2 * i)));
    return most > 2000;
  };
  let until = 0; // a gap in a beep is not its end
  const sounds = Array.from({ length: Math.floor(pcm.length / 96) }, (_, at) => {
    if (isLoud(at)) until = at + 300;
    return { is: at < until, at };
  });
  const threshold = (Math.min(...luma) + Math.max(...luma)) / 2;
  const pictures = times.map(({ pts_time: at }, i) => ({ at: 1000 * Number(at), is: luma[i] > threshold }));
  const began = Date.parse(tags.date ?? tags.creation_time);
  return { flashes: begins(pictures).map((at) => began + at), beeps: begins(sounds).map((at) => began + at) };
}

/** How far from each time the nearest of others is: of those that both have, since one may be shorter. */
function farthest(times, others) {
  const shared = times.filter((at) => at > others[0] - 500 && at < others.at(-1) + 500);
  assert.ok(shared.length >= SECONDS - 2, `${times} and ${others}`);
  return Math.max(...shared.map((at) => Math.min(...others.map((other) => Math.abs(other - at)))));
}

test('the composite is recorded as MP4, in sync, and a killed recorder costs two seconds', async (t) => {
  const parent = mkdtempSync(path.join(tmpdir(), 'heddle-mp4-'));
  t.after(() => rmSync(parent, { recursive: true }));
  const { server, folder } = await mixedRoom(t, parent, ['--mp4', '--encoder', 'vaapi']);
  const mp4 = path.join(folder, 'mix.mp4');
  // A card that works, or why there is none.
  await server.logs(/mixed\/recorder: the composite is encoded by (h264_vaapi|libx264, not as asked for \(h264_vaapi: .+\))$/m);
  await eventually('some seconds of it', () => existsSync(mp4) && lengthOf(mp4) > 1000 * SECONDS, 20000, 500);
  process.kill(programOf(server, 'heddle-record'), 'SIGKILL');
  const killed = Date.now();
  const streams = probe(mp4);
  assert.deepEqual(streams.map(({ codec }) => codec), ['h264', 'aac']);
  assert.deepEqual([streams[0].width, streams[0].height], [1280, 720]);
  const missing = streams.map(({ last }) => killed - last);
  assert.ok(Math.max(...missing) < PLAYS_TO && Math.min(...missing) > 0, `missing: ${missing} ms`);
  const [encoded, sent] = [flashesAndBeeps(mp4), flashesAndBeeps(path.join(folder, 'mix.webm'), ['-c:a', 'libopus'])];
  const [picture, sound] = [farthest(encoded.flashes, sent.flashes), farthest(encoded.beeps, sent.beeps)];
  t.diagnostic(`missing: ${missing.map(Math.round)} ms; against what the mixer sent: pictures ${picture.toFixed(1)} ms, sound ${sound.toFixed(1)} ms`);
  assert.ok(picture + sound < IN_SYNC, `pictures ${picture} ms, sound ${sound} ms`);
});

test('the composite is live as HLS, for players that come later', async (t) => {
  const parent = mkdtempSync(path.join(tmpdir(), 'heddle-hls-'));
  t.after(() => rmSync(parent, { recursive: true }));
  const live = path.join(parent, 'live');
  const { server } = await mixedRoom(t, parent, ['--hls', live]);
  const list = path.join(live, 'mixed', 'live.m3u8');
  await eventually('three segments', () => existsSync(list) && readFileSync(list, 'utf8').match(/^live-/gm)?.length >= 3, 20000, 200);
  const port = await served(t, live);
  // It begins with the third segment from the end, and goes on with what comes while it plays.
  const played = path.join(parent, 'played.mkv');
  await promisify(execFile)('ffmpeg', ['-v', 'fatal', '-i', `http://127.0.0.1:${port}/mixed/live.m3u8`, '-t', '8', '-map', '0', '-c', 'copy', played]);
  assert.equal(execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', played, '-f', 'null', '-'], { encoding: 'utf8' }), '');
  const streams = probe(played);
  assert.deepEqual(streams.map(({ codec }) => codec), ['h264', 'aac']);
  assert.ok(streams.every(({ first, last }) => last - first > 7500), JSON.stringify(streams));
  assert.equal((await ask(server, 'recording?state=off')).status, 200);
  await eventually('the list is ended', () => readFileSync(list, 'utf8').endsWith('#EXT-X-ENDLIST\n'));
  assert.deepEqual(readdirSync(live).map((name) => name.replace(/\d{8}T\d{6}Z/, 'TIME')).sort(), ['mixed', 'mixed-TIME-live']);
});

/** FFmpeg as an RTMP server for one who comes; it writes what comes to a file. */
function rtmpServer(t, url, file) {
  const child = spawn('ffmpeg', ['-v', 'error', '-listen', '1', '-i', url, '-map', '0', '-c', 'copy', '-f', 'matroska', '-flush_packets', '1', file], { stdio: ['pipe', 'ignore', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

const canRead = (file) => {
  try {
    return existsSync(file) && lengthOf(file) > 2000;
  } catch {
    return false; // its header is not written yet
  }
};

test('the composite goes to an RTMP server, which may hang or go away: the recording goes on', async (t) => {
  const parent = mkdtempSync(path.join(tmpdir(), 'heddle-rtmp-'));
  t.after(() => rmSync(parent, { recursive: true }));
  const held = [];
  const silent = createTcpServer((socket) => held.push(socket.on('error', () => undefined))); // takes all and says nothing
  const stopSilence = () => {
    silent.close();
    held.forEach((socket) => socket.destroy());
  };
  t.after(stopSilence);
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const { port } = silent.address();
  const url = (room) => `rtmp://127.0.0.1:${port}/live/${room}`;
  const { server, folder } = await mixedRoom(t, parent, ['--mp4', '--rtmp', url('{room}')]);
  const told = async () => {
    const { recording, recording_reason: reason } = await roomOf(server, 'mixed');
    return `${recording} ${reason ?? 'well'}`;
  };
  await eventually('it hangs', async () => await told() === 'on push-failed', 20000);
  const ended = once(silent, 'close');
  stopSilence();
  await ended;
  const [first, second] = ['first.mkv', 'second.mkv'].map((name) => path.join(parent, name));
  const one = rtmpServer(t, url('mixed'), first);
  await eventually('somebody is there', async () => await told() === 'on well', 20000);
  await eventually('it arrives', () => canRead(first), 20000, 200);
  one.kill('SIGKILL');
  await eventually('nobody is there', async () => await told() === 'on push-failed', 10000);
  rtmpServer(t, url('mixed'), second);
  await eventually('another one gets it', () => canRead(second), 20000, 200);
  assert.equal(await told(), 'on well');
  assert.equal((await ask(server, 'recording?state=off')).status, 200);
  await eventually('the recorder has ended', () => programOf(server, 'heddle-record') === 0, 10000);
  for (const file of [first, second]) {
    assert.deepEqual(probe(file).map(({ codec }) => codec), ['h264', 'aac']);
    run(['-xerror', '-i', file, '-f', 'null', '-']);
  }
  const mp4 = path.join(folder, 'mix.mp4');
  const { packets } = JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'json', mp4], { maxBuffer: 1e8 }));
  const gap = Math.max(...packets.slice(1).map(({ pts_time: at }, i) => at - packets[i].pts_time));
  assert.ok(gap < 1, `a gap of ${gap} s in the recording`);
});
