// Noise suppression and background blur, where the server has their files: the sent track is the processed one, and
// switching off gives the device's own back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium, launchFirefox } from './lib/browser.mjs';
import { openPage, untilSees } from './lib/pages.mjs';
import { startServer } from './signaling_client.mjs';

const root = new URL('../../', import.meta.url).pathname;
const web = mkdtempSync(path.join(os.tmpdir(), 'heddle-web-'));
let server;
let browser;
before(async () => {
  cpSync(path.join(root, 'client/web'), web, { recursive: true });
  rmSync(path.join(web, 'effects'), { recursive: true, force: true });
  server = await startServer(['--open', '--mesh-max', '0', '--web', web]);
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  await server.stop();
  rmSync(web, { recursive: true });
});

const offered = (page) => page.evaluate(() => [...document.querySelectorAll('#prejoin-devices [data-effect]')].filter((box) => box.checkVisibility()).map(({ dataset }) => dataset.effect));
const tick = (page, source) => page.evaluate((one) => document.querySelector(`#call-devices [data-effect="${one}"]`).click(), source);
/** Whether the track on its way to the router is the device's own; null: there is none. */
const sendsOwn = (page, source) => page.evaluate((one) => {
  const sent = window.heddle.call.connections.get('router')?.peerConnection.sender(one)?.track;
  return sent ? sent === window.heddle.devices.state[one].track : null;
}, source);
const untilSends = (page, source, isOwn) => page.waitForFunction(([one, own]) => {
  const sent = window.heddle.call.connections.get('router')?.peerConnection.sender(one)?.track;
  return sent && (sent === window.heddle.devices.state[one].track) === own;
}, [source, isOwn], { timeout: 30000 });
/** In place of the microphone: what a fan sounds like (noise with more of the low than of the high), at -20 dB. */
const hearsNoise = (page) => page.evaluate(() => {
  const context = new AudioContext({ sampleRate: 48000 });
  const noise = context.createBuffer(1, 96000, 48000);
  let last = 0;
  noise.getChannelData(0).forEach((_, index, all) => {
    last = 0.98 * last + 0.07 * (Math.random() - 0.5);
    all[index] = last;
  });
  const source = new AudioBufferSourceNode(context, { buffer: noise, loop: true });
  const sink = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  source.connect(sink);
  source.start();
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => (wanted.audio && !wanted.video ? sink.stream.clone() : open(wanted));
  return window.heddle.devices.choose('microphone', '');
});
/** How loud what Ann sends is, where it comes out at Bob, in dB. */
const loudness = (page) => page.evaluate(async () => {
  const { track } = [...window.heddle.call.tracks].find(([publication]) => publication.endsWith('/microphone'))[1];
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 32768 });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  // By the clock of the sound: what was on its way when we began is out of the analyser's window then.
  const pause = new ConstantSourceNode(context);
  const passed = new Promise((resolve) => { pause.onended = resolve; });
  pause.start();
  pause.stop(context.currentTime + 1.5 * analyser.fftSize / context.sampleRate);
  await passed;
  analyser.getFloatTimeDomainData(samples);
  context.close();
  return 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 1e-12) / samples.length);
});
/** How steep the edges are in what Ann sees of herself: squared differences of neighbouring pixels. */
const sharpness = (page) => page.evaluate(() => {
  const video = [...document.querySelectorAll('.tile.mirrored video')].find(({ videoWidth }) => videoWidth > 0);
  const { videoWidth: width, videoHeight: height } = video;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(video, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  let sum = 0;
  for (let i = 4; i < data.length; i += 4) sum += (data[i] - data[i - 4]) ** 2 + (data[i + 1] - data[i - 3]) ** 2;
  return sum / (data.length / 4);
});

test('a page whose server has no effects offers none, and runs no WebAssembly', async (t) => {
  const page = await openPage(browser, server, { room: 'none', name: 'Ann', source: '', joins: false });
  t.after(() => page.closeAll());
  await page.waitForFunction(() => window.heddle.devices.state.camera.track);
  assert.deepEqual(await offered(page), []);
  assert.match(await page.evaluate(() => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => 'compiled', String)), /CompileError/);
});

test('noise is suppressed and the background blurred on the way out, off by default; off gives the devices back', async (t) => {
  execFileSync('node', [path.join(root, 'client/effects/fetch.mjs'), path.join(web, 'effects')]);
  const page = await openPage(browser, server, { room: 'effects', name: 'Ann', source: '', joins: false });
  t.after(() => page.closeAll());
  await page.waitForFunction(() => window.heddle.devices.state.camera.track);
  assert.deepEqual(await offered(page), ['microphone', 'camera']);
  await hearsNoise(page);
  await page.click('#join');
  const bob = await openPage(browser, server, { room: 'effects', name: 'Bob', source: 'none' });
  t.after(() => bob.closeAll());
  await untilSees(bob, ['Ann']);
  assert.deepEqual([await sendsOwn(page, 'microphone'), await sendsOwn(page, 'camera')], [true, true]);

  const noise = await loudness(bob);
  await tick(page, 'microphone');
  await untilSends(page, 'microphone', false);
  const suppressed = await loudness(bob);
  t.diagnostic(`noise: ${noise.toFixed(1)} dB, suppressed ${suppressed.toFixed(1)} dB`);
  assert.ok(noise > -30 && suppressed < noise - 15, `${noise} ${suppressed}`);

  const sharp = await sharpness(page);
  await tick(page, 'camera');
  await untilSends(page, 'camera', false);
  await page.waitForFunction(() => [...document.querySelectorAll('.tile.mirrored video')].some(({ srcObject, videoWidth }) => videoWidth > 0 && srcObject?.getVideoTracks()[0] !== window.heddle.devices.state.camera.track));
  const blurred = await sharpness(page);
  t.diagnostic(`sharpness: ${sharp.toFixed(2)}, blurred ${blurred.toFixed(2)}`);
  assert.ok(blurred < sharp / 5, `${sharp} ${blurred}`);

  await page.click('#camera-toggle'); // the light goes out, and nothing is processed
  await page.waitForFunction(() => !window.heddle.devices.state.camera.track && window.heddle.effects.running.size === 1);
  await page.click('#camera-toggle');
  await untilSends(page, 'camera', false);
  for (const source of ['microphone', 'camera']) await tick(page, source);
  for (const source of ['microphone', 'camera']) await untilSends(page, source, true);
  await untilSees(bob, ['Ann']);
  assert.deepEqual(page.problems, []);
});

test('Firefox, which does not give out the frames of a camera, offers noise suppression only', async (t) => {
  const firefox = await launchFirefox();
  t.after(() => firefox.close());
  const page = await openPage(firefox, server, { room: 'firefox', name: 'Fred', source: '', joins: false });
  await page.waitForFunction(() => window.heddle.devices.state.microphone.track);
  assert.deepEqual(await offered(page), ['microphone']);
  assert.deepEqual(page.problems, []);
});
