// No module of the page needs, by way of others, itself: imports at the top, later ones (`import()`), and those of
// types in comments. tests/checks/circles.sh does the same for C.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../client/web', import.meta.url));

/** The modules that a text names, as it names them. */
const namedBy = (text) => [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+\.js)'/g)].map(([, name]) => name);

/** One ring of `needs` (module -> modules), in its order; null: there is none. */
function findRing(needs) {
  const done = new Set();
  const follow = (module, way) => {
    if (way.includes(module)) return [...way.slice(way.indexOf(module)), module];
    if (done.has(module)) return null;
    done.add(module);
    for (const next of needs.get(module) ?? []) {
      const ring = follow(next, [...way, module]);
      if (ring) return ring;
    }
    return null;
  };
  for (const module of needs.keys()) {
    const ring = follow(module, []);
    if (ring) return ring;
  }
  return null;
}

test('every kind of import is seen', () => {
  assert.deepEqual(namedBy(`import { A } from './a.js';\nimport './b.js';\nexport { C } from '../c.js'; await import('./d.js');
    /** @param {import('./e.js').E} e */ import fs from 'node:fs';`),
  ['./a.js', './b.js', '../c.js', './d.js', './e.js']);
});

test('a ring is found, however long', () => {
  const needs = (pairs) => new Map(Object.entries(pairs));
  assert.equal(findRing(needs({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })), null);
  assert.deepEqual(findRing(needs({ a: ['b'], b: ['c', 'd'], c: [], d: ['b'] })), ['b', 'd', 'b']);
  assert.deepEqual(findRing(needs({ a: ['a'] })), ['a', 'a']);
});

test('no modules of the page need each other', () => {
  const names = readdirSync(root, { recursive: true }).filter((name) => name.endsWith('.js'));
  const needs = new Map(names.map((name) => [name,
    namedBy(readFileSync(path.join(root, name), 'utf8')).map((other) => path.join(path.dirname(name), other))]));
  assert.ok([...needs.values()].flat().every((name) => needs.has(name)), 'a module that is named is not there');
  assert.ok(needs.get('call.js').includes('connection.js'));
  assert.equal(findRing(needs)?.join(' -> '), undefined);
});
