// A room with a mixer: everybody gets one picture of all and hears the others, not itself;
// the room comes and goes, and a mixer may die.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient, UNTIL_TOLD } from './lib/client.mjs';
import { openPage, until as untilPage } from './lib/pages.mjs';
import { eventually, roomOf, untilMediaFlows } from './lib/wait.mjs';
import { Client, joined, startServer } from './signaling_client.mjs';

// At most three times what docs/services.md has: of a change, and of the picture when the mixer has died, which waits
// for the news and a keyframe.
const VIDEO_LIMIT = 300;
const AUDIO_LIMIT = 174;
const CRASH_LIMIT = 747;
const names = ['Weft', 'Warp', 'Weave'];
const small = ['--video', '320x180@15:200k'];
let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

const mixerOf = (server) => {
  try {
    return Number(execFileSync('pgrep', ['-P', String(server.child.pid), 'heddle-mix']));
  } catch {
    return 0;
  }
};

const slot = (room, name, source) => room.participants.find((one) => one.name === name)?.connection?.slots
  .find(({ publication }) => publication.startsWith(`${room.participants.find((one) => one.name === 'Mixer')?.id}/${source}`));

/** Everybody is sent the mixer's picture and a mix, and nothing else. */
const isMixed = (room) => room.topology === 'mcu' && names.every((name) => slot(room, name, 'mix-video')?.packets > 20 && slot(room, name, 'mix')?.packets > 20
  && room.participants.find((one) => one.name === name).connection.slots.filter(({ publication }) => publication !== '').length === 2);
const isRouted = (room) => room.topology === 'sfu' && names.every((name) => {
  const shown = room.participants.find((one) => one.name === name).connection.slots.filter(({ publication }) => publication !== '');
  return shown.length === 6 && shown.every(({ publication, packets }) => /camera|microphone/.test(publication) && packets > 5); // the mix is let go when all have come
});

/** The page has one tile beside its own, or one for each, with a picture in each, and plays as many sounds. */
const showsTiles = (page, others) => page.evaluate((count) => {
  const pictures = [...document.querySelectorAll('#stage .tile video')].filter(({ readyState, videoWidth }) => readyState >= 2 && videoWidth > 0);
  return document.querySelectorAll('#stage .tile').length === count + 1 && pictures.length === count + 1 && document.querySelectorAll('audio').length === count;
}, others);

