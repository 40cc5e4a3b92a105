// The keys of a call: when they act, and on which layouts; the space bar that is held to talk.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, test } from 'node:test';
import { buttonOfKey, Keys } from '../../../client/web/ui/keys.js';

let listeners;
let pressed;
let isOn;
let talks; // what talk() was told
let isMuted;
let hasDialog;

/** An element that matches these selectors, or is inside one that does. */
const element = (...selectors) => ({
  closest: (wanted) => (wanted.split(', ').some((one) => selectors.includes(one)) ? element(...selectors) : null),
  matches: (one) => selectors.includes(one),
});
const page = element();
const fire = (type, event) => {
  const fired = { target: page, key: '', code: '', repeat: false, isPrevented: false, preventDefault() { this.isPrevented = true; }, ...event };
  listeners.get(type)(fired);
  return fired;
};
const key = (letter, more = {}) => fire('keydown', { key: letter, code: `Key${letter.toUpperCase()}`, ...more });
const space = (type, more = {}) => fire(type, { key: ' ', code: 'Space', ...more });

beforeEach(() => {
  listeners = new Map();
  [pressed, talks, isOn, isMuted, hasDialog] = [[], [], true, true, false];
  globalThis.addEventListener = (type, listener) => listeners.set(type, listener);
  globalThis.document = { querySelector: () => (hasDialog ? {} : null) };
  new Keys({ isOn: () => isOn, press: (id) => pressed.push(id), talk: (isTalking) => isMuted && talks.push(isTalking) > 0 });
});

test('a letter counts where it is written, else the place of its key', () => {
  const table = [['m', 'KeyM', 'mute'], ['M', 'KeyM', 'mute'], ['ㅡ', 'KeyM', 'mute'], ['ф', 'KeyA', undefined], ['ы', 'KeyS', 'share'],
    ['m', 'Semicolon', 'mute'], ['z', 'KeyW', undefined], ['Process', 'KeyV', 'camera-toggle'], ['ArrowLeft', 'ArrowLeft', 'page-previous'], ['Enter', 'Enter', undefined]];
  for (const [written, code, id] of table) assert.equal(buttonOfKey({ key: written, code }), id, `${written} ${code}`);
});

test('a key acts once while it is held, and its letter is typed nowhere', () => {
  assert.ok(key('m').isPrevented);
  assert.ok(key('m', { repeat: true }).isPrevented);
  assert.deepEqual(pressed, ['mute']);
});

test('nothing happens while something is typed, with another key, in a dialog, or when keys are off', () => {
  for (const selector of ['input', 'select', 'textarea', '[contenteditable]']) key('m', { target: element(selector) });
  for (const modifier of ['ctrlKey', 'metaKey', 'altKey', 'isComposing']) key('m', { [modifier]: true });
  hasDialog = true;
  key('m');
  hasDialog = false;
  isOn = false;
  assert.equal(key('m').isPrevented, false);
  space('keydown');
  assert.deepEqual([pressed, talks], [[], []]);
});

test('who is muted talks while the space bar is held, and no longer', () => {
  assert.ok(space('keydown').isPrevented);
  space('keydown', { repeat: true });
  assert.deepEqual(talks, [true]);
  space('keyup');
  assert.deepEqual(talks, [true, false]);
  space('keydown');
  fire('blur');
  space('keyup');
  assert.deepEqual(talks, [true, false, true, false]);
  isMuted = false;
  space('keydown');
  space('keyup');
  assert.equal(talks.length, 4, 'who is heard anyway is not muted by it');
});

test('the space bar presses the button that has the focus; one that was clicked does not keep it', () => {
  assert.equal(space('keydown', { target: element('button') }).isPrevented, false);
  assert.deepEqual(talks, []);
  const blurred = [];
  const button = (name) => ({ closest: () => ({ blur: () => blurred.push(name) }) });
  fire('click', { detail: 1, target: button('by mouse') });
  fire('click', { detail: 0, target: button('by keyboard') });
  isOn = false;
  fire('click', { detail: 1, target: button('in the prejoin') });
  assert.deepEqual(blurred, ['by mouse']);
});

test('what a button says of its key is so', () => {
  const html = readFileSync(new URL('../../../client/web/index.html', import.meta.url), 'utf8');
  const said = [...html.matchAll(/id="([\w-]+)" aria-keyshortcuts="(\w)"/g)];
  assert.ok(said.length >= 8);
  for (const [, id, key] of said) assert.equal(buttonOfKey({ key: key.toLowerCase(), code: `Key${key}` }), id);
});
