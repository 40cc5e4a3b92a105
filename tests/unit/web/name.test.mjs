// Names are chosen by whoever joins: nothing of them is invisible or turns the text
// around them, and what scripts need stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameWords, shownName } from '../../../client/web/ui/name.js';

test('what cannot be seen is not in a shown name', () => {
  const table = [
    ['\u202eevil\u2066', 'evil'], ['\u200b', ''], [' ', ''], ['\u3164', ''], ['\u2800', ''], ['An\u200bn', 'Ann'], ['Ann\u2060', 'Ann'],
    ['\ufeffAnn', 'Ann'], ['An\u00adn', 'Ann'], ['Ann\u200d', 'Ann'], ['\u200dAnn', 'Ann'], ['A\u200d\u200dn', 'An'], ['Ann\u0000\n\tBob', 'Ann Bob'],
    ['Ann\u2028(you)', 'Ann (you)'], ['A  \u00a0 b', 'A b'], ['\u061c\u200e\u200fAnn', 'Ann'], ['\ufe0f', ''], ['\ufe0f\ufe0f', ''], ['\ufe0f\u200dA', 'A'], ['A\u200d', 'A'], ['A\u200dn', 'An'], ['\udb40\udc41Ann', 'Ann'], ['\ud800', ''],
  ];
  for (const [name, wanted] of table) assert.equal(shownName(name), wanted, JSON.stringify(name));
});

test('what scripts need stays', () => {
  for (const name of ['Ann', '지수', 'محمد', 'می\u200cخواهم', 'क्\u200dष', 'Zoë', '👨\u200d👩\u200d👧', '❤\ufe0f', '🏳\ufe0f\u200d🌈', "O'Neil (team)"])
    assert.equal(shownName(name), name.normalize('NFC'), JSON.stringify(name));
});

test('marks do not pile up over other lines', () => {
  assert.ok(shownName(`a${'\u0336'.repeat(60)}`).length < 8);
});

test('whoever shows no name is called something all the same', () => {
  assert.deepEqual(['Ann', '\u200b', '', undefined].map((name) => nameWords(name)), ['Ann', 'no name', 'no name', 'no name']);
});
