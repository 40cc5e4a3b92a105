// With which key a room is joined.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { beforeEach, test } from 'node:test';
import { byId, fakePage } from './fake_page.mjs';
import { EncryptChoice } from '../../../client/web/ui/encrypt_choice.js';

globalThis.crypto ??= webcrypto; // Node 18
let tab; // what it remembers

beforeEach(() => {
  fakePage();
  tab = new Map();
  globalThis.sessionStorage = { getItem: (key) => tab.get(key) ?? null, setItem: (key, value) => tab.set(key, value) };
  globalThis.RTCRtpScriptTransform = class {};
});

test('the key of a link is for its room; another room has its own, and the first one\'s is kept', () => {
  const choice = new EncryptChoice('warp', 'weaving');
  assert.equal(byId('encrypt').checked, true);
  assert.equal(choice.keyFor('weaving'), 'warp');
  const other = choice.keyFor('spinning');
  assert.match(other, /^[\w-]{22}$/);
  assert.notEqual(other, choice.keyFor('dyeing'));
  assert.deepEqual([choice.keyFor('spinning'), choice.keyFor('weaving')], [other, 'warp']);
  assert.equal(byId('encrypt-words').hidden, false);
  byId('encrypt').checked = false;
  byId('encrypt').onchange();
  assert.equal(byId('encrypt-words').hidden, true);
  assert.equal(choice.keyFor('weaving'), null);
});

test('a link without a room has the key of the first that is joined, and of no other', () => {
  const choice = new EncryptChoice('warp', '');
  assert.equal(choice.keyFor('weaving'), 'warp');
  assert.notEqual(choice.keyFor('spinning'), 'warp');
});

test('after "reload" the tab has the key of the last room, for that one', () => {
  new EncryptChoice('warp', 'weaving').keyFor('weaving');
  assert.equal(new EncryptChoice(null, 'weaving').keyFor('weaving'), 'warp');
  for (const room of ['spinning', '']) {
    new EncryptChoice(null, room);
    assert.equal(byId('encrypt').checked, false, room);
  }
});

test('a key that is typed, or in a link that is pasted, is for the room that asked for it', () => {
  const choice = new EncryptChoice(null, 'weaving');
  const field = byId('room-key');
  choice.ask('weaving', true);
  assert.equal(byId('room-key-row').hidden, false);
  assert.equal(choice.hasKey('weaving'), false);
  for (const [words, key] of [[' warp ', 'warp'], ['https://a.example/?room=weaving#key=we%20ft', 'we ft'], ['https://a.example/?room=weaving', ''], ['https://', '']]) {
    field.value = words;
    field.oninput();
    assert.deepEqual([byId('encrypt').checked, choice.hasKey('weaving'), choice.keyFor('weaving')], [key !== '', key !== '', key || null], words);
  }
  field.value = 'warp';
  field.oninput();
  choice.ask('weaving', true);
  assert.equal(byId('room-key-row').hidden, false, 'it may have been wrong');
  choice.ask('spinning', false);
  assert.deepEqual([byId('room-key-row').hidden, field.value, choice.hasKey('weaving')], [true, '', false]);
});

test('a browser that cannot encrypt is not to join the link\'s room, but may join others', () => {
  delete globalThis.RTCRtpScriptTransform;
  const choice = new EncryptChoice('warp', 'weaving');
  assert.deepEqual(['weaving', 'spinning'].map((room) => choice.isNeeded(room)), [true, false]);
  assert.equal(choice.keyFor('spinning'), null);
  assert.equal(new EncryptChoice('warp', '').isNeeded('spinning'), true);
});
