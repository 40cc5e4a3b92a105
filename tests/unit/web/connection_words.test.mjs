// Why a room is connected as it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { texts } from '../../../client/web/i18n.js';
import { modeKey, whyKey } from '../../../client/web/ui/connection_words.js';

test('a pin that holds is the reason; one that cannot hold has another', () => {
  assert.equal(whyKey({ topology: 'mesh', pin: 'mesh', reason: 'none' }), 'whyPin');
  assert.equal(whyKey({ topology: 'sfu', pin: 'mesh', reason: 'pair' }), 'whyPair');
  assert.equal(whyKey({ topology: 'sfu', pin: 'mcu', reason: 'no-mixer' }), 'whyNoMixer');
  assert.equal(whyKey({ topology: 'mesh', pin: 'auto', reason: 'none' }), 'whyNone');
});

test('each reason of the protocol has words, and one that nobody knows has none', () => {
  for (const reason of ['none', 'server', 'capability', 'alone', 'count', 'uplink', 'cpu', 'needed', 'pair', 'unproven', 'pin', 'no-mixer', 'mixers-busy'])
    assert.ok(texts.en[whyKey({ topology: 'sfu', pin: 'auto', reason })], reason);
  for (const reason of ['no such', '__proto__', 'constructor', undefined]) assert.equal(whyKey({ topology: 'sfu', pin: 'auto', reason }), '');
  assert.equal(modeKey('constructor'), '');
});
