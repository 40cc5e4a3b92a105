// Shared m-lines, sizes and hidden tiles, in real pages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { fillRoom, startClient } from './lib/client.mjs';
import { turnPage } from './lib/page_turns.mjs';
import { find, openPage, until, untilMore, untilSees, untilStands } from './lib/pages.mjs';
import { startServer } from './signaling_client.mjs';

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

test('more publications than m-lines of their own: the rest shares', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0', '--dedicated-slots', '1', '--audio-slots', '1']);
  t.after(() => server.stop());
  const ann = await openPage(browser, server, { room: 'many', name: 'Ann' });
  t.after(() => ann.closeAll());
  const names = ['Weft', 'Warp', 'Shuttle'];
  const clients = names.map((name) => startClient(server, { room: 'many', name, duration: 20, args: ['--receive', 'none', '--video', '320x180@15:200k'] }));
  await untilSees(ann, names);
  await untilMore(ann, names, 26, 3000);
  await until(ann, 'one voice that has its own m-line, and one of two that share', (stats) => names.filter((name) => find(stats, name, 'microphone')).length === 2);
  const lines = await ann.evaluate(() => window.heddle.call.connections.get('router').peerConnection.pc.getTransceivers().length);
  assert.equal(lines, 2 + 2 + 2 + 1, 'two sent, two dedicated, two shared for video, one for audio');
  for (const { child } of clients) child.kill('SIGINT');
});

test('what is not seen costs nothing, and what is small comes small', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const ann = await openPage(browser, server, { room: 'sizes', name: 'Ann' });
  const bob = await openPage(browser, server, { room: 'sizes', name: 'Bob', simulcast: true, size: '1280x720' });
  t.after(() => Promise.all([ann.closeAll(), bob.closeAll()]));
  const width = (wanted, what) => until(ann, what, (stats) => find(stats, 'Bob', 'camera')?.width === wanted, 30000);
  await untilSees(ann, ['Bob']);
  await width(1280, 'the full size');
  const show = (view) => ann.evaluate((entries) => {
    const { call } = window.heddle;
    call.setView = () => {}; // the page's own view is not asked any more
    Object.getPrototypeOf(call).setView.call(call, new Map(entries));
  }, view);
  const id = find(await ann.stats(), 'Bob', 'camera').publication;
  await show([[id, { width: 320, height: 180, priority: 100 }]]);
  await width(320, 'the small size');
  await show([]);
  await untilStands(ann, 'a hidden picture', (stats) => find(stats, 'Bob', 'camera').packets >> 1); // now and then one is padding
  await show([[id, { width: 1280, height: 720, priority: 100 }]]);
  await width(1280, 'the full size again');
});

test('who turns through the pages of a room of a hundred sees the pictures soon', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const ann = await openPage(browser, server, { room: 'pages', name: 'Ann', source: 'none' });
  t.after(() => ann.closeAll());
  await ann.setViewportSize({ width: 1280, height: 800 }); // 24 others on a page, with oneself 25
  const crowd = fillRoom(server, 'pages', 99);
  t.after(() => crowd.end());
  await until(ann, 'all that are there', ({ participants }) => participants.length === 99, 60000);
  await ann.waitForFunction(() => [...document.querySelectorAll('.tile')].every((tile) => tile === window.heddle.view.stage.tiles.get('self').element || tile.querySelector('video').videoWidth > 0));
  const turns = [];
  for (const [index, button] of [...Array(4).fill('page-next'), ...Array(4).fill('page-previous')].entries()) {
    const { ms, drawn, page } = await turnPage(ann, button);
    t.diagnostic(`to page ${page + 1}: ${ms.map(Math.round)}, drawn ${drawn} times`);
    assert.equal(ms.length, index === 3 ? 3 : 24);
    assert.ok(ms.at(-1) <= 900, `to page ${page + 1}: pictures after ${ms.map(Math.round)} ms`);
    assert.ok(drawn <= 24, `to page ${page + 1}: drawn ${drawn} times`); // not with each m-line that has something else, and each track
    turns.push(ms);
  }
  const first = turns.map((ms) => ms[0]).sort((a, b) => a - b);
  assert.ok(first[0] <= 300 && first[first.length >> 1] <= 450, `a picture after ${first} ms`); // half of them, on a machine that does other things, too
});
