// Shared m-lines, sizes and hidden tiles, in real pages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { startClient } from './lib/client.mjs';
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
