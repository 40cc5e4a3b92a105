// A room with a mixer: everybody gets one picture of all and hears the others, not itself;
// the room comes and goes, and a mixer may die.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient, UNTIL_TOLD } from './lib/client.mjs';
import { Lab } from './lib/lab.mjs';
import { openPage, until as untilPage } from './lib/pages.mjs';
import { eventually, roomOf, untilMediaFlows } from './lib/wait.mjs';
import { Client, joined, startServer } from './signaling_client.mjs';

// At most three times what docs/services.md has: of a change, and of the picture when the mixer has died, which waits
// for the news and a keyframe.
const VIDEO_LIMIT = 300;
const AUDIO_LIMIT = 174;
const CRASH_LIMIT = 747;
const PLAYS_BEFORE = 50; // ms, at the least, before it is heard: an element is silent for the first 30
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
  const again = await until('mixed again', isMixed);
  const killed = again.participants.find(({ name }) => name === 'Mixer').id;
  process.kill(mixerOf(server), 'SIGKILL');
  // Until the next mixer is ready, which is soon: what the clients were sent meanwhile is in their summaries.
  await until('routed without a mixer', ({ topology }) => topology === 'sfu');
  const isNext = ({ publication, frames }) => publication.endsWith('/mix-video') && !publication.startsWith(`${killed}/`) && frames > 0;
  await untilPage(page, 'everybody without a mixer, or the next one, whichever comes first', async ({ remotes }) => remotes.some(isNext) || showsTiles(page, 3), 10000);
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

/**
 * The page notes for how long nothing moved in any tile of others, and for how long nothing was heard, at the most,
 * from now on: `heddleGaps()` tells it and begins again. Everybody sends a moving picture and a steady tone. What is
 * heard is counted in samples, all of them: a script that comes late hears no gap that was none. A machine without time
 * makes some of its own, so `playedFor` tells for how long what was heard anew had played before, at the least.
 */
const watchGaps = (page) => page.evaluate(() => {
  const counts = new WeakMap(), analysers = new Map(), context = new AudioContext();
  const BLOCK = 128, samples = new Float32Array(64 * BLOCK);
  const heard = new WeakSet(), none = () => ({ video: 0, audio: 0, playedFor: Infinity });
  let worst = none(), movedAt = performance.now(), listenedAt = context.currentTime, silence = 0;
  const analyserOf = (stream) => {
    if (!analysers.has(stream)) {
      analysers.set(stream, Object.assign(context.createAnalyser(), { fftSize: samples.length }));
      context.createMediaStreamSource(stream).connect(analysers.get(stream));
    }
    return analysers.get(stream);
  };
  const look = () => {
    const now = performance.now();
    let hasMoved = false;
    for (const video of document.querySelectorAll('#stage .tile:not(.own) video')) {
      const frames = video.getVideoPlaybackQuality().totalVideoFrames;
      hasMoved ||= frames > (counts.get(video) ?? 0);
      counts.set(video, frames);
    }
    worst.video = Math.max(worst.video, now - movedAt);
    if (hasMoved) movedAt = now;
  };
  const listen = () => {
    const now = context.currentTime;
    const first = Math.max(0, samples.length - Math.round((now - listenedAt) * context.sampleRate));
    const isLoud = new Array(Math.ceil((samples.length - first) / BLOCK)).fill(false);
    listenedAt = now;
    for (const audio of [...document.querySelectorAll('audio')].filter(({ srcObject }) => srcObject)) {
      analyserOf(audio.srcObject).getFloatTimeDomainData(samples);
      if (audio.muted) continue;
      if (!heard.has(audio)) worst.playedFor = Math.min(worst.playedFor, 1000 * audio.currentTime);
      heard.add(audio);
      for (let i = first; i < samples.length; i += 1) isLoud[Math.floor((i - first) / BLOCK)] ||= Math.abs(samples[i]) > 0.003;
    }
    for (const is of isLoud) {
      silence = is ? 0 : silence + (1000 * BLOCK) / context.sampleRate;
      worst.audio = Math.max(worst.audio, silence);
    }
  };
  window.heddleGaps = () => {
    const gaps = worst;
    worst = none();
    return gaps;
  };
  return new Promise((resolve) => {
    setInterval(() => {
      look();
      listen();
      if (analysers.size > 0 && silence === 0) resolve();
    }, 5);
  });
});

