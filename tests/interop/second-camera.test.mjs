// A second camera beside the first, and a second screen, in real pages and a C client.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { startClient, UNTIL_TOLD } from './lib/client.mjs';
import { openPage, until, untilSees } from './lib/pages.mjs';
import { startServer } from './signaling_client.mjs';

let server;
let browser;
before(async () => {
  server = await startServer(['--open']);
  browser = await launchChromium({ args: ['--use-fake-device-for-media-stream=device-count=3,fps=15'] }); // the second one has pictures of depth, which no encoder takes
});
after(async () => {
  await browser.close();
  await server.stop();
});

/** Whether `name` publishes just these, as `page` knows it. */
const untilPublished = (page, name, ...sources) => until(page, `${name} with ${sources}`, ({ participants }) => {
  const publications = participants.find((one) => one.name === name)?.publications ?? [];
  return publications.map(({ source }) => source).sort().join() === sources.sort().join();
});

/** Waits until the tile that is called so, whatever else is said of it, shows another picture. */
const untilMoves = (page, label) => page.waitForFunction((words) => {
  const all = ['you', 'camera 2', 'screen', 'screen 2'];
  const nameOf = (tile) => tile.getAttribute('aria-label').split(', ').filter((word, index) => index === 0 || all.includes(word)).join(', ');
  const video = [...document.querySelectorAll('.tile')].find((tile) => nameOf(tile) === words)?.querySelector('video');
  return video?.videoWidth > 0 && new Promise((resolve) => { video.requestVideoFrameCallback(() => resolve(true)); });
}, label).catch(async (error) => { throw new Error(`${label}: ${error.message}; there are ${await labels(page)}`); });
const labels = (page) => page.$$eval('.tile', (tiles) => tiles.map((tile) => tile.getAttribute('aria-label')));
const choose = async (page, index) => {
  await page.click('#settings-open');
  await page.waitForSelector('#second-camera-row:not([hidden])');
  await page.selectOption('#second-camera', { index });
  await page.click('#settings button.primary');
};
const drawnScreens = () => {
  navigator.mediaDevices.getDisplayMedia = async () => (await import('/media.js')).openCanvas({ audio: false, label: 'screen' });
};

for (const topology of ['sfu', 'mesh']) {
  test(`a second camera and a second screen are seen beside the first, and stopped (${topology})`, async (t) => {
    const ann = await openPage(browser, server, { room: topology, name: 'Ann', source: '', topology });
    const bob = await openPage(browser, server, { room: topology, name: 'Bob', source: 'none', topology });
    const weft = startClient(server, { room: topology, name: 'Weft', duration: UNTIL_TOLD, args: ['--send-second', 'test', '--video', '160x90@15:60k'] });
    t.after(() => Promise.all([ann.closeAll(), bob.closeAll(), weft.child.kill()]));
    bob.witnesses.push(weft);
    await untilSees(bob, ['Ann', 'Weft']);
    await until(bob, `a room that is ${topology}`, (stats) => stats.topology === topology);
    await untilMoves(bob, '“Weft”, camera 2');

    await choose(ann, 2);
    await untilMoves(ann, '“Ann”, you, camera 2');
    for (const label of ['“Ann”', '“Ann”, camera 2']) await untilMoves(bob, label);
    await ann.evaluate(drawnScreens);
    await ann.click('#share');
    await ann.click('#sharing-another');
    for (const label of ['“Ann”, screen', '“Ann”, screen 2']) await untilMoves(bob, label);

    await ann.evaluate(() => window.heddle.view.sharing.stop('screen'));
    await choose(ann, 0);
    await untilPublished(bob, 'Ann', 'camera', 'microphone', 'screen-2');
    for (const label of ['“Ann”', '“Ann”, screen 2']) await untilMoves(bob, label);
    assert.ok(!(await labels(bob)).some((label) => label.startsWith('“Ann”, camera 2')));
    assert.ok(!(await labels(ann)).some((label) => label.includes('camera 2') && label.includes('Ann')));
    await choose(ann, 2);
    await untilMoves(bob, '“Ann”, camera 2');
    await ann.click('#camera-toggle'); // turns both off
    await untilPublished(bob, 'Ann', 'camera', 'microphone', 'screen-2');
    assert.deepEqual([ann.problems, bob.problems], [[], []]);

    const { summary } = await weft.end();
    const seen = Object.fromEntries(summary.remotes.filter(({ name }) => name === 'Ann').map(({ source, video, here }) => [source, { here, moved: video.frames_decoded > 5 }]));
    assert.deepEqual(seen, { camera: { here: true, moved: true }, 'camera-2': { here: false, moved: true }, screen: { here: false, moved: true }, 'screen-2': { here: true, moved: true } });
  });
}
