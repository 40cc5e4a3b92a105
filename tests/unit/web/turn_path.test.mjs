// Paths through a TURN server, by reports of browsers.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TurnPath, usesTurn, watchTurnPath } from '../../../client/web/turn_path.js';

const candidates = [
  { id: 'H', type: 'local-candidate', candidateType: 'host' },
  { id: 'R', type: 'local-candidate', candidateType: 'relay' },
  { id: 'F', type: 'remote-candidate', candidateType: 'relay' },
];
const pair = (id, localCandidateId, more = {}) => ({ id, type: 'candidate-pair', localCandidateId, remoteCandidateId: 'F', nominated: true, state: 'succeeded', ...more });
const transport = (selectedCandidatePairId) => ({ id: 'T', type: 'transport', selectedCandidatePairId });
const report = (...entries) => new Map([...candidates, ...entries].map((entry) => [entry.id, entry]));

const reports = [
  ['nothing is connected', report(), null],
  ['no pair is selected', report(transport(undefined), pair('P', 'H', { state: 'in-progress', nominated: false })), null],
  ['the selected pair is direct, whatever the remote peer is', report(transport('P'), pair('Q', 'R'), pair('P', 'H')), false],
  ['the selected pair leads through a TURN server', report(transport('Q'), pair('P', 'H'), pair('Q', 'R')), true],
  ['a browser without transport statistics', report(pair('Q', 'R')), true],
];
for (const [name, entries, expected] of reports) test(name, () => assert.equal(usesTurn(entries), expected));

test('a path through a TURN server is told of when it stays so; a better one at once', () => {
  const path = new TurnPath();
  const steps = [[null, 0, null], [true, 100, null], [true, 2000, null], [true, 2100, true], [false, 2600, false], [true, 3000, null], [null, 4000, null], [true, 5100, null], [true, 7100, true]];
  for (const [isTurn, now, expected] of steps) assert.equal(path.read(isTurn, now), expected, `${isTurn} at ${now}`);
});

test('it is read as soon as the connection is up, and not when it is not', async () => {
  const pc = Object.assign(new EventTarget(), { connectionState: 'connecting', getStats: async () => report(transport('P'), pair('P', 'H')) });
  const told = [];
  const end = watchTurnPath(pc, (isTurn) => told.push(isTurn));
  const change = async (state) => {
    pc.connectionState = state;
    pc.dispatchEvent(new Event('connectionstatechange'));
    await new Promise(setImmediate);
  };
  await change('failed');
  assert.deepEqual(told, []);
  await change('connected');
  assert.deepEqual(told, [false]);
  end();
  await change('connected');
  assert.deepEqual(told, [false]);
});
