// Camera, microphone and loudspeaker, before a call and in it: what fails costs nothing else, and can be had later.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium, launchFirefox } from './lib/browser.mjs';
import { find, openPage, until, untilSees, untilStands } from './lib/pages.mjs';
import { startServer } from './signaling_client.mjs';

let server;
let browser;
before(async () => {
  server = await startServer(['--open', '--mesh-max', '0']);
  browser = await launchChromium({ args: ['--use-fake-device-for-media-stream=fps=10,device-count=2', '--host-resolver-rules=MAP heddle.test 127.0.0.1'] });
});
after(async () => {
  await browser.close();
  await server.stop();
});

/** A browser whose pages refuse the kinds in `window.refused` (by the name of an error). */
const refusing = (refused) => ({
  newContext: async () => {
    const context = await browser.newContext();
    await context.addInitScript((all) => {
      window.refused = all;
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wanted) => {
        for (const [kind, name] of Object.entries(window.refused)) if (wanted[kind]) throw new DOMException('', name);
        return open(wanted);
      };
    }, refused);
    return context;
  },
});
const notice = (page, words) => page.waitForFunction((part) => {
  const element = document.getElementById(document.getElementById('call').hidden ? 'notice' : 'call-notice');
  return element.offsetParent !== null && element.textContent.includes(part);
}, words, { timeout: 10000 });
const devicesOf = (page) => page.evaluate(() => Object.fromEntries(['camera', 'microphone'].map((source) => [source, window.heddle.devices.state[source].track?.readyState ?? 'none'])));
const sees = (page, name, muted) => until(page, `${name} with ${JSON.stringify(muted)}`, ({ participants }) => {
  const { publications } = participants.find((one) => one.name === name) ?? { publications: [] };
  return Object.entries(muted).every(([source, isMuted]) => (publications.find((one) => one.source === source)?.muted ?? true) === isMuted);
});

/** Somebody who looks on. */
async function watcher(t, room) {
  const page = await openPage(browser, server, { room, name: 'Bob' });
  t.after(() => page.closeAll());
  return page;
}

test('before a call: devices by name, a level, a test sound; joining muted without camera; all of it is remembered', async (t) => {
  const page = await openPage(browser, server, { room: 'prejoin', name: 'Ann', source: '', joins: false });
  t.after(() => page.closeAll());
  const labels = await page.waitForFunction(() => {
    const all = Object.fromEntries([...document.querySelectorAll('#prejoin-devices [data-device]')].map((select) => [select.dataset.device, [...select.options].map(({ textContent }) => textContent)]));
    return all.camera.length > 3 && all;
  }).then((handle) => handle.jsonValue());
  for (const [source, least] of [['camera', 4], ['microphone', 4], ['loudspeaker', 2]]) assert.ok(labels[source].length >= least && labels[source][1].length > 3, JSON.stringify(labels));
  await page.waitForFunction(() => Number(document.querySelector('#prejoin-devices .level').getAttribute('aria-valuenow')) > 20); // the fake microphone beeps
  await page.click('#prejoin-devices [data-sound]');
  await page.waitForFunction(() => !document.querySelector('#prejoin-devices [data-sound]').disabled);
  assert.equal(await page.textContent('#prejoin-devices [data-sound]'), 'Test sound');
  await page.selectOption('#prejoin-devices [data-device="microphone"]', { index: 2 });
  await page.click('#prejoin-camera');
  await page.click('#prejoin-microphone');
  await page.waitForFunction(() => window.heddle.devices.state.microphone.track);
  assert.deepEqual(await devicesOf(page), { camera: 'none', microphone: 'live' });
  await page.click('#join');
  const bob = await watcher(t, 'prejoin');
  await sees(bob, 'Ann', { camera: true, microphone: true });
  assert.deepEqual(await page.evaluate(() => ['mute', 'camera-toggle'].map((id) => document.getElementById(id).getAttribute('aria-label'))), ['Unmute', 'Camera on']);
  await page.click('#camera-toggle');
  await untilSees(bob, ['Ann']);
  await page.click('#leave');
  const saved = await page.evaluate(() => document.querySelector('#prejoin-devices [data-device="microphone"]').value);
  await page.reload();
  await page.waitForFunction(() => window.heddle.devices.state.microphone.track);
  assert.deepEqual(await page.evaluate(() => [window.heddle.devices.state.camera.isOn, window.heddle.devices.state.microphone.isOn, document.querySelector('#prejoin-devices [data-device="microphone"]').value]), [false, false, saved]);
  assert.deepEqual(page.problems, []);
});

