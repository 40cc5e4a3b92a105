// Calls without the router: C clients and Chromium in a Mesh, each pair connected directly.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient } from './lib/client.mjs';
import { find, openPage, sleep, until, untilSees } from './lib/pages.mjs';
import { startServer } from './signaling_client.mjs';

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

async function serve(t) {
  const server = await startServer(['--open', '--mesh-max', '4']);
  t.after(() => server.stop());
  return server;
}

const roomOf = async (server, room) => (await fetch(`${server.url}api/v1/rooms/${room}`)).json();

/** A C client's report of a call in which it stayed for `seconds` with everybody of `others`. */
function assertMeshReport(name, { code, report, log }, others, seconds) {
  const what = `${name}: ${code} ${log} ${JSON.stringify(report)?.slice(0, 4000)}`;
  assert.equal(code, 0, what);
  assert.equal(report.shape, 'mesh', what);
  assert.ok(!report.connections.some(({ participant }) => participant === 'router'), what);
  for (const other of others) {
    const { video, audio } = remote(report, other);
    assert.ok(video.frames_decoded > seconds * 6, `${other}: ${what}`);
    assert.equal(video.decode_errors, 0, `${other}: ${what}`);
    assert.ok(audio.packets > seconds * 20 && audio.level_dbov > -90, `${other}: ${what}`);
  }
}

test('three C clients connect directly, and each encodes once', async (t) => {
  const server = await serve(t);
  const names = ['Ann', 'Bob', 'Cho'];
  const clients = names.map((name) => startClient(server, { room: 'small', name, duration: 10 }));
  await sleep(6000);
  const room = await roomOf(server, 'small');
  assert.equal(room.shape, 'mesh');
  assert.equal(room.participants.length, 3);
  assert.ok(room.participants.every(({ connection }) => connection === null), 'media goes through the server');
  assert.equal(room.pairs.length, 6, 'each pair talks both ways');
  for (const { bytes } of room.pairs) assert.ok(bytes > 500 && bytes < 60000, `${bytes} bytes of signaling for a pair`);
  for (const [index, client] of clients.entries()) {
    const result = await client.done;
    assertMeshReport(names[index], result, names.filter((_, other) => other !== index), 6);
    const { sent, remotes } = result.report;
    assert.ok(sent.video_frames <= 10 * 30 + 5, `one encoder for all: ${sent.video_frames} frames`);
    for (const { name, video } of remotes) {
      assert.ok(video.packets_lost <= 3, `${name}: ${video.packets_lost} packets lost`);
      assert.ok(video.counter_missed <= 6, `${video.counter_missed} frames of ${name} are missing`);
    }
  }
});

test('C clients and Chromium in one Mesh, whoever comes first', async (t) => {
  const server = await serve(t);
  const first = startClient(server, { room: 'mixed', name: 'Weft', duration: 22 });
  await sleep(1000);
  const page = await openPage(browser, server, { room: 'mixed', name: 'Ann' });
  t.after(() => page.closeAll());
  await untilSees(page, ['Weft']);
  const second = startClient(server, { room: 'mixed', name: 'Warp', duration: 14 });
  await untilSees(page, ['Weft', 'Warp']);
  const room = await roomOf(server, 'mixed');
  assert.equal(room.shape, 'mesh', JSON.stringify([room.reason, room.events]));
  const start = await page.stats();
  await sleep(5000);
  const end = await page.stats();
  for (const name of ['Weft', 'Warp']) {
    const frames = find(end, name, 'camera').frames - find(start, name, 'camera').frames;
    assert.ok(frames > 60, `Chromium decoded ${frames} frames of ${name} in 5 s`);
    assert.ok(find(end, name, 'microphone').packets > find(start, name, 'microphone').packets + 100, `${name} is heard`);
  }
  assertMeshReport('Warp', await second.done, ['Ann', 'Weft'], 6);
  assertMeshReport('Weft', await first.done, ['Ann', 'Warp'], 6);
  assert.deepEqual(page.problems, []);
});

test('mute in a Mesh, by a C client and by a page', async (t) => {
  const server = await serve(t);
  const client = startClient(server, { room: 'mute', name: 'Weft', duration: 18 });
  const page = await openPage(browser, server, { room: 'mute', name: 'Ann' });
  t.after(() => page.closeAll());
  await untilSees(page, ['Weft']);
  const publications = (stats, name) => stats.participants.find((one) => one.name === name)?.publications ?? [];

  client.child.kill('SIGUSR1');
  await until(page, 'the mute', (stats) => publications(stats, 'Weft').length === 2 && publications(stats, 'Weft').every(({ muted }) => muted));
  await sleep(300); // what was on the way
  const muted = find(await page.stats(), 'Weft', 'camera').frames;
  await sleep(1500);
  assert.ok(find(await page.stats(), 'Weft', 'camera').frames - muted <= 2, 'a muted camera is still shown');
  client.child.kill('SIGUSR1');
  await until(page, 'the picture after unmuting', (stats) => find(stats, 'Weft', 'camera').frames > muted + 20);

  await page.click('#camera-toggle');
  await page.click('#mute');
  await sleep(3000);
  await page.click('#camera-toggle');
  await page.click('#mute');
  const { code, report, log } = await client.done;
  assert.equal(code, 0, log);
  const { video } = remote(report, 'Ann');
  assert.ok(video.longest_freeze_ms < 2500, `a mute of 3 s is no freeze: ${JSON.stringify(video)}`);
});

test('a simulcast client sends its best picture to each of a Mesh', async (t) => {
  const server = await serve(t);
  const sender = startClient(server, { room: 'best', name: 'Weft', duration: 9, args: ['--simulcast', '3', '--video', '640x360@30:800k'] });
  const viewer = startClient(server, { room: 'best', name: 'Warp', duration: 8 });
  const seen = await viewer.done;
  assertMeshReport('Warp', seen, ['Weft'], 5);
  assert.equal(remote(seen.report, 'Weft').video.width, 640);
  const { code, report } = await sender.done;
  assert.equal(code, 0);
  assert.ok(report.sent.video_frames <= 9 * 30 + 5, `encodings that nobody takes are not made: ${report.sent.video_frames}`);
});
