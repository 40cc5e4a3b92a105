// What is done to one's own sound and picture before it is sent.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Devices } from '../../../client/web/devices.js';
import { OwnEffects } from '../../../client/web/own_effects.js';
import { FakeStream } from './fake_page.mjs';

const settled = () => new Promise((resolve) => { setImmediate(resolve); });
let devices;
let effects;
let made; // {track, resolve, reject, onFailed, isClosed} of each effect

beforeEach(() => {
  made = [];
  devices = new Devices(async ({ audio, video }) => new FakeStream(...[video !== false && 'video', audio !== false && 'audio'].filter(Boolean)), async () => false);
  const make = (track, onFailed) => new Promise((resolve, reject) => {
    const one = { track, onFailed, reject, isClosed: false };
    one.resolve = () => resolve({ track: `made of ${track.kind}`, close: () => { one.isClosed = true; } });
    made.push(one);
  });
  effects = new OwnEffects(devices, { camera: make, microphone: make });
});

test('off is the device’s own track; while an effect is made that stays', async () => {
  await devices.open();
  assert.equal(effects.track('camera'), devices.state.camera.track);
  effects.turn('camera', true);
  assert.ok(effects.isPending('camera') && !effects.isPending('microphone'));
  made[0].resolve();
  await settled();
  assert.deepEqual([effects.isPending('camera'), effects.track('camera')], [false, 'made of video']);
  effects.turn('camera', false);
  assert.deepEqual([made[0].isClosed, effects.track('camera')], [true, devices.state.camera.track]);
});

test('a camera that is opened for it is pending, not seen as it is; off ends what is made', async () => {
  effects.turn('camera', true);
  await devices.open();
  assert.ok(effects.isPending('camera'));
  await devices.turn('camera', false);
  assert.deepEqual([effects.isPending('camera'), effects.track('camera')], [false, null]);
  made[0].resolve(); // too late
  await settled();
  assert.deepEqual([made[0].isClosed, effects.track('camera')], [true, null]);
  await devices.turn('camera', true);
  assert.equal(made.length, 2);
});

test('one that fails is off: the voice goes on as it is, the camera is not seen at all', async () => {
  const failed = [];
  effects.addEventListener('failed', ({ detail: { source } }) => failed.push(source));
  await devices.open();
  for (const source of ['camera', 'microphone']) effects.turn(source, true);
  made[0].reject(new Error());
  made[1].resolve();
  await settled();
  made[1].onFailed();
  assert.deepEqual(failed, ['camera', 'microphone']);
  assert.deepEqual([devices.state.camera.isOn, devices.state.camera.track, effects.track('microphone')], [false, null, devices.state.microphone.track]);
  assert.ok(!effects.isOn('camera') && !effects.isOn('microphone'));
  made[1].onFailed(); // what is over has no say
  assert.equal(failed.length, 2);
});
