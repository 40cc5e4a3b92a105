// Which connections a call has while its room changes from one topology to another.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { CallConnections } from '../../../client/web/call_connections.js';
import { startVirtualTime, tick } from './virtual_time.mjs';

/** A connection that only notes what is done with it. */
function makeConnection(remote, beginning = 'start') {
  const done = [beginning];
  const noted = Object.fromEntries(['run', 'retire', 'revive', 'becomeNeeded', 'becomeProbe', 'close', 'inheritLoss'].map((name) =>
    [name, (detail) => done.push(name === 'run' ? detail : name)]));
  return { remote, done, isUp: false, peerConnection: { isClosed: false }, ...noted };
}

let shownBy; // the connection by which p1/camera is shown
let ended;
let switches;
let connections;

beforeEach(() => {
  startVirtualTime();
  shownBy = null;
  ended = [];
  switches = 0;
  const shown = {
    dependsOn: (connection) => connection === shownBy,
    endAll: (connection) => {
      if (connection !== shownBy) return [];
      shownBy = null;
      return ['p1/camera'];
    },
  };
  connections = new CallConnections({
    make: makeConnection,
    first: () => null,
    shown,
    configure: () => {},
    tellPath: () => {},
    trackEnded: (publication) => ended.push(publication),
    switched: () => { switches++; },
  });
});

const remotes = () => [connections.needed, connections.retired, connections.probes].map((map) => [...map.keys()].join(' '));

/** From the router, which is up and shows something, to a direct connection. @returns {ReturnType<makeConnection>[]} */
function beginSwitch(probe = []) {
  connections.follow(['router'], []);
  const router = connections.to('router');
  router.isUp = true;
  shownBy = router;
  connections.follow(['p1'], probe);
  return [router, connections.to('p1')];
}

test('the old connection stays until the new one is up and shows what it showed', () => {
  const [router, direct] = beginSwitch();
  assert.deepEqual(remotes(), ['p1', 'router', '']);
  connections.endSwitch();
  tick(60000);
  assert.equal(connections.retired.size, 1);
  direct.isUp = true;
  connections.endSwitch();
  tick(2000);
  assert.equal(connections.retired.size, 1); // it is still shown
  shownBy = direct;
  connections.endSwitch();
  tick(999);
  assert.equal(connections.retired.size, 1);
  tick(1);
  assert.deepEqual(remotes(), ['p1', '', '']);
  assert.deepEqual(router.done, ['start', 'retire', 'close']);
  assert.deepEqual([switches, ended], [1, []]);
});

test('it does not stay without end', () => {
  const [router, direct] = beginSwitch();
  direct.isUp = true;
  connections.endSwitch();
  tick(9999);
  assert.equal(connections.retired.size, 1);
  tick(1);
  assert.equal(router.done.at(-1), 'close');
  assert.deepEqual([switches, ended], [1, ['p1/camera']]);
});

test('one that is not up is not kept', () => {
  connections.follow(['router'], []);
  const router = connections.to('router');
  connections.follow(['p1'], []);
  assert.deepEqual(router.done, ['start', 'close']);
  assert.deepEqual(remotes(), ['p1', '', '']);
});

test('the topology changes back: the old connection goes on', () => {
  const [router, direct] = beginSwitch();
  connections.follow(['router'], []);
  assert.deepEqual(remotes(), ['router', '', '']);
  assert.deepEqual(router.done, ['start', 'retire', 'revive', 'inheritLoss']);
  assert.equal(direct.done.at(-1), 'close');
});

test('a probe is needed later, and a needed one becomes a probe, without a new connection', () => {
  connections.follow(['router'], ['p1', 'p2']);
  assert.deepEqual(remotes(), ['router', '', 'p1 p2']);
  const [direct, other] = ['p1', 'p2'].map((remote) => connections.to(remote));
  connections.to('router').isUp = true;
  connections.follow(['p1'], []);
  assert.deepEqual(remotes(), ['p1', 'router', '']);
  assert.deepEqual(other.done, ['probe', 'close']);
  connections.follow(['router'], ['p1']);
  assert.deepEqual(remotes(), ['router', '', 'p1']);
  assert.deepEqual(direct.done, ['probe', 'becomeNeeded', 'becomeProbe']);
});

test('what happens to all happens to no retired one', () => {
  const [router, direct] = beginSwitch(['p2']);
  connections.runAll('network-changed');
  assert.deepEqual([direct, connections.to('p2')].map(({ done }) => done.at(-1)), ['network-changed', 'network-changed']);
  assert.equal(router.done.at(-1), 'retire');
});

test('a participant that left, and the end of the call', () => {
  const [router, direct] = beginSwitch(['p2']);
  connections.forget('p1');
  assert.deepEqual(remotes(), ['', 'router', 'p2']);
  assert.equal(direct.done.at(-1), 'close');
  connections.endSwitch();
  connections.closeAll();
  assert.deepEqual(remotes(), ['', '', '']);
  assert.deepEqual([router.done.at(-1), ended], ['close', ['p1/camera']]);
  tick(60000);
  assert.equal(switches, 0);
});
