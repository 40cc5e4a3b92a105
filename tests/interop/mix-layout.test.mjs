// A room with a mixer whose picture is a speaker view: chosen by those who may, told to all; a shared screen is in the
// mix then, and nowhere else.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient, UNTIL_TOLD } from './lib/client.mjs';
import { openPage, until as untilPage, untilSees } from './lib/pages.mjs';
import { eventually, roomOf } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

const example = process.env.HEDDLE_EXAMPLE ?? fileURLToPath(new URL('../../build/example_sources', import.meta.url));
const GAP_LIMIT = 300; // as a change of the topology
let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

const one = (room, name) => room.participants.find((participant) => participant.name === name);
const slots = (room, name) => one(room, name)?.connection?.slots.filter(({ publication }) => publication !== '') ?? [];
const sources = (room, name) => slots(room, name).map(({ publication }) => publication.split('/')[1].replace(/^mix-\d$/, 'mix')).sort().join();

/** How bright the mix is at a point of its picture (0 to 1 each way), as the page shows it. */
const lumaAt = (page, x, y) => page.evaluate(([left, top]) => {
  const video = document.querySelector('.tile.main video');
  const canvas = new OffscreenCanvas(1, 1).getContext('2d');
  canvas.drawImage(video, left * video.videoWidth, top * video.videoHeight, 1, 1, 0, 0, 1, 1);
  const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
  return 0.3 * red + 0.6 * green + 0.1 * blue;
}, [x, y]);

test('a room chooses how it is mixed, and a screen goes into the mix', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const pin = (query) => fetch(`${server.url}api/v1/rooms/views/pin?${query}`, { method: 'POST' });
  const until = (what, check) => eventually((last) => `${what}: ${JSON.stringify(last)?.slice(0, 900)}`, async () => {
    const room = await roomOf(server, 'views');
    return room.participants?.length >= 3 && check(room) && room;
  }, 15000);
  const page = await openPage(browser, server, { room: 'views', name: 'Ann', size: '320x180' });
  t.after(() => page.closeAll());
  await untilPage(page, 'joining', ({ participant }) => participant);
  const sharer = spawn(example, [server.url, 'views'], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => sharer.kill());
  const viewer = startClient(server, { room: 'views', name: 'Weft', duration: UNTIL_TOLD, args: ['--video', '320x180@15:200k'] });
  t.after(() => viewer.child.kill('SIGKILL'));
  await untilSees(page, ['Sources', 'Weft']);
  const tell = (text) => page.evaluate((words) => window.heddle.call.chat(words), text);

  assert.equal((await pin('topology=mcu&layout=sidebar')).status, 400);
  assert.equal((await pin('topology=mcu&layout=speaker')).status, 200);
  await until('mixed', (room) => room.topology === 'mcu' && room.layout === 'speaker' && ['Ann', 'Weft'].every((name) => sources(room, name) === 'mix,mix-video'));
  await untilPage(page, 'the mix', async ({ remotes }) => remotes.find(({ publication }) => publication.endsWith('/mix-video'))?.frames > 10);
  // Three people: the corner below the large tile and beside the strip is black, where a grid has a tile.
  await eventually('a speaker view', async () => await lumaAt(page, 0.4, 0.02) < 40 && await lumaAt(page, 0.4, 0.5) > 40);

  await tell('share');
  const shared = await until('the screen goes to the mixer alone', (room) => /screen/.test(sources(room, 'Mixer')) && slots(room, 'Mixer').some(({ publication, packets }) => publication.endsWith('/screen') && packets > 20));
  assert.equal(sources(shared, 'Ann'), 'mix,mix-video');
  assert.equal(sources(shared, 'Weft'), 'mix,mix-video');
  assert.equal(await page.evaluate(() => document.querySelectorAll('#stage .tile').length), 2, 'the mix and oneself');

  await page.click('#layout');
  await page.click('#view-menu button:text-is("Grid")');
  await until('the screen comes beside a grid', (room) => room.layout === undefined && room.pin === 'mcu' && ['Ann', 'Weft'].every((name) => /screen/.test(sources(room, name))) && !/screen/.test(sources(room, 'Mixer')));
  await untilPage(page, 'its tile', () => page.evaluate(() => [...document.querySelectorAll('#stage .tile video')].filter(({ videoWidth }) => videoWidth > 0).length === 3));
  await page.click('#layout');
  await page.click('#view-menu button:text-is("Speaker")');
  await until('the screen is in the mix again', (room) => room.layout === 'speaker' && ['Ann', 'Weft'].every((name) => sources(room, name) === 'mix,mix-video'));
  assert.deepEqual(page.problems, []);
  const { code, summary, log } = await viewer.end();
  assert.equal(code, 0, log);
  const { video } = remote(summary, 'Mixer');
  t.diagnostic(`the mix: the longest gap between two of its pictures ${video.longest_gap_ms} ms`);
  assert.ok(video.longest_gap_ms < GAP_LIMIT, `the mix goes on while tiles glide: ${JSON.stringify(video)}`);
});
