// Calls through the router with real browsers and C clients.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { allSee, assertFlawlessCall, closeAll, openPages, serve } from './lib/calls.mjs';
import { remote, startClient, UNTIL_TOLD } from './lib/client.mjs';
import { find, openPage, until, untilSees, untilStands } from './lib/pages.mjs';
import { EACH_OTHER, joinBeside } from './lib/see_each_other.mjs';
import { eventually, roomOf } from './lib/wait.mjs';

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());
const openAll = (t, server, room, names, more) => openPages(t, browser, server, room, names, more);

test('three pages see and hear each other for 20 s without loss or freeze', async (t) => {
  const server = await serve(t);
  const pages = await openAll(t, server, 'three', ['Ann', 'Bob', 'Cho'], { size: '320x180' });
  await allSee(pages);
  await assertFlawlessCall(pages, 20000);

  // One mutes: the others are told, and its picture stops; then it comes back.
  await pages.Ann.click('#mute');
  await pages.Ann.click('#camera-toggle');
  await until(pages.Bob, 'the mute', (stats) => stats.participants.find(({ name }) => name === 'Ann').publications.every(({ muted }) => muted));
  const muted = await untilStands(pages.Bob, 'a muted camera', (stats) => find(stats, 'Ann', 'camera')?.frames);
  await pages.Ann.click('#mute');
  await pages.Ann.click('#camera-toggle');
  await until(pages.Bob, 'the picture after unmuting', (stats) => find(stats, 'Ann', 'camera')?.frames > muted + 10);

  // One leaves, one joins late.
  await pages.Cho.click('#leave');
  await until(pages.Ann, 'the leave', (stats) => !stats.participants.some(({ name }) => name === 'Cho'));
  await pages.Cho.closeAll();
  delete pages.Cho;
  pages.Dan = await openPage(browser, server, { room: 'three', name: 'Dan', size: '320x180' });
  await allSee(pages);
  await assertFlawlessCall(pages, 3000);
  for (const page of Object.values(pages)) assert.deepEqual(page.problems, []);
  await closeAll(pages);
  assert.equal((await server.stop()).code, 0, 'a clean end');
});

test('who leaves or is refused is on the prejoin page, with devices off and the reason said, and can join from there', async (t) => {
  const server = await serve(t, ['--max-participants', '1']);
  const { Ann } = await openAll(t, server, 'small', ['Ann'], { language: 'ko' });
  await until(Ann, 'joining', ({ participant }) => participant);
  const late = await openPage(browser, server, { room: 'small', name: 'Bob', language: 'ko' });
  t.after(() => late.closeAll());
  const says = (page, words) => page.waitForFunction((part) => {
    const isSeen = (id) => document.getElementById(id).offsetParent !== null;
    return isSeen('join') && isSeen('notice') && !isSeen('call') && document.getElementById('notice').textContent.includes(part);
  }, words, { timeout: 10000 });
  await says(late, '방이 가득 찼습니다');
  await Ann.waitForSelector('#alone'); // seen
  await Ann.evaluate(() => {
    window.heddle.call.isDown = true; // as after two seconds without signaling: who is here is not known
    window.heddle.call.emit('status', window.heddle.call.status());
  });
  await Ann.waitForSelector('#alone', { state: 'hidden', timeout: 2000 }); // drawn with the next frame: nobody knows whether anybody else is here

  await Ann.evaluate(() => {
    document.getElementById('mute').click();
    window.before = [...window.heddle.call.sources.values()].map(({ track }) => track);
    document.getElementById('leave').click();
  });
  await says(Ann, '방에서 나왔습니다');
  assert.deepEqual(await Ann.evaluate(() => window.before.map(({ readyState }) => readyState)), ['ended', 'ended']);
  await Ann.keyboard.press('m'); // the keys of a call that is over do nothing
  await late.click('#join');
  await until(late, 'joining after the refusal', ({ participant }) => participant);
  await late.evaluate(() => document.getElementById('leave').click());
  await says(late, '방에서 나왔습니다');
  await Ann.click('#join');
  await until(Ann, 'joining again', ({ participant }) => participant);
  assert.deepEqual(await Ann.evaluate(() => ['camera', 'microphone'].map((source) => window.heddle.devices.state[source].track?.readyState)), ['live', 'live']);
  for (const page of [Ann, late]) assert.deepEqual(page.problems, []);
});

