// What a person does in a call by keyboard, and with shared screens.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { find, openPage, until, untilSees, untilStands } from './lib/pages.mjs';
import { startServer } from './signaling_client.mjs';

let server;
let browser;
let page;
before(async () => {
  server = await startServer(['--open', '--mesh-max', '0']);
  browser = await launchChromium();
  page = await openPage(browser, server, { room: 'keys', name: 'Ann' });
  await until(page, 'joining', ({ status }) => status === 'connected');
});
after(async () => {
  await browser.close();
  await server.stop();
});

const isHeard = () => page.evaluate(() => !window.heddle.call.sources.get('microphone').muted && window.heddle.devices.state.microphone.track.enabled);
const isOpen = (id) => page.evaluate((name) => document.getElementById(name).open, id);

/** A screen that is shared without the browser's question. */
const share = (one) => one.evaluate(async () => {
  const { openCanvas } = await import('/media.js');
  navigator.mediaDevices.getDisplayMedia = async () => openCanvas({ audio: false, label: 'screen' });
  document.getElementById('share').click();
});

test('keys work on a Korean layout, and can be switched off', async () => {
  const press = () => page.evaluate(() => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ㅡ', code: 'KeyM', bubbles: true })));
  await press();
  assert.equal(await isHeard(), false);
  await press();
  assert.equal(await isHeard(), true);
  await page.click('#settings-open');
  await page.keyboard.press('m'); // a question is open
  assert.equal(await isHeard(), true);
  await page.uncheck('#keys-on');
  await page.keyboard.press('Escape');
  await press();
  assert.equal(await isHeard(), true);
  assert.equal(await page.evaluate(() => localStorage.getItem('keys')), 'off');
  await page.click('#settings-open');
  await page.check('#keys-on');
  await page.keyboard.press('Escape');
});

test('who is muted talks while the space bar is held, also after a click on "Mute"', async () => {
  await page.click('#mute');
  assert.equal(await isHeard(), false);
  await page.keyboard.down('Space');
  assert.equal(await isHeard(), true);
  await page.keyboard.up('Space');
  assert.equal(await isHeard(), false);
  await page.keyboard.press('m');
  assert.equal(await isHeard(), true);
});

test('a shared screen is marked on one’s own stage, with a button that ends it; a second one is pinned', async (t) => {
  const others = {};
  for (const name of ['Bob', 'Cho']) others[name] = await openPage(browser, server, { room: 'keys', name });
  t.after(() => Promise.all(Object.values(others).map((one) => one.closeAll())));
  for (const one of Object.values(others)) {
    await until(one, 'joining', ({ status }) => status === 'connected');
    await share(one);
    await one.waitForSelector('#sharing:not([hidden])');
    await one.waitForFunction(() => document.getElementById('sharing-picture').videoWidth > 0); // what one shares is seen there, too
  }
  await page.waitForFunction(() => document.querySelectorAll('.tile.screen').length === 2);
  const main = () => page.evaluate(() => document.querySelector('.tile.main').getAttribute('aria-label'));
  await page.waitForFunction(() => document.querySelector('.tile.main').getAttribute('aria-label').includes('Cho')); // the newest is the large one
  await page.waitForFunction(() => document.getElementById('announcer').textContent.includes('Cho\u2069 shares a screen'));
  const [first] = [await main()];
  await page.evaluate((label) => [...document.querySelectorAll('.tile.screen')].find((tile) => tile.getAttribute('aria-label') !== label).querySelector('.pin').click(), first);
  assert.notEqual(await main(), first);
  assert.match(await main(), /screen/);
  const pinned = await main();
  const [, who] = /“(.*)”/.exec(pinned);
  await others[who].click('#sharing-stop');
  assert.equal(await others[who].isVisible('#sharing'), false);
  assert.match(await others[who].textContent('#announcer'), /do not share your screen/);
  await page.waitForFunction((label) => document.querySelector('.tile.main').getAttribute('aria-label') === label, first);
  assert.deepEqual(page.problems, []);
});

test('audio only: no picture comes, the sound does, and the choice is remembered; captions are what an application feeds', async (t) => {
  const bob = await openPage(browser, server, { room: 'keys', name: 'Bob' });
  t.after(() => bob.closeAll());
  await untilSees(page, ['Bob']);
  const choose = async (label) => {
    await page.click('#layout');
    await page.click(`#view-menu button:text-is("${label}")`);
  };
  await choose('Audio only');
  await untilStands(page, 'Bob’s picture', (stats) => find(stats, 'Bob', 'camera').frames);
  assert.equal(await page.evaluate(() => document.querySelector('.tile:not(.mirrored) .initial').hidden), false);
  const { packets } = find(await page.stats(), 'Bob', 'microphone');
  await until(page, 'Bob’s sound', (stats) => find(stats, 'Bob', 'microphone').packets > packets + 20);
  assert.equal(await page.evaluate(() => localStorage.getItem('pictures')), 'none');
  assert.match(await page.innerText('#call-notice'), /Audio only/); // else everybody would look as without a camera
  await choose('Save data: small pictures');
  const { frames } = find(await page.stats(), 'Bob', 'camera');
  await until(page, 'Bob’s picture again', (stats) => find(stats, 'Bob', 'camera').frames > frames + 10);
  assert.ok(await page.evaluate(() => [...window.heddle.call.view.values()].every(({ width, height }) => width <= 320 && height <= 180)));
  await choose('All pictures');
  await page.evaluate(() => {
    const { call, captions } = window.heddle.view;
    const [id] = call.participants.keys();
    for (const words of ['Good', 'Good morning']) captions.show(id, words);
    captions.show('p999', 'nobody');
  });
  assert.equal(await page.innerText('#captions'), 'BobGood morning');
  await page.evaluate(() => window.heddle.view.captions.show([...window.heddle.call.participants.keys()][0], ''));
  assert.equal(await page.innerText('#captions'), '');
});

test('leaving by key asks first', async () => {
  await page.keyboard.press('l');
  assert.equal(await isOpen('leave-question'), true);
  await page.keyboard.press('Escape');
  assert.ok(await page.isVisible('#stage'));
  await page.evaluate(() => { window.tracks = [...window.heddle.call.sources.values()].map(({ track }) => track); });
  await page.keyboard.press('l');
  await page.click('#leave-question [value="leave"]');
  await page.waitForSelector('#join');
  assert.match(await page.textContent('#notice'), /left the room/);
  assert.deepEqual(await page.evaluate(() => window.tracks.map(({ readyState }) => readyState)), ['ended', 'ended'], 'camera and microphone are off');
  assert.ok(await page.evaluate(() => document.getElementById('call').hidden && window.heddle.call === undefined), 'no button of the call is left');
  await page.click('#join');
  await until(page, 'joining again', ({ status }) => status === 'connected');
});
