// Camera and microphone: each fails by itself, and can be had later.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeStream } from './fake_page.mjs';
import { Devices } from '../../../client/web/devices.js';

const settled = () => new Promise((resolve) => { setImmediate(resolve); });
const named = (name) => Object.assign(new Error(), { name });
const constraints = { camera: 'video', microphone: 'audio' };
let requests; // {requested, resolve, reject} of each request to the browser
let denied;
let devices;

beforeEach(() => {
  globalThis.isSecureContext = true;
  requests = [];
  denied = [];
  devices = new Devices((requested) => new Promise((resolve, reject) => requests.push({ requested, resolve, reject })), async (source) => denied.includes(source));
});

/** The browser's answer to the oldest request: tracks of kinds, or an error. */
async function answer(...what) {
  const { resolve, reject } = requests.shift();
  if (what[0] instanceof Error) reject(what[0]);
  else resolve(new FakeStream(...what));
  await settled();
}
const isOpen = (source) => devices.state[source].track?.readyState === 'live';
const problems = () => [devices.state.camera.problem, devices.state.microphone.problem];

test('both are asked for at once', async () => {
  devices.open();
  assert.deepEqual(requests[0].requested, { video: '', audio: '' });
  assert.ok(devices.isAsking);
  await answer('video', 'audio');
  assert.ok(isOpen('camera') && isOpen('microphone') && !devices.isAsking && !devices.isWaiting);
  devices.open();
  assert.equal(requests.length, 0);
});

test('one that cannot be opened does not cost the other', async () => {
  for (const [name, problem] of [['NotReadableError', 'busy'], ['AbortError', 'busy'], ['NotFoundError', 'missing'], ['OverconstrainedError', 'missing']]) {
    for (const [fails, works] of [['camera', 'microphone'], ['microphone', 'camera']]) {
      devices.close();
      devices.open();
      await answer(named(name));
      for (const { requested } of [...requests]) {
        if (requested[constraints[works]] === '') await answer(constraints[works]);
        else await answer(named(name));
      }
      assert.ok(isOpen(works) && !isOpen(fails), `${name} of the ${fails}`);
      assert.equal(devices.state[fails].problem, problem);
      assert.equal(devices.state[works].problem, '');
    }
  }
});

test('who says no to both is not asked again; what is allowed is opened', async () => {
  devices.open();
  await answer(named('NotAllowedError'));
  assert.deepEqual([requests.length, ...problems()], [0, 'denied', 'denied']);
  denied = ['camera'];
  devices.open();
  await answer(named('NotAllowedError'));
  assert.deepEqual(requests[0].requested, { video: false, audio: '' });
  await answer('audio');
  assert.deepEqual(problems(), ['denied', '']);
});

test('what failed is opened when it is asked for again, and nothing else: who unmutes is not seen', async () => {
  const acts = { turn: (source) => devices.turn(source, true), choose: (source) => devices.choose(source, 'second'), open: (source) => devices.open([source]) };
  for (const [name, act] of Object.entries(acts)) {
    for (const [source, other] of [['camera', 'microphone'], ['microphone', 'camera']]) {
      devices.close();
      devices.prefer({ camera: { id: '', isOn: true }, microphone: { id: '', isOn: true }, loudspeaker: '' });
      devices.open();
      await answer(named('NotAllowedError'));
      act(source);
      const id = name === 'choose' ? 'second' : '';
      assert.deepEqual(requests[0].requested, { [constraints[source]]: id, [constraints[other]]: false }, `${name} ${source}`);
      await answer(constraints[source]);
      assert.ok(isOpen(source) && !isOpen(other), `${name} ${source}`);
      assert.equal(devices.state[source].problem, '');
      assert.equal(devices.state[other].problem, 'denied');
    }
  }
});

test('the camera is stopped when it is off, a muted microphone is not', async () => {
  devices.open();
  await answer('video', 'audio');
  const { camera, microphone } = devices.state;
  devices.turn('camera', false);
  devices.turn('microphone', false);
  assert.deepEqual([camera.track.readyState, devices.state.camera.track], ['ended', null]);
  assert.deepEqual([microphone.track.readyState, microphone.track.enabled], ['live', false]);
  devices.turn('microphone', true);
  assert.ok(microphone.track.enabled);
  assert.equal(requests.length, 0);
  devices.turn('camera', true);
  assert.deepEqual(requests[0].requested, { video: '', audio: false });
  await answer('video');
  assert.ok(isOpen('camera'));
});