const slotsOf = (room, name) => room.participants.find((one) => one.name === name)?.connection?.slots.filter(({ publication }) => publication !== '') ?? [];
/** One picture and one sound come, of the mixer. */
const hasMix = (room, name) => slot(room, name, 'mix-video')?.packets > 20 && slot(room, name, 'mix')?.packets > 20 && slotsOf(room, name).length === 2;
/** Those of three others come, and nothing else. */
const hasOthers = (room, name) => slotsOf(room, name).length === 6 && slotsOf(room, name).every(({ publication, packets }) => /camera|microphone/.test(publication) && packets > 5);

test('one alone has the mix, and the others see each other; the mixer comes with the first', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const until = (what, check, limit = 12000) => eventually((last) => `${what}: ${JSON.stringify(last)?.slice(0, 500)}`, async () => {
    const room = await roomOf(server, 'alone');
    return room.participants?.length >= 3 && check(room) && room;
  }, limit);
  const start = (name, args) => startClient(server, { room: 'alone', name, duration: UNTIL_TOLD, args: [...small, ...args] });
  const clients = [start('Weft', []), start('Warp', [])];
  t.after(() => clients.forEach(({ child }) => child.kill('SIGKILL')));
  const page = await openPage(browser, server, { room: 'alone', name: 'Ann', size: '320x180' });
  t.after(() => page.closeAll());
  await untilMediaFlows(server, 'alone', 3);
  assert.equal(mixerOf(server), 0);

  clients.push(start('Weave', ['--mix', 'on']));
  await until('Weave has the mix', (room) => hasMix(room, 'Weave') && hasOthers(room, 'Weft') && room.topology === 'sfu');
  await untilPage(page, 'everybody', () => showsTiles(page, 3));
  const pin = (topology) => fetch(`${server.url}api/v1/rooms/alone/pin?topology=${topology}`, { method: 'POST' });
  await watchGaps(page);
  const gaps = [];
  for (const round of [1, 2]) {
    await page.evaluate(() => heddleGaps());
    await page.evaluate(() => heddle.call.setMix('on'));
    await untilPage(page, `the mix, ${round}`, () => showsTiles(page, 1));
    const room = await until('Ann and Weave have the mix', (now) => ['Ann', 'Weave'].every((name) => hasMix(now, name)) && hasOthers(now, 'Weft') && hasOthers(now, 'Warp'));
    assert.notEqual(slot(room, 'Ann', 'mix').publication, slot(room, 'Weave', 'mix').publication, 'nobody hears itself');
    gaps.push({ to: 'mix', ...await page.evaluate(() => heddleGaps()) });
    await page.evaluate(() => heddle.call.setMix('auto'));
    await untilPage(page, `everybody again, ${round}`, () => showsTiles(page, 3));
    await until('Ann has the others', (now) => hasOthers(now, 'Ann'));
    gaps.push({ to: 'others', ...await page.evaluate(() => heddleGaps()) });
  }
  t.diagnostic(`Ann: ${JSON.stringify(gaps)}`);
  for (const goal of ['mix', 'others']) {
    const changes = gaps.filter(({ to }) => to === goal);
    assert.ok(Math.min(...changes.map(({ video }) => video)) < VIDEO_LIMIT, `pictures, to ${goal}`);
    assert.ok(changes.every(({ playedFor }) => playedFor > PLAYS_BEFORE), `audio, to ${goal}`);
  }
  // The server's own choice, for who says that it is too weak.
  await page.evaluate(() => heddle.call.tellEvents({ kind: 'weak', reason: 'device' }));
  await untilPage(page, 'the mix for a weak device', async () => await showsTiles(page, 1) && page.evaluate(() => heddle.call.reason === 'weak-device' && document.querySelector('#call-notice').textContent.includes('too slow')));
  await page.evaluate(() => heddle.call.setMix('off'));
  await untilPage(page, 'everybody all the same', () => showsTiles(page, 3));
  await pin('mesh'); // what is chosen for all goes before; here it cannot be, so Weave gets the others, too
  await until('Weave has the others', (room) => hasOthers(room, 'Weave'));
  await pin('auto');
  await until('Weave has the mix again', (room) => hasMix(room, 'Weave'));
  assert.deepEqual(page.problems, []);
  const [weft, warp, weave] = await Promise.all(clients.map((client) => client.end()));
  for (const { code, summary, log } of [weft, warp, weave]) {
    assert.equal(code, 0, log);
    assert.equal(summary.recoveries.length, 0, JSON.stringify(summary.recoveries));
  }
  for (const { summary } of [weft, warp]) assert.deepEqual(summary.switches, [], 'nothing of theirs changed');
  t.diagnostic(`Weave: ${JSON.stringify(weave.summary.switches)}`);
  for (const kind of ['audio', 'video']) {
    const of = weave.summary.switches.filter(({ publication }) => /video|camera/.test(publication) === (kind === 'video'));
    assert.deepEqual(of.map(({ topology }) => topology), ['mcu', 'sfu', 'mcu']);
    for (const { gap_ms: gap } of of) assert.ok(gap >= 0 && gap < (kind === 'audio' ? AUDIO_LIMIT : VIDEO_LIMIT), `${kind}: ${JSON.stringify(of)}`);
  }
});

