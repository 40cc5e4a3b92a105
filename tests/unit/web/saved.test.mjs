// A browser that forbids storage throws on the mere mention of it; the page works, and forgets.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { recall, recallDevices, remember, rememberDevices } from '../../../client/web/ui/saved.js';

const storage = (value) => Object.defineProperty(globalThis, 'localStorage', { configurable: true, ...value });

test('what is remembered is recalled', () => {
  const kept = new Map();
  storage({ value: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) } });
  assert.equal(recall('name'), null);
  remember('name', 'Ann');
  assert.equal(recall('name'), 'Ann');
});

test('storage that is forbidden, or full, ends nothing', () => {
  const forbid = () => { throw new Error('denied'); };
  storage({ get: forbid });
  assert.equal(recall('name'), null);
  remember('name', 'Ann');
  storage({ value: { getItem: () => null, setItem: forbid } });
  remember('name', 'Ann');
});

test('devices are remembered by what people chose; nonsense in the storage is the default', () => {
  let kept = null;
  storage({ value: { getItem: () => kept, setItem: (key, value) => { kept = value; } } });
  const byDefault = { camera: { id: '', isOn: true }, microphone: { id: '', isOn: true }, loudspeaker: '' };
  assert.deepEqual(recallDevices(), byDefault);
  rememberDevices({ camera: { id: 'c', isOn: false, track: {}, opening: 3, problem: 'busy' }, microphone: { id: 'none', isOn: true }, loudspeaker: 'l' });
  assert.deepEqual(recallDevices(), { camera: { id: 'c', isOn: false }, microphone: { id: 'none', isOn: true }, loudspeaker: 'l' });
  for (const nonsense of ['', '{', 'null', '7', '[]', '{"camera":7,"microphone":{"id":{}},"loudspeaker":[]}']) {
    kept = nonsense;
    assert.deepEqual(recallDevices(), byDefault, nonsense);
  }
});

test('no other file of the page touches storage', () => {
  const folder = new URL('../../../client/web/', import.meta.url);
  for (const name of [...readdirSync(folder), ...readdirSync(new URL('ui/', folder)).map((one) => `ui/${one}`)].filter((one) => one.endsWith('.js') && one !== 'ui/saved.js'))
    assert.doesNotMatch(readFileSync(new URL(name, folder), 'utf8'), /localStorage|sessionStorage/, name);
});