test('a camera that is off at the start is not opened, a muted microphone opens muted', async () => {
  devices.prefer({ camera: { id: 'c1', isOn: false }, microphone: { id: 'm1', isOn: false }, loudspeaker: 'l1' });
  devices.open();
  assert.deepEqual(requests[0].requested, { video: false, audio: 'm1' });
  await answer('audio');
  assert.equal(devices.state.microphone.track.enabled, false);
  assert.equal(devices.state.loudspeaker, 'l1');
});

test('off while the browser asks: what it opens then is closed', async () => {
  devices.open();
  devices.turn('camera', false);
  const stream = new FakeStream('video', 'audio');
  requests.shift().resolve(stream);
  await settled();
  assert.deepEqual(stream.tracks.map(({ readyState }) => readyState), ['ended', 'live']);
});

test('of several choices the last one counts, whichever opens first', async () => {
  for (const order of [[0, 1], [1, 0]]) {
    devices.close();
    requests = [];
    devices.open();
    devices.choose('camera', 'c2');
    const streams = [new FakeStream('video', 'audio'), new FakeStream('video', 'audio')];
    for (const index of order) {
      requests[index].resolve(streams[index]);
      await settled();
    }
    assert.deepEqual(requests[1].requested, { video: 'c2', audio: '' });
    assert.deepEqual(streams.map(({ isStopped }) => isStopped), [true, false]);
    devices.choose('camera', '');
  }
});

test('an unanswered request is no dead end', async () => {
  devices.open();
  devices.choose('camera', 'none');
  assert.deepEqual(requests[1].requested, { video: false, audio: '' });
  requests[1].resolve(new FakeStream('audio'));
  await devices.settled();
  assert.ok(isOpen('microphone') && !devices.isWaiting);
});

test('another microphone takes the place of one that is muted, and is muted', async () => {
  devices.open();
  await answer('video', 'audio');
  devices.turn('microphone', false);
  devices.choose('microphone', 'm2');
  assert.deepEqual(requests[0].requested, { video: false, audio: 'm2' });
  await answer('audio');
  assert.equal(devices.state.microphone.track.enabled, false);
});

test('who chooses a device after none wants it on', async () => {
  devices.choose('microphone', 'none');
  devices.choose('camera', 'none');
  await settled();
  requests = [];
  devices.choose('camera', 'c1');
  assert.deepEqual(requests[0].requested, { video: 'c1', audio: false });
  await answer('video');
  assert.ok(devices.state.camera.isOn);
  devices.turn('microphone', true);
  assert.deepEqual(requests[0].requested, { video: false, audio: '' });
});

test('a device that was chosen once and is not plugged in: another one is taken', async () => {
  devices.prefer({ camera: { id: 'gone', isOn: true }, microphone: { id: 'none', isOn: false }, loudspeaker: '' });
  devices.open();
  await answer(named('OverconstrainedError'));
  assert.deepEqual(requests[0].requested, { video: '', audio: false });
  await answer('video');
  assert.ok(isOpen('camera'));
  assert.equal(devices.state.camera.id, 'gone', 'it may come back');
});

test('one that is unplugged is off until somebody switches it on', async () => {
  devices.open();
  await answer('video', 'audio');
  devices.state.microphone.track.onended();
  assert.deepEqual(problems(), ['', 'ended']);
  assert.equal(devices.state.microphone.isOn, false);
  devices.turn('microphone', true);
  await answer('audio');
  assert.deepEqual(problems(), ['', '']);
  assert.ok(devices.state.microphone.track.enabled);
});

test('without https the browser gives nothing, and that is known', async () => {
  globalThis.isSecureContext = false;
  devices.openStream = async () => navigator.mediaDevices.getUserMedia(); // there are no mediaDevices
  await devices.open();
  assert.deepEqual(problems(), ['insecure', 'insecure']);
});

test('what is closed is stopped, and is not opened by what comes late', async () => {
  devices.open();
  const stream = new FakeStream('video', 'audio');
  devices.close();
  requests.shift().resolve(stream);
  await settled();
  assert.ok(stream.isStopped);
  assert.ok(!isOpen('camera') && devices.isWaiting);
});
