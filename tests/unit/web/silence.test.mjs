// When a connection counts as silent, and when as dead.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Silence, readCounters } from '../../../client/web/silence.js';

/** Feeds readings 200 ms apart: [packets, requests, responses]; returns what was told. */
function feed(...readings) {
  const silence = new Silence();
  return readings.map(([packets, requests = 0, responses = 0], index) => silence.read({ packets, requests, responses }, 1000 + index * 200));
}

test('a flow that stops is quiet after half a second, told once', () => {
  assert.deepEqual(feed([0], [20], [40], [40], [40], [40], [40]), [undefined, undefined, undefined, undefined, undefined, 'quiet', undefined]);
});

test('what never flowed cannot fall silent', () => {
  assert.deepEqual(feed([0], [1], [1], [1], [1], [1], [1]), Array(7).fill(undefined));
});

test('without answers to its checks the path is dead', () => {
  const told = feed([0], [20, 1, 1], [20, 1, 1], [20, 1, 1], [20, 1, 1], [20, 2, 1], [20, 3, 1], [20, 4, 1]);
  assert.deepEqual(told.filter(Boolean), ['quiet', 'dead']);
});

test('with answers somebody just does not speak', () => {
  const told = feed([0], [20, 1, 1], [20, 1, 1], [20, 1, 1], [20, 1, 1], [20, 2, 2], [20, 3, 3], [20, 4, 4], [20, 5, 5]);
  assert.deepEqual(told.filter(Boolean), ['quiet']);
});

test('a flow that came back may stop again', () => {
  assert.deepEqual(feed([0], [20], [20], [20], [20], [40], [60], [60], [60], [60]).filter(Boolean), ['quiet', 'flowing', 'quiet']);
});

test('counters are read from what browsers report', () => {
  const report = new Map([
    ['t', { type: 'transport', packetsReceived: 7, selectedCandidatePairId: 'p' }],
    ['p', { type: 'candidate-pair', requestsSent: 3, responsesReceived: 2 }],
  ]);
  assert.deepEqual(readCounters(report), { packets: 7, requests: 3, responses: 2 });
  const firefox = new Map([
    ['a', { type: 'inbound-rtp', packetsReceived: 4 }],
    ['p', { type: 'candidate-pair', selected: false, requestsSent: 8, responsesReceived: 0 }],
    ['q', { type: 'candidate-pair', selected: true, requestsSent: 3, responsesReceived: 2 }],
  ]);
  assert.deepEqual(readCounters(firefox), { packets: 4, requests: 3, responses: 2 });
  const bare = new Map([['a', { type: 'inbound-rtp', packetsReceived: 4 }], ['b', { type: 'inbound-rtp', packetsReceived: 5 }]]);
  assert.deepEqual(readCounters(bare), { packets: 9, requests: 0, responses: 0 });
});
