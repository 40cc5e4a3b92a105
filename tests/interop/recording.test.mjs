// A room is recorded: a host begins and ends it on the page, everybody is told, a recorder may be killed, a disk may be
// full.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { startClient, UNTIL_TOLD } from './lib/client.mjs';
import { openPage } from './lib/pages.mjs';
import { eventually, roomOf, untilMediaFlows } from './lib/wait.mjs';
import { joined, startServer } from './signaling_client.mjs';

const PLAYS_TO = 2000; // ms before its end at the least, whatever became of the recorder
const APART = 250; // ms: files begin with the first packet, and cameras are slower than microphones
let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

const recorderOf = (server) => {
  try {
    return Number(execFileSync('pgrep', ['-P', String(server.child.pid), 'heddle-record']));
  } catch {
    return 0;
  }
};

/** What ffprobe reads in a file: its streams, with the times of their first and last packets (wall clock, ms). */
function probe(file) {
  const { streams, packets, format } = JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-show_streams', '-show_packets', '-show_format', '-show_entries',
    'stream=index,codec_name:stream_tags=title:packet=stream_index,pts_time:format_tags=creation_time', '-of', 'json', file], { maxBuffer: 1e8 }));
  const times = (index) => packets.filter((packet) => packet.stream_index === index).map(({ pts_time: time }) => Date.parse(format.tags.creation_time) + 1000 * Number(time));
  return streams.map(({ index, codec_name: codec, tags }) => ({ title: tags?.title, codec, first: Math.min(...times(index)), last: Math.max(...times(index)), count: times(index).length }));
}

/** Every picture and every packet of audio of the file can be decoded. */
const decodes = (file) => execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-map', '0', '-f', 'null', '-'], { encoding: 'utf8' });

const untilState = (server, room, state) => eventually((last) => `recording ${state}: ${JSON.stringify(last)}`, async () => {
  const { recording, recording_reason: reason } = await roomOf(server, room);
  return recording === state && (reason ?? 'none');
}, 10000);

