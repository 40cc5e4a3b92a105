// The lobby: which addresses join without a click; and that at the join the chosen devices are open, and no others.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeStream, byId, devices, fakePage } from './fake_page.mjs';
import { tick } from './virtual_time.mjs';
import { Lobby, joinsAtOnce } from '../../../client/web/ui/lobby.js';

const settled = () => new Promise((resolve) => { setImmediate(resolve); });
let joined;
function makeLobby(parameters = 'name=Ann&room=weaving') {
  joined = [];
  return new Lobby(new URLSearchParams(parameters), (choice) => joined.push(choice));
}
beforeEach(fakePage);

test('an address alone joins with a drawn picture or with nothing, never with devices', () => {
  const table = { 'autojoin=1': false, 'autojoin=1&source=': false, 'autojoin=1&source=camera': false, 'autojoin=1&source=CANVAS': false,
    'autojoin=1&source=canvas': true, 'autojoin=1&source=none': true, 'source=none': false, 'autojoin=0&source=none': false,
    'autojoin=1&source=camera&source=none': false };
  for (const [parameters, joins] of Object.entries(table)) assert.equal(joinsAtOnce(new URLSearchParams(parameters)), joins, parameters);
});

test('who presses "Join" while the browser asks for the devices joins with them, once', async () => {
  const lobby = makeLobby();
  lobby.show();
  lobby.submit();
  await settled();
  assert.equal(joined.length, 0);
  assert.ok(byId('join').disabled, 'a second press would join twice');
  const stream = new FakeStream('video', 'audio');
  devices.answers.shift().resolve(stream);
  await settled();
  assert.deepEqual(joined, [{ name: 'Ann', room: 'weaving', stream }]);
});

test('of two choices of devices the last one counts, and the first is closed, in whichever order they open', async () => {
  for (const order of [[0, 1], [1, 0]]) {
    const lobby = makeLobby();
    lobby.show();
    byId('camera').onchange();
    const streams = [new FakeStream('video'), new FakeStream('video')];
    for (const index of order) {
      devices.answers[index].resolve(streams[index]);
      await settled();
    }
    assert.equal(lobby.stream, streams[1]);
    assert.deepEqual(streams.map((stream) => stream.isStopped), [true, false]);
    devices.answers.length = 0;
  }
});

test('without permission one is told, and joins with nothing', async () => {
  const lobby = makeLobby();
  lobby.show();
  devices.answers.shift().reject(Object.assign(new Error(), { name: 'NotAllowedError' }));
  await settled();
  assert.equal(byId('notice').hidden, false);
  await lobby.submit();
  assert.equal(joined[0].stream.getTracks().length, 0);
});

test('who presses "Join" and then cannot have the devices is told first, and joins by the next press', async () => {
  const lobby = makeLobby();
  lobby.show();
  lobby.submit();
  for (let asked = 0; asked < 3; asked += 1) { // for both, for the microphone, for the camera
    devices.answers.shift().reject(Object.assign(new Error(), { name: asked ? 'NotFoundError' : 'NotReadableError' }));
    await settled();
  }
  assert.equal(joined.length, 0);
  assert.equal(byId('notice').hidden, false);
  assert.match(byId('notice').textContent, /Another program/);
  await lobby.submit();
  assert.equal(joined.length, 1);
});

test('a device that cannot be opened does not cost the other one; permission is not asked for again', async () => {
  const table = { NotReadableError: /Only one/, AbortError: /Only one/, OverconstrainedError: /Only one/, NotFoundError: null };
  for (const [name, said] of Object.entries(table)) {
    for (const works of ['audio', 'video']) {
      fakePage();
      const lobby = makeLobby();
      lobby.show();
      const stream = new FakeStream(works);
      for (let asked = 0; asked < (works === 'audio' ? 1 : 2); asked += 1) {
        devices.answers.shift().reject(Object.assign(new Error(), { name }));
        await settled();
      }
      devices.answers.shift().resolve(stream);
      await settled();
      if (said) assert.match(byId('notice').textContent, said, name);
      assert.equal(byId('notice').hidden, !said, name);
      await lobby.submit();
      assert.equal(joined[0]?.stream, stream, name);
    }
  }
  makeLobby().show();
  devices.answers.shift().reject(Object.assign(new Error(), { name: 'NotAllowedError' }));
  await settled();
  assert.equal(devices.answers.length, 0);
});

test('after a call the devices stay closed until somebody joins again', async () => {
  const lobby = makeLobby('name=Ann&room=weaving');
  lobby.showAgain('left');
  await settled();
  assert.equal(devices.answers.length, 0);
  assert.equal(byId('lobby').hidden, false);
  assert.match(byId('notice').textContent, /have left/);
  lobby.submit();
  const stream = new FakeStream('video');
  devices.answers.shift().resolve(stream);
  await settled();
  assert.deepEqual(joined, [{ name: 'Ann', room: 'weaving', stream }]);
});