test('a link that carries less than the smallest of all pictures is sent the mix', async (t) => {
  const lab = await Lab.make('server', 'viewer');
  t.after(() => lab.end());
  const address = lab.address('server');
  await lab.link('server', 'viewer', 'both delay 10ms queue 300ms');
  const server = await startServer(['--open', '--mesh-max', '0', '--public-ip', address, '--http', `${address}:8080`], (...command) => lab.inside('server', ...command));
  t.after(() => server.stop());
  const start = (where, name, args) => startClient(server, { room: 'weak', name, duration: UNTIL_TOLD, args, inside: (...command) => lab.inside(where, ...command) });
  const clients = ['Ada', 'Bea', 'Cleo', 'Dora', 'Edda'].map((name) => start('server', name, ['--video', '320x180@15:400k', '--fixed', '--receive', 'none']));
  const viewer = start('viewer', 'Reed', ['--send', 'none']);
  t.after(() => [...clients, viewer].forEach(({ child }) => child.kill('SIGKILL')));
  const room = () => JSON.parse(execFileSync(...lab.inside('server', 'curl', '-s', `${server.url}api/v1/rooms/weak`)).toString());
  let seen;
  const until = (what, check, limit) => eventually(() => `${what}: ${JSON.stringify(seen.participants?.find(({ name }) => name === 'Reed')?.connection)}`, () => {
    seen = room();
    return seen.participants?.length >= 6 && check(seen);
  }, limit);
  await until('Reed sees all', (now) => slotsOf(now, 'Reed').length === 10 && slotsOf(now, 'Reed').every(({ packets }) => packets > 20), 15000);
  await lab.set('server', 'viewer', 'up rate 1400kbit');
  await until('Reed has the mix', (now) => hasMix(now, 'Reed'), 40000);
  assert.equal(room().topology, 'sfu');
  const { code, summary, log } = await viewer.end();
  assert.equal(code, 0, log);
  t.diagnostic(JSON.stringify(summary.switches));
  assert.ok(summary.switches.some(({ publication, topology }) => publication.endsWith('/mix-video') && topology === 'mcu'), JSON.stringify(summary.switches));
});
