// Whose connection is lost, in a room of direct connections.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lostByOthers } from '../../../client/web/lost_by_others.js';

test('what others lost is theirs, unless everything is lost', () => {
  const table = [
    // our signaling is down, connections, who is away, expected
    [false, { p2: 'connected', p3: 'connected' }, [], []],
    [false, { p2: 'waiting', p3: 'connected' }, [], ['p2']],
    [false, { p2: 'restarting', p3: 'rebuilding' }, [], []],
    [false, { p2: 'restarting', p3: 'rebuilding' }, ['p2', 'p3'], ['p2', 'p3']],
    [false, { p2: 'waiting' }, ['p2'], ['p2']],
    [false, { p2: 'waiting' }, [], []],
    [true, { p2: 'waiting', p3: 'connected' }, ['p2'], []],
    [false, { router: 'waiting' }, [], []],
    [false, { p2: 'given-up', p3: 'connected', p4: 'connecting' }, [], ['p2']],
  ];
  for (const [isDown, states, away, expected] of table) {
    const connections = Object.entries(states).map(([remote, state]) => ({ remote, state }));
    assert.deepEqual(lostByOthers({ isDown, connections, isActive: (remote) => !away.includes(remote) }), expected, JSON.stringify(states));
  }
});