test('a busy camera does not cost the microphone, and is added in the call when it is free', async (t) => {
  const page = await openPage(refusing({ video: 'NotReadableError' }), server, { room: 'busy', name: 'Ann', source: '', joins: false });
  t.after(() => page.closeAll());
  await notice(page, 'another program');
  await page.click('#join');
  const bob = await watcher(t, 'busy');
  await sees(bob, 'Ann', { camera: true, microphone: false });
  await page.click('#camera-toggle');
  await notice(page, 'camera could not be opened');
  await page.evaluate(() => { window.refused = {}; });
  await page.click('#camera-toggle');
  await untilSees(bob, ['Ann']);
  assert.equal(await page.isVisible('#call-notice'), false);
  assert.deepEqual(page.problems, []);
});

test('without any device one joins, and adds them later; no message is lost on the way', async (t) => {
  const page = await openPage(refusing({ video: 'NotFoundError', audio: 'NotFoundError' }), server, { room: 'none', name: 'Ann', source: '', joins: false });
  t.after(() => page.closeAll());
  await notice(page, 'No camera and no microphone');
  await page.click('#join');
  const bob = await watcher(t, 'none');
  await sees(bob, 'Ann', { camera: true, microphone: true });
  await page.evaluate(() => { window.refused = {}; });
  await page.click('#mute');
  await until(bob, 'hearing Ann', (stats) => find(stats, 'Ann', 'microphone')?.audioEnergy > 0);
  assert.deepEqual(await devicesOf(page), { camera: 'none', microphone: 'live' }); // who unmutes is not seen
  await page.click('#camera-toggle');
  await untilSees(bob, ['Ann']);
});

test('"Camera off" ends the capture, "Camera on" begins it again', async (t) => {
  const page = await openPage(browser, server, { room: 'light', name: 'Ann', source: '' });
  t.after(() => page.closeAll());
  const bob = await watcher(t, 'light');
  await untilSees(bob, ['Ann']);
  await page.evaluate(() => { window.former = window.heddle.devices.state.camera.track; });
  await page.click('#camera-toggle');
  assert.equal(await page.evaluate(() => window.former.readyState), 'ended');
  await sees(bob, 'Ann', { camera: true, microphone: false });
  const frames = await untilStands(bob, 'a picture that is off', (stats) => find(stats, 'Ann', 'camera')?.frames);
  await page.click('#camera-toggle');
  await until(bob, 'the picture again', (stats) => find(stats, 'Ann', 'camera')?.frames > frames + 10);
});

test('in the call another camera and another microphone take the place of the first; the loudspeaker plays everybody', async (t) => {
  const page = await openPage(browser, server, { room: 'change', name: 'Ann', source: '' });
  t.after(() => page.closeAll());
  const bob = await watcher(t, 'change');
  await untilSees(bob, ['Ann']);
  await until(page, 'hearing Bob', (stats) => find(stats, 'Bob', 'microphone')?.packets > 0);
  const lines = () => page.evaluate(() => window.heddle.call.connections.get('router').peerConnection.pc.getTransceivers().length);
  const before = await lines();
  await page.click('#settings-open');
  for (const source of ['camera', 'microphone', 'loudspeaker']) {
    await page.waitForFunction((name) => document.querySelector(`#call-devices [data-device="${name}"]`).options.length > 1, source);
    await page.selectOption(`#call-devices [data-device="${source}"]`, { index: source === 'camera' ? 1 : 2 }); // Chromium does not encode its second camera
  }
  await page.waitForFunction(() => ['camera', 'microphone'].every((source) => {
    const { id, track } = window.heddle.devices.state[source];
    return id && track?.getSettings().deviceId === id && window.heddle.call.sources.get(source).track === track;
  }));
  const { frames } = find(await bob.stats(), 'Ann', 'camera');
  await until(bob, 'the other camera', (stats) => find(stats, 'Ann', 'camera').frames > frames + 20);
  assert.equal(await lines(), before, 'nothing is negotiated anew');
  await page.waitForFunction(() => [...document.querySelectorAll('audio')].every(({ sinkId }) => sinkId === window.heddle.devices.state.loudspeaker && sinkId !== ''));
  await page.evaluate(() => { // it is unplugged
    const { loudspeaker } = window.heddle.devices.state;
    const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
    navigator.mediaDevices.enumerateDevices = async () => (await list()).filter(({ deviceId }) => deviceId !== loudspeaker);
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  });
  await page.waitForFunction(() => [...document.querySelectorAll('audio')].every(({ sinkId }) => sinkId === ''));
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'settings-open');
  assert.deepEqual(page.problems, []);
});

