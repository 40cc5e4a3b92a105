// How a room is connected, why, and who chose it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { texts } from '../../../client/web/i18n.js';
import { connectionWords, modeKey, pinSentence } from '../../../client/web/ui/connection_words.js';

const words = (call) => connectionWords({ pinBy: '', ...call }).replace(/[\u2068\u2069]/g, '');

test('a pin that holds is the reason; one that cannot hold has another, too; each says who chose it', () => {
  assert.equal(words({ topology: 'mesh', pin: 'mesh', pinBy: 'Ann', reason: 'none' }), 'Connection: direct (chosen by Ann)');
  assert.equal(words({ topology: 'sfu', pin: 'sfu', reason: 'pin' }), 'Connection: router (chosen for this room)');
  assert.equal(words({ topology: 'sfu', pin: 'mesh', pinBy: 'Ann', reason: 'pair' }), `Connection: router (${texts.en.whyPair}; Ann chose: direct)`);
  assert.equal(words({ topology: 'sfu', pin: 'mcu', reason: 'no-mixer' }), `Connection: router (${texts.en.whyNoMixer}; chosen for this room: mixed)`);
  assert.equal(words({ topology: 'mesh', pin: 'auto', pinBy: 'Ann', reason: 'none' }), `Connection: direct (${texts.en.whyNone})`);
});

test('who chose is told in a sentence, also of "automatic"', () => {
  assert.deepEqual(pinSentence({ pin: 'auto', pinBy: 'Ann' }), ['pinToldBy', { name: '\u2068Ann\u2069', mode: texts.en.pinAuto }]);
  assert.deepEqual(pinSentence({ pin: 'sfu', pinBy: '' }), ['pinTold', { mode: texts.en.pinSfu }]);
});

test('each reason of the protocol has words, and one that nobody knows has none', () => {
  for (const reason of ['none', 'server', 'capability', 'alone', 'count', 'uplink', 'cpu', 'needed', 'pair', 'unproven', 'no-mixer', 'mixers-busy'])
    assert.match(words({ topology: 'sfu', pin: 'auto', reason }), /^Connection: router \(.+\)$/, reason);
  for (const reason of ['no such', '__proto__', 'constructor', undefined]) assert.equal(words({ topology: 'sfu', pin: 'auto', reason }), 'Connection: router');
  assert.equal(modeKey('constructor'), '');
});