test('the page cannot be shown in the frame of another site', async (t) => {
  const server = await serve(t);
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const refused = page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
  await page.setContent(`<iframe src="${server.url}?room=framed&name=Ann&autojoin=1&source=none"></iframe>`);
  await refused;
  assert.doesNotMatch(page.frames()[1].url(), /room=framed/);
});

test('who comes after somebody left is seen', async (t) => {
  const server = await serve(t);
  const pages = await openAll(t, server, 'change', ['Ann', 'Bob']);
  await allSee(pages);
  await pages.Bob.evaluate(() => window.heddle.call.leave());
  await until(pages.Ann, 'being alone', ({ participants }) => participants.length === 0);
  // Bob's m-lines are free before Cho's publications are asked for on them.
  await eventually(() => 'nothing is sent to Ann', async () => (await roomOf(server, 'change')).participants[0].connection?.slots.every(({ publication }) => publication === ''));
  Object.assign(pages, await openAll(t, server, 'change', ['Cho']));
  await untilSees(pages.Ann, ['Cho']);
  await untilSees(pages.Cho, ['Ann']);
  assert.deepEqual(pages.Ann.problems, []);
});

test('two people see each other within a second of the click', async (t) => {
  const server = await serve(t);
  const { Ann } = await openAll(t, server, 'soon', ['Ann']);
  await until(Ann, 'joining', ({ status }) => status === 'connected');
  const { Bob } = await openAll(t, server, 'soon', ['Bob'], { joins: false });
  const ms = await joinBeside(Ann, Bob);
  t.diagnostic(`pictures after ${ms} ms`);
  assert.ok(Math.max(...ms) < EACH_OTHER, `${ms} ms`);
});

test('two rooms do not mix', async (t) => {
  const server = await serve(t);
  const one = await openAll(t, server, 'one', ['Ann', 'Bob']);
  const two = await openAll(t, server, 'two', ['Cho', 'Dan']);
  await allSee(one);
  await allSee(two);
  assert.deepEqual((await one.Ann.stats()).participants.map(({ name }) => name), ['Bob']);
  assert.deepEqual((await two.Cho.stats()).participants.map(({ name }) => name), ['Dan']);
  const rooms = (await (await fetch(`${server.url}api/v1/rooms`)).json()).rooms.map(({ name }) => name).sort();
  assert.deepEqual(rooms, ['one', 'two']);
});

