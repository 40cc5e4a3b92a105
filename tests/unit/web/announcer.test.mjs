// What a screen reader says of who comes and goes.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { byId, fakePage } from './fake_page.mjs';
import { Announcer, comingsAndGoings } from '../../../client/web/ui/announcer.js';

beforeEach(fakePage);
const room = (...names) => new Map(names.map((name) => [`id of ${name}`, name]));

test('who comes and who goes is named; a crowd is counted', () => {
  const table = [
    [room('Ann'), room('Ann'), []],
    [room('Ann'), room('Ann', 'Bob'), ['Bob has joined']],
    [room('Ann', 'Bob'), room('Bob', 'Cho'), ['Cho has joined', 'Ann has left']],
    [room(), room('Ann', 'Bob', 'Cho', 'Dan'), ['4 people have joined']],
    [room('\u202e'), room(), ['no name has left']],
  ];
  for (const [before, after, said] of table) assert.deepEqual(comingsAndGoings(before, after), said);
});

test('a person who is renamed or reconnects neither comes nor goes', () => {
  assert.deepEqual(comingsAndGoings(new Map([['1', 'Ann']]), new Map([['1', 'Anna']])), []);
});

test('what was said long ago is not kept', () => {
  const announcer = new Announcer(byId('announcer'));
  for (let i = 0; i < 100; i += 1) announcer.say(`${i}`);
  assert.deepEqual(byId('announcer').children.map(({ textContent }) => textContent), ['95', '96', '97', '98', '99']);
});
