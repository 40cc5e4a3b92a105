// A browser that forbids storage throws on the mere mention of it; the page works, and forgets.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { recall, remember } from '../../../client/web/ui/saved.js';

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

test('no other file of the page touches storage', () => {
  const folder = new URL('../../../client/web/', import.meta.url);
  for (const name of [...readdirSync(folder), ...readdirSync(new URL('ui/', folder)).map((one) => `ui/${one}`)].filter((one) => one.endsWith('.js') && one !== 'ui/saved.js'))
    assert.doesNotMatch(readFileSync(new URL(name, folder), 'utf8'), /localStorage|sessionStorage/, name);
});
