// The prejoin: at the join the chosen devices are open, and no others.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeStream, byId, devices, fakePage } from './fake_page.mjs';
import { tick } from './virtual_time.mjs';
import { Devices, NONE } from '../../../client/web/devices.js';
import { isDenied, openDevices } from '../../../client/web/media.js';
import { OwnEffects } from '../../../client/web/own_effects.js';
import { Prejoin } from '../../../client/web/ui/prejoin.js';

const settled = () => new Promise((resolve) => { setImmediate(resolve); });
let joined;
let own; // the person's devices
function makeLobby(parameters = 'name=Ann&room=weaving') {
  joined = [];
  own = new Devices(openDevices, isDenied);
  return new Prejoin(new URLSearchParams(parameters), own, new OwnEffects(own, {}), { show: () => {} }, { onJoin: (choice) => joined.push(choice), onChosen: () => {} });
}
/** A prejoin of somebody who wants no devices. */
function makeWithout(parameters) {
  const prejoin = makeLobby(parameters);
  own.prefer({ camera: { id: NONE, isOn: false }, microphone: { id: NONE, isOn: false }, loudspeaker: '' });
  return prejoin;
}
const openKinds = () => ['camera', 'microphone'].map((source) => own.state[source].track?.kind).filter(Boolean);
beforeEach(fakePage);

test('who presses "Join" while the browser asks for the devices joins with them, once', async () => {
  const prejoin = makeLobby();
  prejoin.show();
  prejoin.submit();
  await settled();
  assert.equal(joined.length, 0);
  assert.ok(byId('join').disabled, 'a second press would join twice');
  const stream = new FakeStream('video', 'audio');
  devices.answers.shift().resolve(stream);
  await settled();
  assert.deepEqual(joined, [{ name: 'Ann', room: 'weaving' }]);
  assert.ok(!stream.isStopped);
});

test('without permission one is told, and joins with nothing', async () => {
  const prejoin = makeLobby();
  prejoin.show();
  devices.answers.shift().reject(Object.assign(new Error(), { name: 'NotAllowedError' }));
  await settled();
  assert.equal(byId('notice').hidden, false);
  await prejoin.submit();
  assert.equal(joined.length, 1);
  assert.deepEqual(openKinds(), []);
});

test('who presses "Join" and then cannot have the devices is told first, and joins by the next press', async () => {
  const prejoin = makeLobby();
  prejoin.show();
  prejoin.submit();
  for (let asked = 0; asked < 3; asked += 1) { // for both, for the camera, for the microphone
    devices.answers.shift().reject(Object.assign(new Error(), { name: 'NotReadableError' }));
    await settled();
  }
  assert.equal(joined.length, 0);
  assert.equal(byId('notice').hidden, false);
  assert.match(byId('notice').textContent, /another program/);
  await prejoin.submit();
  assert.equal(joined.length, 1);
});

test('after a call the devices stay closed until somebody joins again', async () => {
  const prejoin = makeLobby('name=Ann&room=weaving');
  prejoin.showAgain('left');
  await settled();
  assert.equal(devices.answers.length, 0);
  assert.equal(byId('prejoin').hidden, false);
  assert.match(byId('notice').textContent, /have left/);
  const words = ['prejoin-camera', 'prejoin-microphone'].map((id) => byId(id).getAttribute('aria-label'));
  assert.deepEqual(words, ['Camera off', 'Mute'], 'what joining turns on is shown as on');
  assert.match(byId('preview-off').textContent, /when you join/);
  prejoin.submit();
  const stream = new FakeStream('video', 'audio');
  devices.answers.shift().resolve(stream);
  await settled();
  assert.deepEqual(joined, [{ name: 'Ann', room: 'weaving' }]);
  assert.ok(!stream.isStopped);
});

test('a device that is turned off between two calls is not opened by the next one', async () => {
  const prejoin = makeLobby('name=Ann&room=weaving');
  prejoin.showAgain('left');
  byId('prejoin-camera').onclick();
  assert.match(byId('preview-off').textContent, /is off/);
  prejoin.submit();
  const [wanted] = devices.wanted;
  assert.deepEqual([Boolean(wanted.video), Boolean(wanted.audio)], [false, true]);
  devices.answers.shift().resolve(new FakeStream('audio'));
  await settled();
  assert.equal(joined.length, 1);
  assert.equal(own.state.camera.isOn, false);
});

test('a name or a room that cannot be is said, and nobody joins', async () => {
  for (const parameters of ['name=&room=a', `name=${'n'.repeat(65)}&room=a`, 'name=Ann&room=a%20b']) {
    await makeLobby(parameters).submit();
    assert.equal(byId('notice').hidden, false, parameters);
    assert.equal(joined.length, 0, parameters);
  }
});