/** The chroma at a place of the picture two seconds into a file. */
function pictureOf(file, width, height) {
  const data = execFileSync('ffmpeg', ['-v', 'error', '-ss', '2', '-i', file, '-map', '0:v', '-frames:v', '1', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', '-'], { maxBuffer: 1e8 });
  assert.equal(data.length, width * height * 1.5);
  const chroma = (plane, x, y) => data[width * height * (4 + plane) / 4 + Math.floor(y / 2) * width / 2 + Math.floor(x / 2)];
  const at = (x, y) => ({ u: chroma(0, x, y), v: chroma(1, x, y) });
  at.brightest = (x, y, wide, high) => Array.from({ length: wide * high }, (_, i) => data[(y + Math.floor(i / wide)) * width + x + (i % wide)]).reduce((most, luma) => Math.max(most, luma), 0);
  return at;
}

/** How strong tones are in most tenths of a second of a file, which need not be in phase: amplitudes of 0 to 1. */
function tonesOf(file, frequencies) {
  const rate = 48000;
  // By libopus, as browsers decode: FFmpeg's own decoder may repeat one frame of two tones to the end.
  const bytes = execFileSync('ffmpeg', ['-v', 'error', '-c:a', 'libopus', '-i', file, '-map', '0:a', '-ac', '1', '-ar', String(rate), '-f', 'f32le', '-'], { maxBuffer: 1e8 });
  const samples = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  const parts = Array.from({ length: Math.floor(samples.length * 10 / rate) }, (_, i) => samples.slice(i * rate / 10, (i + 1) * rate / 10));
  return frequencies.map((hertz) => {
    const strengths = parts.map((part) => {
      const along = (wave) => part.reduce((sum, sample, i) => sum + sample * wave(2 * Math.PI * hertz * i / rate), 0);
      return 2 * Math.hypot(along(Math.cos), along(Math.sin)) / part.length;
    });
    return strengths.sort((one, other) => one - other)[Math.floor(strengths.length / 2)];
  });
}

const isMarked = (page) => page.evaluate(() => !document.getElementById('recording').hidden);
const said = (page) => page.evaluate(() => document.getElementById('announcer').textContent);

test('a host has the room recorded, and a killed recorder costs two seconds', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'heddle-recordings-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const server = await startServer(['--open', '--recordings', folder]);
  t.after(() => server.stop());
  const page = await openPage(browser, server, { room: 'daily', name: 'Ann', size: '320x180' });
  t.after(() => page.closeAll());
  await eventually('the page is host', async () => (await roomOf(server, 'daily')).participants?.[0]?.host);
  const clients = ['Weft', 'Warp'].map((name) => startClient(server, { room: 'daily', name, duration: UNTIL_TOLD, quiet: false, args: ['--video', '320x180@15:200k'] }));
  t.after(() => clients.forEach(({ child }) => child.kill('SIGKILL')));
  await untilMediaFlows(server, 'daily', 3);

  await page.click('#people-toggle');
  await page.click('#record');
  await untilState(server, 'daily', 'on');
  await eventually('the page marks it', () => isMarked(page));
  assert.match(await said(page), /being recorded/);
  assert.equal(await page.innerText('#record'), 'Stop recording');
  await eventually(() => clients.map(({ log }) => log).join(), () => clients.every(({ log }) => /recording: on/.test(log)));
  const late = await joined(server, 'daily', { name: 'Late' });
  assert.deepEqual([late.joined.recording, late.joined.can_record, late.joined.participants.length], ['on', true, 3], 'a newcomer is told, and the recorder is in no list');
  assert.equal((await late.ask({ type: 'record', enabled: false }, 'error')).code, 'not-allowed');
  assert.equal((await late.ask({ type: 'recording', state: 'on' }, 'error')).code, 'not-allowed');
  late.kill();
  assert.equal((await (await fetch(`${server.url}api/v1/rooms/daily/preview`)).json()).recording, 'on', 'one knows before one joins');

  const [first] = readdirSync(folder);
  const room = (name) => path.join(folder, name, 'room.webm');
  await eventually('six tracks', () => readdirSync(path.join(folder, first)).length === 4 && probe(room(first)).length === 6);
  const recorder = recorderOf(server);
  assert.equal(Number(execFileSync('ps', ['-o', 'sid=', '-p', String(recorder)])), recorder, "signals of the server's terminal are not for its programs");
  for (const signal of ['SIGUSR1', 'SIGUSR2']) process.kill(recorder, signal);
  await eventually('three seconds of them', () => probe(room(first)).every(({ first: start, last }) => last - start > 3000), 8000, 300);
  assert.equal(recorderOf(server), recorder, 'it was ended by a signal that means nothing to it');
  process.kill(recorder, 'SIGKILL');
  const killedAt = Date.now();
  const left = probe(room(first)).map(({ title, last }) => ({ title, missing: killedAt - last }));
  t.diagnostic(`missing: ${left.map(({ missing }) => missing).join(', ')} ms`);
  assert.ok(left.every(({ missing }) => missing < PLAYS_TO), JSON.stringify(left));
  assert.equal(decodes(room(first)), '');

  await eventually('another recorder', async () => readdirSync(folder).length === 2 && (await roomOf(server, 'daily')).recording === 'on', 8000);
  assert.ok(clients.every(({ log }) => /recording: starting/.test(log)), 'everybody is told that it was interrupted');
  const second = readdirSync(folder).find((name) => name !== first);
  await eventually('six tracks again', () => readdirSync(path.join(folder, second)).length === 4 && probe(room(second)).length === 6);
  await page.click('#record');
  assert.match(await page.innerText('#host-words'), /^Stop recording\? It has run for 0:\d\d\.$/);
  await page.click('#host-question button[value="yes"]');
  await page.waitForFunction(() => document.getElementById('call-notice').checkVisibility() && /^The recording has ended\. It ran for 0:\d\d\.$/.test(document.querySelector('#call-notice p').innerText));
  await untilState(server, 'daily', 'off');
  await eventually('the page has no mark', async () => !await isMarked(page));
  await eventually('the recorder has ended', () => recorderOf(server) === 0);
  assert.equal(decodes(room(second)), '');
  const tracks = probe(room(second));
  assert.deepEqual(tracks.map(({ title, codec }) => `${title}: ${codec}`).sort(),
    ['Ann', 'Warp', 'Weft'].flatMap((name) => [`${name} camera: vp8`, `${name} microphone: opus`]));
  for (const name of ['Ann', 'Warp', 'Weft']) {
    const [own] = readdirSync(path.join(folder, second)).filter((file) => file.includes(name)).map((file) => probe(path.join(folder, second, file)));
    assert.ok(Math.abs(own[0].last - own[1].last) < APART, `${name}: ${JSON.stringify(own)}`);
  }
  assert.deepEqual(page.problems, []);
});

test('a full disk is told to the room, and what fitted plays', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'heddle-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder]);
  t.after(() => {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });
  const server = await startServer(['--open', '--recordings', folder]);
  t.after(() => server.stop());
  const client = startClient(server, { room: 'full', name: 'Weft', duration: UNTIL_TOLD, quiet: false, args: ['--video', '640x360@30:2000k'] });
  t.after(() => client.child.kill('SIGKILL'));
  await eventually('it sends', async () => (await roomOf(server, 'full')).participants?.[0]?.connection?.in.packets > 20);
  const record = (state) => fetch(`${server.url}api/v1/rooms/full/recording?state=${state}`, { method: 'POST' });
  assert.equal((await record('loud')).status, 400);
  assert.equal((await record('on')).status, 200);
  assert.equal(await untilState(server, 'full', 'failed'), 'disk-full');
  await eventually(() => client.log, () => /recording: failed/.test(client.log));
  await eventually('the recorder has ended', () => recorderOf(server) === 0);
  await server.logs(/Z info full\/recorder: is recorded to .*\n[^]*Z error full\/recorder: cannot write to .*No space left on device/);
  const [one] = readdirSync(folder);
  const [camera] = probe(path.join(folder, one, 'room.webm')).filter(({ codec }) => codec === 'vp8');
  assert.ok(camera.count > 15, JSON.stringify(camera));
  const none = await startServer(['--open']);
  t.after(() => none.stop());
  const alone = await joined(none, 'full', { name: 'Reed' });
  assert.equal((await alone.ask({ type: 'record', enabled: true }, 'error')).code, 'not-available');
});

