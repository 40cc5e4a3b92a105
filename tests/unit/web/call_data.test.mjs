// By which connection a message of a data channel goes while a room changes its topology.
// tests/unit/client/test_call_data.c has the same of the C client.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallData } from '../../../client/web/call_data.js';

test('a channel that works goes before one that is only open', () => {
  const rows = [ // a room became a Mesh: there are connections to p1 and p2, and the one to the router still
    { p1: 'up', p2: 'up', router: 'up', to: 'p1', ways: 'p1' },
    { p1: 'open', p2: 'up', router: 'up', to: 'p1', ways: 'router' },
    { p1: 'open', p2: 'up', router: 'open', to: 'p1', ways: 'p1' },
    { p1: 'open', p2: 'up', router: 'closed', to: 'p1', ways: 'p1' },
    { p1: 'closed', p2: 'up', router: 'up', to: 'p1', ways: 'router' },
    { p1: 'closed', p2: 'up', router: 'open', to: 'p1', ways: 'router' },
    { p1: 'closed', p2: 'up', router: 'closed', to: 'p1', ways: '' },
    { p1: 'up', p2: 'up', router: 'up', to: '', ways: 'p1 p2' },
    { p1: 'open', p2: 'up', router: 'up', to: '', ways: 'p1 p2' }, // each but p1 gets it now, and p1 when its connection works again
    { p1: 'open', p2: 'open', router: 'up', to: '', ways: 'router' },
  ];
  for (const row of rows) {
    const ways = [];
    const connection = (remote) => [remote, {
      remote,
      isToRouter: remote === 'router',
      isUp: row[remote] === 'up',
      peerConnection: { isClosed: row[remote] === 'closed', data: { isOpen: true, send: () => ways.push(remote) } },
    }];
    const data = new CallData({ connections: () => [new Map([connection('p1'), connection('p2')]), new Map([connection('router')])], tell: () => {} });
    data.setOthers(['p1', 'p2']);
    data.send('x', { to: row.to, policy: 'lossy' });
    data.stop();
    assert.equal(ways.join(' '), row.ways, JSON.stringify(row));
  }
});
