// What the address of the page chooses; and that what of it cannot be is told, in both languages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { texts } from '../../../client/web/i18n.js';
import { readAddress } from '../../../client/web/ui/address.js';

const read = (text) => readAddress(new URLSearchParams(text));

test('an address alone joins with a drawn picture or with nothing, never with devices', () => {
  const table = { 'autojoin=1': false, 'autojoin=1&source=': false, 'autojoin=1&source=camera': false, 'autojoin=1&source=CANVAS': false,
    'autojoin=1&source=canvas': true, 'autojoin=1&source=none': true, 'source=none': false, 'autojoin=0&source=none': false,
    'autojoin=1&source=camera&source=none': false };
  for (const [parameters, joins] of Object.entries(table)) assert.equal(read(parameters).joinsAtOnce, joins, parameters);
});

test('what can be is chosen, and nothing is said of it', () => {
  const { wrong, ...asked } = read('language=ko&topology=mesh&source=none&autojoin=1&data=0&simulcast=0&reconnect=autoWait:3000,maxRestarts:0');
  assert.deepEqual(wrong, []);
  assert.deepEqual(asked, { language: 'ko', topology: 'mesh', source: 'none', autojoin: '1', data: '0', simulcast: '0', joinsAtOnce: true, hasData: false, isSimulcast: false, reconnection: { autoWait: 3000, maxRestarts: 0 } });
});

test('what is not said, or empty, is as the page has it', () => {
  for (const text of ['', 'room=weaving', 'language=&topology=&source=&autojoin=&data=&simulcast=&reconnect=', 'data=1&simulcast=1&autojoin=0']) {
    const { wrong, language, topology, source, joinsAtOnce, hasData, isSimulcast, reconnection } = read(text);
    assert.deepEqual([wrong, language, topology, source, joinsAtOnce, hasData, isSimulcast, reconnection], [[], null, null, null, false, true, true, {}], text);
  }
});

const odd = {
  'simulcast=no': 'simulcast=0, simulcast=1', 'data=false': 'data=0, data=1', 'source=camera': 'source=canvas, source=none', 'language=fr': 'language=en, language=ko',
  'language=constructor': 'language=en, language=ko', 'topology=ring': 'topology=auto, topology=mesh, topology=sfu, topology=mcu', 'autojoin=yes': 'autojoin=1, autojoin=0',
  'reconnect=5': 'autoWait:3000', 'reconnect=autoWait': 'autoWait:3000', 'reconnect=autoWait:': 'autoWait:3000', 'reconnect=autoWait:-1': 'autoWait:3000',
  'reconnect=autoWait:soon': 'autoWait:3000', 'reconnect=autoWeit:3000': 'autoWait:3000', 'reconnect=constructor:1': 'autoWait:3000', 'reconnect=autoWait:3000,': 'autoWait:3000',
};
for (const [text, known] of Object.entries(odd)) {
  test(`${text} is told, and counts as not said`, () => {
    const { wrong: [[key, { said, known: shown }], ...rest], ...asked } = read(text);
    assert.deepEqual(rest, []);
    assert.ok(said.includes(text) && shown.includes(known), `${said} ${shown}`);
    for (const language of ['en', 'ko']) assert.match(texts[language][key], /\{said\}.*\{known\}/);
    const { wrong, ...plain } = read('');
    assert.deepEqual(asked, plain);
  });
}

test('each that is wrong is told, and none at length', () => {
  const { wrong } = read(`data=${'x'.repeat(5000)}&source=x`);
  assert.deepEqual(wrong.map(([, { said }]) => said.length < 70), [true, true]);
});