test('what the mixer makes is recorded: both pictures and both voices', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'heddle-composite-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const server = await startServer(['--open', '--mesh-max', '0', '--recordings', folder]);
  t.after(() => server.stop());
  const people = [{ name: 'Weft', colour: 'red', hertz: 440 }, { name: 'Warp', colour: 'blue', hertz: 1000 }];
  const clients = people.map(({ name, colour, hertz }) => {
    const [picture, voice] = ['y4m', 'wav'].map((ending) => path.join(folder, `${name}.${ending}`));
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `color=${colour}:size=320x180:rate=15:duration=2`, '-pix_fmt', 'yuv420p', picture]);
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `sine=frequency=${hertz}:sample_rate=48000:duration=2`, '-ac', '2', voice]);
    return startClient(server, { room: 'both', name, duration: UNTIL_TOLD, args: ['--send', picture, '--send', voice] });
  });
  t.after(() => clients.forEach(({ child }) => child.kill('SIGKILL')));
  await untilMediaFlows(server, 'both', 2);
  const ask = (what) => fetch(`${server.url}api/v1/rooms/both/${what}`, { method: 'POST' });
  assert.equal((await ask('pin?topology=mcu')).status, 200);
  await eventually('mixed', async () => (await roomOf(server, 'both')).topology === 'mcu');
  const asked = Date.now();
  assert.equal((await ask('recording?state=on')).status, 200);
  await untilState(server, 'both', 'on');
  const own = await eventually('a folder', () => readdirSync(folder).find((name) => name.startsWith('both-')));
  const mix = path.join(folder, own, 'mix.webm');
  await eventually('four seconds of it', () => existsSync(mix) && probe(mix).length === 2 && probe(mix).every(({ first, last }) => last - first > 4000), 15000, 300);
  const stopped = Date.now();
  assert.equal((await ask('recording?state=off')).status, 200);
  await eventually('the recorder has ended', () => recorderOf(server) === 0);
  const ended = Date.now();

  assert.equal(decodes(mix), '');
  const tracks = probe(mix);
  assert.deepEqual(tracks.map(({ codec }) => codec).sort(), ['opus', 'vp8']);
  for (const { first, last } of tracks) {
    assert.ok(first > asked && first < stopped - 4000, 'it begins when it was asked for');
    assert.ok(last > stopped - APART && last < ended, `it ends ${stopped - last} ms before it was to stop`);
  }
  const at = pictureOf(mix, 1280, 720); // two tiles of 640x360 beside each other
  const tiles = [at(320, 360), at(960, 360)].sort((one, other) => other.v - one.v);
  assert.ok(tiles[0].v > 200 && tiles[0].u < 128, `red: ${JSON.stringify(tiles)}`);
  assert.ok(tiles[1].u > 200 && tiles[1].v < 128, `blue: ${JSON.stringify(tiles)}`);
  for (const x of [0, 640]) {
    assert.ok(at.brightest(x, 510, 80, 30) > 180, 'its name is in the lower left corner of each');
    assert.ok(at.brightest(x, 180, 640, 300) < 130, 'and nothing bright above it');
  }
  const [low, high, none] = tonesOf(mix, [440, 1000, 700]);
  t.diagnostic(`tones: ${[low, high, none].map((one) => one.toFixed(4)).join(', ')}`);
  assert.ok(low > 0.02 && high > 0.02 && none < low / 10 && none < high / 10, `${low}, ${high}, ${none}`);
});
