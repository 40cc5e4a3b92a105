// Every text the page asks for exists, in both languages with the same places to fill.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { texts } from '../../../client/web/i18n.js';
import { refusalKey } from '../../../client/web/ui/refusal.js';

const folder = new URL('../../../client/web/', import.meta.url);
const sources = ['index.html', ...readdirSync(folder).filter((name) => name.endsWith('.js')),
  ...readdirSync(new URL('ui/', folder)).map((name) => `ui/${name}`)];
const placeholders = (pattern) => [...pattern.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test('keys named in the page have a text', () => {
  let count = 0;
  for (const source of sources) {
    const content = readFileSync(new URL(source, folder), 'utf8');
    for (const [, key] of content.matchAll(/(?:data-text="|data-label="|\btext\(')(\w+)["']/g)) {
      assert.ok(texts.en[key], `${source} asks for '${key}'`);
      count += 1;
    }
  }
  assert.ok(count > 30, `only ${count} keys were found`);
});

test('every text is asked for somewhere', () => {
  const all = sources.filter((source) => source !== 'i18n.js').map((source) => readFileSync(new URL(source, folder), 'utf8')).join('');
  const composed = /^reaction-|Person$/;
  const unused = Object.keys(texts.en).filter((key) => !composed.test(key) && !new RegExp(`['"]${key}['"]`).test(all));
  assert.deepEqual(unused, []);
});

test('Korean has what English has, but for the name', () => {
  const own = ['title'];
  assert.deepEqual(Object.keys(texts.ko).sort(), Object.keys(texts.en).filter((key) => !own.includes(key)).sort());
  for (const [key, pattern] of Object.entries(texts.ko)) assert.deepEqual(placeholders(pattern), placeholders(texts.en[key]), key);
});

test('what ends a call before it began has words of its own in both languages; what nobody expects is passed on', () => {
  const codes = ['room-full', 'address-full', 'too-many-rooms', 'bad-token', 'token-claim', 'token-missing', 'token-expired', 'token-early', 'token-elsewhere', 'not-allowed', 'too-fast', 'replaced', 'denied', 'room-empty', 'no-answer'];
  for (const code of codes) {
    assert.notEqual(refusalKey(code), 'refused', code);
    for (const language of ['en', 'ko']) assert.ok(texts[language][refusalKey(code)], `${code} ${language}`);
  }
  for (const code of ['no-such', '__proto__', 'constructor', undefined]) assert.equal(refusalKey(code), 'refused');
});