test('a device that is unplugged is told to oneself, and the others see it muted', async (t) => {
  const page = await openPage(browser, server, { room: 'unplugged', name: 'Ann', source: '' });
  t.after(() => page.closeAll());
  const bob = await watcher(t, 'unplugged');
  await untilSees(bob, ['Ann']);
  await page.evaluate(() => {
    const { track } = window.heddle.devices.state.microphone;
    track.stop(); // as the browser does; its event does not follow then
    track.dispatchEvent(new Event('ended'));
  });
  await notice(page, 'Nobody hears you');
  assert.match(await page.textContent('#announcer'), /Nobody hears you/);
  await sees(bob, 'Ann', { camera: false, microphone: true });
  await page.click('#mute');
  await sees(bob, 'Ann', { camera: false, microphone: false });
});

test('permission that comes late is taken up at once', async (t) => {
  const asking = await launchChromium({ isAllowed: false });
  t.after(() => asking.close());
  const page = await openPage(asking, server, { room: 'late', name: 'Ann', source: '', joins: false });
  await notice(page, 'does not allow camera and microphone');
  await page.click('#join');
  const bob = await watcher(t, 'late');
  await page.context().grantPermissions(['camera', 'microphone'], { origin: new URL(server.url).origin });
  await untilSees(bob, ['Ann']);
  assert.equal(await page.isVisible('#call-notice'), false);
});

test('sound that the browser holds back is told, and heard after a touch', async (t) => {
  const strict = await launchChromium({ args: ['--autoplay-policy=user-gesture-required'] });
  t.after(() => strict.close());
  await watcher(t, 'held');
  const context = await strict.newContext();
  await context.addInitScript(() => document.addEventListener('DOMContentLoaded', () => { // what a test asks a page counts as a touch: it tells by itself
    const element = document.getElementById('call-notice');
    new MutationObserver(() => element.hidden || console.log(element.textContent)).observe(element, { attributes: true, childList: true, subtree: true });
  }));
  const told = context.waitForEvent('console', { predicate: (message) => message.text().includes('does not play sound'), timeout: 10000 });
  const page = await context.newPage();
  await page.goto(`${server.url}?room=held&name=Ann&source=none&autojoin=1`);
  await told;
  assert.ok(await page.evaluate(() => document.querySelector('audio').paused));
  await page.click('#stage');
  await page.waitForFunction(() => !document.querySelector('audio').paused && document.getElementById('call-notice').hidden);
});

test('a page without https says what mends that, and one can watch', async (t) => {
  const url = new URL(server.url);
  const page = await openPage(browser, { ...server, url: `http://heddle.test:${url.port}/` }, { room: 'plain', name: 'Ann', source: '', joins: false });
  t.after(() => page.closeAll());
  await notice(page, 'open the page by https');
  const bob = await watcher(t, 'plain');
  await page.click('#join');
  await untilSees(page, ['Bob']);
  await page.click('#camera-toggle');
  await notice(page, 'open the page by https');
  await sees(bob, 'Ann', { camera: true, microphone: true });
  assert.deepEqual(page.problems, []);
});

test('the same in Firefox: devices by name, off and on again', async (t) => { // its media does not reach a server on the loopback address
  const firefox = await launchFirefox();
  t.after(() => firefox.close());
  const page = await openPage(firefox, server, { room: 'firefox', name: 'Ann', source: '' });
  const bob = await watcher(t, 'firefox');
  await sees(bob, 'Ann', { camera: false, microphone: false });
  await page.click('#settings-open');
  await page.waitForFunction(() => document.querySelector('#call-devices [data-device="camera"]').options.length > 2);
  await page.keyboard.press('Escape');
  await page.keyboard.press('v');
  await sees(bob, 'Ann', { camera: true, microphone: false });
  assert.deepEqual(await devicesOf(page), { camera: 'none', microphone: 'live' });
  await page.keyboard.press('v');
  await sees(bob, 'Ann', { camera: false, microphone: false });
  assert.deepEqual(await devicesOf(page), { camera: 'live', microphone: 'live' });
});