test('a name or a room that cannot be is said, and nobody joins', async () => {
  for (const parameters of ['name=&room=a', `name=${'n'.repeat(65)}&room=a`, 'name=Ann&room=', 'name=Ann&room=a%20b']) {
    await makeLobby(parameters).submit();
    assert.equal(byId('notice').hidden, false, parameters);
    assert.equal(joined.length, 0, parameters);
  }
});

test('a name has up to 64 characters, however many units each takes', async () => {
  const table = { '🐧': [1, true], '👩‍👩‍👧‍👦': [9, true], x: [64, true], 한: [64, true], '🐧x': [32, true], y: [65, false], '🐟': [65, false] };
  for (const [sign, [count, joins]] of Object.entries(table)) {
    const lobby = makeLobby(`source=none&room=weaving&name=${encodeURIComponent(sign.repeat(count))}`);
    await lobby.show();
    await lobby.submit();
    assert.equal(joined.length, joins ? 1 : 0, `${count} x ${sign}`);
  }
  const lobby = makeLobby(`source=none&room=weaving&name=${encodeURIComponent('🐧'.repeat(64))}`);
  await lobby.show();
  await lobby.submit();
  assert.equal(joined.length, 1);
});

test('a browser that goes on asking is named after a second, and "None" is a way out', async () => {
  const lobby = makeLobby();
  lobby.show();
  await settled();
  assert.equal(byId('notice').hidden, true);
  assert.deepEqual(byId('camera').options.map(({ value }) => value), ['', 'none']);
  lobby.submit();
  tick(1000);
  assert.match(byId('notice').textContent, /Waiting for camera/);
  byId('camera').value = 'none';
  byId('camera').onchange();
  const stream = new FakeStream('audio');
  devices.answers[1].resolve(stream); // the first question stays without an answer
  await settled();
  assert.equal(joined[0]?.stream, stream);
});

test('devices that come while their wait is told take the words away, and no others', async () => {
  const lobby = makeLobby('name=&room=weaving');
  lobby.show();
  tick(1000);
  devices.answers[0].resolve(new FakeStream('video'));
  await settled();
  assert.equal(byId('notice').hidden, true);
  byId('camera').onchange();
  await lobby.submit();
  devices.answers[1].resolve(new FakeStream('video'));
  await settled();
  assert.match(byId('notice').textContent, /enter a name/);
});

test('what is never allowed does not cost the other one', async () => {
  const table = { camera: ['audio', /not allow the camera/], microphone: ['video', /not allow the microphone/] };
  for (const [denied, [works, said]] of Object.entries(table)) {
    fakePage();
    devices.denied.push(denied);
    const lobby = makeLobby();
    lobby.show();
    devices.answers[0].reject(Object.assign(new Error(), { name: 'NotAllowedError' }));
    await settled();
    assert.deepEqual(['audio', 'video'].filter((kind) => devices.wanted[1][kind]), [works]);
    const stream = new FakeStream(works);
    devices.answers[1].resolve(stream);
    await settled();
    assert.match(byId('notice').textContent, said);
    await lobby.submit();
    assert.equal(joined[0].stream, stream);
  }
  fakePage();
  devices.denied.push('camera', 'microphone');
  makeLobby().show();
  devices.answers[0].reject(Object.assign(new Error(), { name: 'NotAllowedError' }));
  await settled();
  assert.equal(devices.answers.length, 1);
  assert.match(byId('notice').textContent, /did not allow camera and microphone/);
});

test('a page without https says why it has no camera, and what can be done without', async () => {
  globalThis.isSecureContext = false;
  delete navigator.mediaDevices;
  const lobby = makeLobby();
  await lobby.show();
  assert.match(byId('notice').textContent, /https/);
  await lobby.submit();
  assert.equal(joined.length, 1);
});

test('devices that cannot be listed can still be used', async () => {
  navigator.mediaDevices.enumerateDevices = async () => { throw new Error(); };
  const lobby = makeLobby();
  lobby.show();
  devices.answers[0].resolve(new FakeStream('video'));
  await settled();
  assert.deepEqual(byId('camera').options.map(({ value }) => value), ['', 'none']);
  assert.equal(byId('notice').hidden, true);
});

test('without WebRTC nobody joins, and is told so', async () => {
  delete globalThis.RTCPeerConnection;
  const lobby = makeLobby('source=none&name=Ann&room=weaving');
  await lobby.show();
  assert.match(byId('notice').textContent, /WebRTC/);
  await lobby.submit();
  assert.equal(joined.length, 0);
  assert.match(byId('notice').textContent, /WebRTC/);
});
