// Calls that leave the router: C clients and Chromium in a Mesh, each pair connected directly.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient, UNTIL_TOLD, untilReceive } from './lib/client.mjs';
import { difference, encoded, find, openPage, until, untilSees, untilStands } from './lib/pages.mjs';
import { eventually, roomOf, sleep } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

async function serve(t) {
  const server = await startServer(['--open', '--mesh-max', '4', '--mesh-hold', '1']);
  t.after(() => server.stop());
  return server;
}

/** Waits until the room is a Mesh of so many, and the router is left behind. */
async function untilMesh(server, name, count) {
  let room;
  return eventually(() => `no Mesh of ${count}: ${JSON.stringify(room)}`, async () => {
    room = await roomOf(server, name);
    return room.topology === 'mesh' && room.participants.length === count && room.participants.every(({ connection }) => connection === null) && room;
  }, 15000);
}

/** A C client's summary of a call in which it stayed for `seconds` with everybody of `others`. */
function assertMeshSummary(name, { code, summary, log }, others, seconds) {
  const what = `${name}: ${code} ${log} ${JSON.stringify(summary)?.slice(0, 4000)}`;
  assert.equal(code, 0, what);
  for (const other of others) {
    const { participant, video, audio } = remote(summary, other);
    for (const source of ['camera', 'microphone']) {
      const came = summary.switches.filter(({ publication, topology }) => topology === 'mesh' && publication === `${participant}/${source}`);
      assert.ok(came.length > 0, `${other}'s ${source} came directly: ${what}`);
    }
    assert.ok(video.frames_decoded > seconds * 6, `${other}: ${what}`);
    assert.equal(video.decode_errors, 0, `${other}: ${what}`);
    assert.ok(audio.packets > seconds * 20 && audio.level_dbov > -90, `${other}: ${what}`);
  }
}

test('three C clients connect directly, and each encodes once', async (t) => {
  const server = await serve(t);
  const names = ['Ann', 'Bob', 'Cho'];
  const begin = Date.now();
  const clients = names.map((name) => startClient(server, { room: 'small', name, duration: UNTIL_TOLD, quiet: false }));
  t.after(() => clients.forEach(({ end }) => end()));
  const room = await untilMesh(server, 'small', 3);
  assert.equal(room.pairs.length, 6, 'each pair talks both ways');
  t.diagnostic(`signaling of a pair: ${room.pairs.map(({ bytes }) => bytes)} bytes`); // docs/bench.md: 7.6 kB
  for (const { bytes } of room.pairs) assert.ok(bytes > 500 && bytes < 22800, `${bytes} bytes of signaling for a pair`);
  await untilReceive(clients, 2 * 75);
  const results = await Promise.all(clients.map(({ end }) => end()));
  const seconds = (Date.now() - begin) / 1000;
  for (const [index, result] of results.entries()) {
    assertMeshSummary(names[index], result, names.filter((_, other) => other !== index), 6);
    const { sent, remotes } = result.summary;
    assert.ok(sent.video_frames <= seconds * 30 + 5, `one encoder for all: ${sent.video_frames} frames`);
    for (const { name, video } of remotes) {
      assert.ok(video.packets_lost <= 3, `${name}: ${video.packets_lost} packets lost`);
      assert.ok(video.counter_missed <= 6, `${video.counter_missed} frames of ${name} are missing`);
    }
  }
});

test('C clients and Chromium in one Mesh, whoever comes first', async (t) => {
  const server = await serve(t);
  const first = startClient(server, { room: 'mixed', name: 'Weft', duration: UNTIL_TOLD });
  t.after(first.end);
  await eventually('the first is in', async () => (await roomOf(server, 'mixed')).participants?.length === 1);
  const page = await openPage(browser, server, { room: 'mixed', name: 'Ann' });
  t.after(() => page.closeAll());
  await untilSees(page, ['Weft']);
  const second = startClient(server, { room: 'mixed', name: 'Warp', duration: UNTIL_TOLD });
  t.after(second.end);
  await untilSees(page, ['Weft', 'Warp']);
  await untilMesh(server, 'mixed', 3);
  const start = await page.stats();
  await until(page, 'seeing and hearing both of them directly', (stats) => ['Weft', 'Warp'].every((name) => {
    const { frames, audioPackets } = difference(start, stats, name);
    return frames > 60 && audioPackets > 130;
  }), 5000);
  assertMeshSummary('Warp', await second.end(), ['Ann', 'Weft'], 6);
  assertMeshSummary('Weft', await first.end(), ['Ann', 'Warp'], 6);
  assert.deepEqual(page.problems, []);
});

test('mute in a Mesh, by a C client and by a page', async (t) => {
  const server = await serve(t);
  const client = startClient(server, { room: 'mute', name: 'Weft', duration: UNTIL_TOLD });
  t.after(client.end);
  const page = await openPage(browser, server, { room: 'mute', name: 'Ann' });
  t.after(() => page.closeAll());
  await untilSees(page, ['Weft']);
  await untilMesh(server, 'mute', 2);
  const publications = (stats, name) => stats.participants.find((one) => one.name === name)?.publications ?? [];

  client.child.kill('SIGUSR1');
  await until(page, 'the mute', (stats) => publications(stats, 'Weft').length === 2 && publications(stats, 'Weft').every(({ muted }) => muted));
  const muted = await untilStands(page, 'a muted camera', (stats) => find(stats, 'Weft', 'camera')?.frames);
  client.child.kill('SIGUSR1');
  await until(page, 'the picture after unmuting', (stats) => find(stats, 'Weft', 'camera')?.frames > muted + 20);

  await page.click('#camera-toggle');
  await page.click('#mute');
  await sleep(3000); // as long as a mute has to be that would be a freeze
  const sent = encoded({ sent: [] }, await page.stats());
  await page.click('#camera-toggle');
  await page.click('#mute');
  await until(page, 'sending again', (stats) => encoded({ sent: [] }, stats) > sent + 30);
  const { code, summary, log } = await client.end();
  assert.equal(code, 0, log);
  const { video } = remote(summary, 'Ann');
  t.diagnostic(`longest freeze ${video.longest_freeze_ms} ms`);
  // A mute that was taken for a freeze would be one of three seconds.
  assert.ok(video.longest_freeze_ms < 2500, `a mute of 3 s is no freeze: ${JSON.stringify(video)}`);
});

test('a simulcast client sends its best picture to each of a Mesh', async (t) => {
  const server = await serve(t);
  const sender = startClient(server, { room: 'best', name: 'Weft', duration: UNTIL_TOLD, args: ['--simulcast', '3', '--video', '640x360@30:800k'] });
  const viewer = startClient(server, { room: 'best', name: 'Warp', duration: UNTIL_TOLD, quiet: false });
  t.after(() => Promise.all([sender.end(), viewer.end()]));
  const start = Date.now();
  await untilMesh(server, 'best', 2);
  const begin = Date.now();
  await untilReceive([viewer], 90);
  const seen = await viewer.end();
  const direct = (Date.now() - begin) / 1000;
  assertMeshSummary('Warp', seen, ['Weft'], 4);
  assert.equal(remote(seen.summary, 'Weft').video.width, 640);
  const { code, summary } = await sender.end();
  const whole = (Date.now() - start) / 1000;
  assert.equal(code, 0);
  t.diagnostic(`${summary.sent.video_frames} frames, direct for ${direct} s of ${whole}`);
  assert.ok(summary.sent.video_frames <= 30 * (direct + 3 * (whole - direct)), `encodings that nobody takes are not made: ${summary.sent.video_frames}`);
});