test('a screen is shared, taken back and shared again in a running call', async (t) => {
  const server = await serve(t);
  const pages = await openAll(t, server, 'share', ['Ann', 'Bob']);
  await allSee(pages);
  const share = () => pages.Ann.evaluate(async () => {
    const { openCanvas } = await import('/media.js');
    const stream = openCanvas({ label: 'screen' });
    window.heddle.call.publish({ source: 'screen', kind: 'video', track: stream.getVideoTracks()[0], stream, muted: false });
  });
  const isShown = () => pages.Bob.waitForFunction(() => document.querySelector('.tile.screen video')?.videoWidth > 0);
  await share();
  await until(pages.Bob, 'the screen', (stats) => find(stats, 'Ann', 'screen')?.frames > 10);
  await isShown();
  assert.equal(await pages.Bob.locator('.tile.screen').count(), 1);
  const look = () => pages.Bob.evaluate(() => [document.querySelector('.tile.screen')?.clientWidth > 0.7 * innerWidth, window.heddle.view.stage.layout]);
  assert.deepEqual(await look(), [true, 'speaker'], 'a screen that is shared is large');
  await pages.Bob.click('#layout');
  await pages.Bob.click('#view-menu button:text-is("Grid")');
  assert.deepEqual(await look(), [false, 'grid'], 'and the grid is there for who wants it');
  await pages.Bob.click('#layout');
  await pages.Bob.click('#view-menu button:text-is("Speaker")');
  await pages.Ann.evaluate(() => window.heddle.call.unpublish('screen'));
  await until(pages.Bob, 'the end of the screen', (stats) => !stats.participants[0].publications.some(({ source }) => source === 'screen'));
  await share(); // on the m-line of before; what is decoded is not shown yet
  await isShown();
  await pages.Ann.evaluate(() => window.heddle.call.unpublish('screen'));
  await pages.Ann.evaluate(async () => { // another track in the same publication
    const { openCanvas } = await import('/media.js');
    const known = window.heddle.call.sources.get('camera');
    window.heddle.call.publish({ ...known, track: openCanvas({ label: 'other' }).getVideoTracks()[0] });
  });
  const frames = find(await pages.Bob.stats(), 'Ann', 'camera').frames;
  await until(pages.Bob, 'the replaced track', (stats) => find(stats, 'Ann', 'camera')?.frames > frames + 20);
});

test('simulcast: the top encoding reaches the viewers', async (t) => {
  const server = await serve(t);
  const pages = await openAll(t, server, 'simulcast', ['Ann', 'Bob'], { simulcast: true, size: '1280x720' });
  await allSee(pages);
  await until(pages.Bob, 'the full size', (stats) => find(stats, 'Ann', 'camera')?.width === 1280, 30000);
});

test('two pages and two C clients in one call', async (t) => {
  const server = await serve(t);
  const pages = await openAll(t, server, 'mixed', ['Ann', 'Bob'], { size: '320x180' });
  const clients = ['Weft', 'Warp'].map((name) => ({ name, ...startClient(server, { room: 'mixed', name, duration: UNTIL_TOLD, args: ['--video', '320x180'] }) }));
  t.after(() => clients.forEach(({ end }) => end()));
  for (const page of Object.values(pages)) await untilSees(page, ['Weft', 'Warp']);
  await allSee(pages);
  for (const { name } of clients) {
    await eventually(`${name} has had six seconds of each microphone`, async () => {
      const { connection } = (await roomOf(server, 'mixed')).participants.find((one) => one.name === name);
      return connection.slots.filter(({ publication, packets }) => publication.endsWith('/microphone') && packets > 300).length === 3;
    }, 20000);
  }
  const results = await Promise.all(clients.map(async ({ name, end }) => ({ name, ...await end() })));
  for (const { name, code, summary, log } of results) {
    assert.equal(code, 0, `${code} ${log} ${JSON.stringify(summary)?.slice(0, 3000)}`);
    for (const other of ['Ann', 'Bob', name === 'Weft' ? 'Warp' : 'Weft']) {
      const { video, audio } = remote(summary, other);
      assert.ok(video.frames_decoded > 100, `${name} decoded ${video.frames_decoded} frames of ${other}`);
      assert.ok(video.packets_lost <= video.packets / 50, `${name} of ${other}: ${JSON.stringify(video)}`);
      assert.ok(audio.packets_lost <= audio.packets / 50, `${name} hears ${other}: ${JSON.stringify(audio)}`);
      assert.ok(audio.packets > 200 && audio.level_dbov > -90, `${name} hears ${other}: ${JSON.stringify(audio)}`);
    }
    const other = remote(summary, name === 'Weft' ? 'Warp' : 'Weft');
    assert.equal(other.video.counter_missed, 0, 'the frame counter in the picture is read');
    t.diagnostic(`${name}: delay p95 ${other.video.delay_p95_ms} ms`);
    assert.ok(other.video.delay_p95_ms >= 0 && other.video.delay_p95_ms < 100, `${other.video.delay_p95_ms} ms`); // people notice more than that
  }
});
