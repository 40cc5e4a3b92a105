// The others' audio: an element for each publication, and what the browser did not let
// play starts with the first touch.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { fakePage } from './fake_page.mjs';
import { AudioElements } from '../../../client/web/ui/audio.js';

let listeners;
beforeEach(() => {
  fakePage();
  listeners = new Map();
  globalThis.MediaStream = class {
    constructor(tracks) { this.tracks = tracks; }
    getTracks() { return this.tracks; }
  };
  document.body = document.createElement('body');
  document.addEventListener = (type, listener) => listeners.set(type, listener);
  document.removeEventListener = (type, listener) => { if (listeners.get(type) === listener) listeners.delete(type); };
});

/**
 * As in a browser that does not let it play yet: the element is paused until play() is called after the first touch.
 */
function heldBack(element) {
  element.paused = true;
  element.play = async () => { element.paused = false; };
}

test('elements come and go with the tracks, and another track takes the element over', () => {
  const audio = new AudioElements();
  const [first, second] = [{}, {}];
  audio.update(new Map([['p1/microphone', first], ['p2/microphone', first]]));
  assert.equal(document.body.children.length, 2);
  const element = audio.elements.get('p1/microphone');
  assert.ok(element.autoplay && element.srcObject.getTracks()[0] === first);
  const before = element.srcObject;
  audio.update(new Map([['p1/microphone', first]]));
  assert.deepEqual(document.body.children, [element]);
  assert.equal(element.srcObject, before, 'a track that goes on is left alone');
  audio.update(new Map([['p1/microphone', second]]));
  assert.equal(element.srcObject.getTracks()[0], second);
  audio.close();
  assert.deepEqual([document.body.children.length, listeners.size], [0, 0]);
});

test('how loud a participant is holds for all that comes from it, now and later', () => {
  const audio = new AudioElements();
  audio.update(new Map([['p1/microphone', {}], ['p11/microphone', {}]]));
  audio.setVolume('p1', 0.4);
  audio.update(new Map([['p11/microphone', {}], ['p1/screen-audio', {}]]));
  assert.equal(audio.elements.get('p1/screen-audio').volume, 0.4);
  assert.equal(audio.elements.get('p11/microphone').volume, 1);
  assert.deepEqual(['p1', 'p2'].map((id) => audio.volumeOf(id)), [0.4, 1]);
  audio.close();
});

test('what the browser held back is heard with the first touch or key', () => {
  for (const touch of ['pointerup', 'keydown']) {
    const audio = new AudioElements();
    audio.update(new Map([['p1/microphone', {}], ['p2/microphone', {}]]));
    const elements = [...audio.elements.values()];
    elements.forEach(heldBack);
    elements[1].paused = false;
    elements[1].play = () => assert.fail('it plays already');
    listeners.get(touch)();
    assert.deepEqual(elements.map(({ paused }) => paused), [false, false]);
    audio.close();
  }
});

test('sound that is held back is told, until it is heard', async () => {
  const told = [];
  const audio = new AudioElements((isBlocked) => told.push(isBlocked));
  const create = document.createElement;
  let error = 'NotAllowedError';
  document.createElement = (name) => Object.assign(create(name), { paused: true, play: async () => { if (error) throw Object.assign(new Error(), { name: error }); } });
  audio.update(new Map([['p1/microphone', {}]]));
  await null;
  assert.deepEqual(told, [true]);
  error = '';
  listeners.get('pointerup')();
  await null;
  assert.deepEqual(told, [true, false]);
  error = 'AbortError'; // another track came
  audio.update(new Map([['p1/microphone', {}]]));
  await null;
  assert.deepEqual(told, [true, false]);
});

test('what plays unheard is played once more when it is to be heard: a browser may have paused it', async () => {
  const told = [];
  const audio = new AudioElements((isBlocked) => told.push(isBlocked));
  const create = document.createElement;
  document.createElement = (name) => Object.assign(create(name), { play: async function play() { if (!this.muted) throw Object.assign(new Error(), { name: 'NotAllowedError' }); } });
  const tracks = new Map([['p7/mix', {}]]);
  audio.update(tracks, () => true);
  await null;
  assert.deepEqual([audio.elements.get('p7/mix').muted, told], [true, []]);
  audio.update(tracks);
  await null;
  assert.deepEqual([audio.elements.get('p7/mix').muted, told], [false, [true]]);
});

test('the chosen loudspeaker plays everybody, also who comes later', () => {
  const audio = new AudioElements();
  const create = document.createElement;
  document.createElement = (name) => Object.assign(create(name), { sink: '', setSinkId: async function set(id) { this.sink = id; } });
  audio.update(new Map([['p1/microphone', {}]]));
  audio.setLoudspeaker('usb');
  audio.update(new Map([['p1/microphone', {}], ['p2/microphone', {}]]));
  assert.deepEqual([...audio.elements.values()].map(({ sink }) => sink), ['usb', 'usb']);
});