test('a room is mixed and back, and goes on when the mixer dies', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const pin = (topology) => fetch(`${server.url}api/v1/rooms/mixed/pin?topology=${topology}`, { method: 'POST' });
  const until = (what, check) => eventually((last) => `${what}: ${JSON.stringify(last)?.slice(0, 500)}`, async () => {
    const room = await roomOf(server, 'mixed');
    return room.participants?.length >= 3 && check(room) && room;
  }, 12000);
  const clients = names.map((name) => startClient(server, { room: 'mixed', name, duration: UNTIL_TOLD, args: small }));
  t.after(() => clients.forEach(({ child }) => child.kill('SIGKILL')));
  const page = await openPage(browser, server, { room: 'mixed', name: 'Ann', size: '320x180' });
  t.after(() => page.closeAll());
  await untilMediaFlows(server, 'mixed', 4);
  await untilPage(page, 'everybody', () => showsTiles(page, 3));

  assert.equal((await pin('mcu')).status, 200);
  const mixed = await until('mixed', isMixed);
  await untilPage(page, 'the mix', async ({ remotes }) => remotes.find(({ publication }) => publication.endsWith('/mix-video'))?.frames > 10 && await showsTiles(page, 1));
  await page.click('#layout');
  assert.doesNotMatch(await page.innerText('#view-menu'), /sidebar/, 'the mixer arranges all');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('.tile.main video')).objectFit), 'contain', 'no face and no name is cut');
  // N-1: each has a lane of its own.
  assert.equal(new Set([...names, 'Ann'].map((name) => slot(mixed, name, 'mix-').publication)).size, 4);
  const watcher = await joined(server, 'mixed', { name: 'Reed' });
  assert.deepEqual(watcher.joined.participants.map(({ name }) => name).sort(), ['Ann', ...names].sort(), 'the mixer is in nobody\'s list');
  assert.equal(watcher.joined.mixer, mixed.participants.find(({ name }) => name === 'Mixer').id);
  assert.equal((await watcher.ask({ type: 'mix-lanes', lanes: [] }, 'error')).code, 'not-allowed');
  watcher.kill();

  assert.equal((await pin('sfu')).status, 200);
  await until('routed', isRouted);
  await untilPage(page, 'everybody again', () => showsTiles(page, 3));
  assert.equal((await pin('mcu')).status, 200);
  await until('mixed again', isMixed);
  process.kill(mixerOf(server), 'SIGKILL');
  // Until the next mixer is ready, which is soon: what the clients were sent meanwhile is in their summaries.
  await until('routed without a mixer', ({ topology }) => topology === 'sfu');
  await untilPage(page, 'everybody without a mixer', () => showsTiles(page, 3), 10000);
  await until('a new mixer', isMixed);

  await untilPage(page, 'the new mix', () => showsTiles(page, 1));
  assert.deepEqual(page.problems, []);
  for (const { code, summary, log } of await Promise.all(clients.map((client) => client.end()))) {
    assert.equal(code, 0, log);
    const changes = summary.switches.map(({ topology, publication, gap_ms: gap }) => ({ topology, kind: /video|camera/.test(publication) ? 'video' : 'audio', gap }));
    t.diagnostic(`${summary.participant}: ${changes.map(({ topology, kind, gap }) => `${kind} to ${topology} ${gap}`).join(', ')} ms`);
    for (const kind of ['audio', 'video']) {
      const of = changes.filter((change) => change.kind === kind);
      assert.deepEqual(of.map(({ topology }) => topology), ['mcu', 'sfu', 'mcu', 'sfu', 'mcu']);
      for (const [index, { gap }] of of.entries()) {
        const isCrash = index === 3;
        const limit = kind === 'audio' ? AUDIO_LIMIT : isCrash ? CRASH_LIMIT : VIDEO_LIMIT;
        assert.ok(gap >= 0 && gap < limit, `${kind}: ${JSON.stringify(of)}`);
      }
    }
    const mixer = remote(summary, 'Mixer');
    assert.equal(mixer.video.width, 1280);
    assert.ok(mixer.audio.level_dbov > -40, 'the others are heard');
    assert.equal(summary.recoveries.length, 0, JSON.stringify(summary.recoveries));
  }
});

test('a crowd that comes at once does not cost a room its mixer', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const clients = names.slice(0, 2).map((name) => startClient(server, { room: 'mixed', name, duration: UNTIL_TOLD, args: small }));
  t.after(() => clients.forEach(({ child }) => child.kill('SIGKILL')));
  await untilMediaFlows(server, 'mixed', 2);
  await fetch(`${server.url}api/v1/rooms/mixed/pin?topology=mcu`, { method: 'POST' });
  const pictures = async () => {
    const room = await roomOf(server, 'mixed');
    return room.topology === 'mcu' && slot(room, names[0], 'mix-video')?.packets;
  };
  await eventually('mixed', async () => await pictures() > 20);
  const mixer = mixerOf(server);
  const crowd = Array.from({ length: 60 }, (_, i) => new Client(server, { address: `127.0.0.${2 + i}` }));
  t.after(() => crowd.forEach((one) => one.kill()));
  await Promise.all(crowd.map((one, i) => one.join('mixed', { name: `Reed ${i}` })));
  const before = await pictures();
  await eventually('the mix goes on', async () => await pictures() > before + 20);
  await Promise.all(crowd.map((one) => one.send({ type: 'leave' })));
  await eventually('the mix is there after the crowd', async () => (await roomOf(server, 'mixed')).participant_count <= 3 && await pictures());
  assert.equal(mixerOf(server), mixer, 'the same process');
  const { server: { limits } } = await (await fetch(`${server.url}api/v1/rooms`)).json();
  assert.equal(limits.too_fast, 0);
});
