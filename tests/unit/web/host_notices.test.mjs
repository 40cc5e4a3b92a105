// What is said of what hosts do: as long as it holds.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { HostNotices } from '../../../client/web/ui/host_notices.js';

let call;
let devices;
let shown; // keys of texts, by what they are about
let acts;
let notices;
beforeEach(() => {
  call = { self: 'p2', isHost: false, participants: new Map([['p1', { id: 'p1', name: 'Ann', host: true }]]) };
  devices = { state: { microphone: { isOn: false }, camera: { isOn: false } }, turn: (source, isOn) => { devices.state[source].isOn = isOn; } };
  shown = {};
  acts = {};
  const show = (about, keys, act) => {
    shown[about] = keys.map((key) => [key].flat()[0]);
    acts[about] = act;
  };
  notices = new HostNotices(call, { show, flash: show }, devices);
  notices.update();
});

test('who is asked to unmute does so by one press, and nothing is asked any more', () => {
  for (const [source, key] of [['microphone', 'askedToUnmute'], ['camera', 'askedForCamera']]) {
    notices.askedFor({ source, by: 'p1' });
    assert.deepEqual(shown[`host ${source}`], [key]);
    acts[`host ${source}`].run();
    assert.equal(devices.state[source].isOn, true);
    notices.update();
    assert.deepEqual(shown[`host ${source}`], []);
  }
});

test('what one has undone, or nobody asks any more, is not said; what was done is, though its host has left', () => {
  notices.muted({ source: 'microphone', by: 'p1' });
  notices.askedFor({ source: 'camera', by: 'p1' });
  call.participants.clear();
  notices.update();
  assert.deepEqual([shown['host microphone'], shown['host camera']], [['mutedByHost'], []]);
  devices.turn('microphone', true); // the camera stays off
  notices.update();
  assert.deepEqual(shown['host microphone'], []);
  notices.muted({ source: 'screen', by: 'p1' });
  assert.deepEqual(shown['host screen'], ['screenEndedByHost']);
});

test('a new host is told, and so are the others; who comes as one is not', () => {
  call.participants.set('p3', { id: 'p3', name: 'Cy', host: true });
  notices.update();
  assert.equal(shown.role, undefined);
  call.participants.get('p1').host = false;
  call.isHost = true;
  notices.update();
  assert.deepEqual(shown.role, ['youAreHost']);
  call.participants.get('p1').host = true;
  notices.update();
  assert.deepEqual(shown.role, ['isHostNow']);
  delete shown.role;
  notices.reset(); // another place in the room
  notices.update();
  assert.equal(shown.role, undefined);
});
