// Who speaks, as a call tells it: the router says so, and only while the room is on it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startVirtualTime } from './virtual_time.mjs';
import { Call } from '../../../client/web/call.js';

test('what the router said of speakers is not told when the room has left it', () => {
  startVirtualTime();
  const call = new Call({ page: 'http://127.0.0.1/', room: 'weaving', name: 'Ann' });
  const told = [];
  call.addEventListener('speakers', ({ detail }) => told.push(detail));
  const receive = (detail) => call.signaling.dispatchEvent(new CustomEvent('message', { detail }));
  const moveTo = (topology, epoch) => receive({ type: 'connect', topology, pin: 'auto', epoch, connect: [], probe: [] });
  moveTo('sfu', 1);
  receive({ type: 'speakers', participants: ['p2'] });
  moveTo('mesh', 2);
  receive({ type: 'speakers', participants: ['p1'] }); // late, and nobody would ever take it back
  moveTo('sfu', 3);
  receive({ type: 'speakers', participants: [] });
  assert.deepEqual(told, [['p2'], []]);
});