test('a name has up to 64 characters, however many units each takes', async () => {
  const table = { '🐧': [1, true], '👩‍👩‍👧‍👦': [9, true], x: [64, true], 한: [64, true], '🐧x': [32, true], y: [65, false], '🐟': [65, false] };
  for (const [sign, [count, joins]] of Object.entries(table)) {
    const prejoin = makeWithout(`room=weaving&name=${encodeURIComponent(sign.repeat(count))}`);
    await prejoin.show();
    await prejoin.submit();
    assert.equal(joined.length, joins ? 1 : 0, `${count} x ${sign}`);
  }
  const prejoin = makeWithout(`room=weaving&name=${encodeURIComponent('🐧'.repeat(64))}`);
  await prejoin.show();
  await prejoin.submit();
  assert.equal(joined.length, 1);
});

test('a browser that goes on asking is named after a second, and "None" is a way out', async () => {
  const prejoin = makeLobby();
  prejoin.show();
  await settled();
  assert.equal(byId('notice').hidden, true);
  prejoin.submit();
  tick(1000);
  assert.match(byId('notice').textContent, /Waiting for camera/);
  byId('prejoin-microphone').onclick(); // to join muted
  assert.match(byId('notice').textContent, /Waiting for camera/);
  own.choose('camera', NONE);
  devices.answers[1].resolve(new FakeStream('audio')); // the first question stays without an answer
  await settled();
  assert.equal(joined.length, 1);
  assert.deepEqual(openKinds(), ['audio']);
  assert.equal(own.state.microphone.track.enabled, false);
});

test('devices that come while their wait is told take the words away, and no others', async () => {
  const prejoin = makeLobby('name=&room=weaving');
  prejoin.show();
  tick(1000);
  devices.answers[0].resolve(new FakeStream('video', 'audio'));
  await settled();
  assert.equal(byId('notice').hidden, true);
  own.choose('camera', '');
  await prejoin.submit();
  devices.answers[1].resolve(new FakeStream('video'));
  await settled();
  assert.match(byId('notice').textContent, /enter a name/);
});

test('one can join muted, and with the camera off', async () => {
  const prejoin = makeLobby();
  prejoin.show();
  const stream = new FakeStream('video', 'audio');
  devices.answers[0].resolve(stream);
  await settled();
  for (const id of ['prejoin-camera', 'prejoin-microphone']) byId(id).onclick();
  assert.deepEqual(stream.tracks.map(({ readyState, enabled }) => [readyState, enabled]), [['ended', true], ['live', false]]);
  assert.deepEqual(['prejoin-camera', 'prejoin-microphone'].map((id) => byId(id).getAttribute('aria-label')), ['Camera on', 'Unmute']);
  await prejoin.submit();
  assert.equal(joined.length, 1);
  assert.deepEqual([own.state.camera.isOn, own.state.microphone.isOn], [false, false]);
});

test('what is never allowed does not cost the other one', async () => {
  const table = { camera: ['audio', /not allow the camera/], microphone: ['video', /not allow the microphone/] };
  for (const [denied, [works, said]] of Object.entries(table)) {
    fakePage();
    devices.denied.push(denied);
    const prejoin = makeLobby();
    prejoin.show();
    devices.answers[0].reject(Object.assign(new Error(), { name: 'NotAllowedError' }));
    await settled();
    assert.deepEqual(['audio', 'video'].filter((kind) => devices.wanted[1][kind]), [works]);
    devices.answers[1].resolve(new FakeStream(works));
    await settled();
    assert.match(byId('notice').textContent, said);
    await prejoin.submit();
    assert.equal(joined.length, 1);
    assert.deepEqual(openKinds(), [works]);
  }
  fakePage();
  devices.denied.push('camera', 'microphone');
  makeLobby().show();
  devices.answers[0].reject(Object.assign(new Error(), { name: 'NotAllowedError' }));
  await settled();
  assert.equal(devices.answers.length, 1);
  assert.match(byId('notice').textContent, /does not allow camera and microphone/);
});

test('a page without https says why it has no camera, and what can be done without', async () => {
  globalThis.isSecureContext = false;
  delete navigator.mediaDevices;
  const prejoin = makeLobby();
  await prejoin.show();
  assert.match(byId('notice').textContent, /https/);
  await prejoin.submit();
  assert.equal(joined.length, 1);
});

test('without WebRTC nobody joins, and is told so', async () => {
  delete globalThis.RTCPeerConnection;
  const prejoin = makeWithout('name=Ann&room=weaving');
  await prejoin.show();
  assert.match(byId('notice').textContent, /WebRTC/);
  await prejoin.submit();
  assert.equal(joined.length, 0);
  assert.match(byId('notice').textContent, /WebRTC/);
});

test('a room is suggested, and joined if no other is typed', async () => {
  const prejoin = makeWithout('name=Ann');
  prejoin.show();
  await settled();
  const suggested = byId('room').placeholder;
  assert.match(suggested, /^[a-z]+-[a-z]+-[0-9]{3}$/);
  assert.equal(prejoin.typedRoom, '');
  await prejoin.submit();
  assert.deepEqual(joined, [{ name: 'Ann', room: suggested }]);
  assert.equal(byId('room').value, suggested, 'it stays the same after the call');
});
