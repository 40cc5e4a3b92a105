// C clients whose network fails: addresses change, everything is lost for a while, the server dies. In the
// summary of each client is what it noticed and how it came back. Bounds are three times the worst of
// docs/reconnection.md where nothing else is said.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { remote, untilReceive } from './lib/client.mjs';
import { bound } from './lib/measured.mjs';
import { eventually, sleep } from './lib/wait.mjs';
import { Wires } from './lib/wires.mjs';

const topologies = [['through the router', ['--mesh-max', '0'], 'router'], ['in a Mesh', ['--mesh-max', '4', '--mesh-hold', '1'], /^p\d+$/]];

const CALM = 15; // pictures after all is well again: gaps of both are over
const OUTAGE = 3000; // ms without a server
const STOPPED = 15000; // ms that a client stands still
// After everything was lost for a while, in ms (docs/test_bounds.md): until media are back, and from signaling on until
// the log says so.
const MEDIA_BACK = { router: 900, mesh: 1120 };
const BACK = 1640;
const REJOINED = 2400; // ms without media in a Mesh whose server was killed, when both have new ids (docs/test_bounds.md)

const isSent = ({ connection }) => connection?.out.packets > 60;
const isDirect = ({ connection }) => connection === null; // the router is left behind

/** Both are sent media. */
async function untilFlowing(wires, isReady) {
  let room;
  await eventually(() => `media do not flow: ${JSON.stringify(room)}`, () => {
    room = wires.room();
    return room?.participants.length === 2 && room.participants.every(isReady);
  }, 15000);
}

/** Two clients in a running call. */
async function call(t, options) {
  const wires = new Wires(['ann', 'bob']);
  t.after(() => wires.remove());
  const server = await wires.server(options);
  const clients = { ann: wires.client('ann'), bob: wires.client('bob') };
  const isMesh = !options.includes('0');
  for (const client of Object.values(clients)) await client.says(isMesh ? /connection to p\d+: connected/ : /connection to router: connected/, 15000);
  await untilFlowing(wires, isMesh ? isDirect : isSent);
  if (isMesh) await untilReceive(Object.values(clients), CALM);
  return { wires, server, ...clients };
}

function tell(t, name, summary) {
  for (const { target, cause, path, ms, gap_ms: gap } of summary.recoveries) t.diagnostic(`${name}: ${target} ${cause}, ${path}: ${ms} ms, media stood still for ${gap} ms`);
}

/** It ended well, and what it sees of the other one stood still for at most `limit` ms. */
function assertBack(t, name, { code, log, summary }, other, limit) {
  tell(t, name, summary);
  const { video } = remote(summary, other);
  t.diagnostic(`${name} of ${other}: longest gap ${video.longest_gap_ms} ms, longest freeze ${video.longest_freeze_ms} ms, of at most ${limit}`);
  assert.equal(code, 0, `${name}: ${log}`);
  assert.equal(summary.status, 'connected', log);
  assert.ok(video.longest_gap_ms < limit && video.longest_freeze_ms < limit, `${name} of ${other}: ${JSON.stringify(video)} ${log}`);
}

const isTarget = (target, wanted) => (typeof wanted === 'string' ? target === wanted : wanted.test(target));

describe('C clients', { concurrency: 3 }, () => { // each test has its own namespaces, and mostly waits
  for (const [where, options, target] of topologies) {
    const isMesh = target instanceof RegExp;
    test(`a client's address changes, ${where}`, async (t) => {
      const { wires, ann, bob } = await call(t, options);
      wires.move('ann');
      await ann.says(/is back: speculative restart/, 10000);
      await ann.says(/server is back: resumed/, 10000);
      await untilReceive([ann, bob], CALM);
      assert.doesNotMatch(bob.log, / left/, 'others saw it leave');
      const [first, second] = [await ann.end(), await bob.end()];
      const limit = bound('address changes', 'client', isMesh);
      assertBack(t, 'ann', first, 'bob', limit);
      assertBack(t, 'bob', second, 'ann', limit);
      const moved = first.summary.recoveries.filter((one) => isTarget(one.target, target));
      assert.deepEqual(moved.map(({ cause, path }) => [cause, path]), [['network-changed', 'speculative restart']], 'the same connection goes on');
      const signaling = first.summary.recoveries.filter((one) => one.target === 'server');
      assert.deepEqual(signaling.map(({ path }) => path), ['resumed']);
    });

    test(`all is lost for a while, ${where}`, async (t) => {
      const { wires, ann, bob } = await call(t, options);
      wires.cut('ann');
      const began = Date.now();
      await ann.says(/disconnected/, 15000);
      await ann.says(/signaling: nothing was heard/, 15000);
      const before = ann.log.length;
      wires.mend('ann');
      const outage = Date.now() - began; // to mend it takes a while, too
      await ann.says(/server is back: resumed/, 15000, before); // the kernel's next SYN may be seconds away
      const took = await ann.says(/(router|p\d+) is back/, 15000, before);
      t.diagnostic(`the log says that media are back ${took} ms after signaling`);
      assert.ok(took < BACK, `${took} ms`);
      await ann.says(/^connected$/m, 5000, before);
      await untilReceive([ann, bob], CALM);
      const [first, second] = [await ann.end(), await bob.end()];
      assert.ok(!first.log.includes('given-up') && !second.log.includes('given-up'));
      assertBack(t, 'ann', first, 'bob', outage + MEDIA_BACK[isMesh ? 'mesh' : 'router']);
      assertBack(t, 'bob', second, 'ann', outage + MEDIA_BACK[isMesh ? 'mesh' : 'router']);
    });

    test(`signaling is cut while media flows, ${where}`, async (t) => {
      const { wires, ann, bob } = await call(t, options);
      wires.cut('ann', 'tcp');
      await ann.says(/signaling: /, 20000); // silence is noticed
      wires.mend('ann');
      await ann.says(/server is back: resumed/, 15000);
      await untilReceive([ann, bob], CALM);
      const [first, second] = [await ann.end(), await bob.end()];
      const limit = bound('signaling cut for 20 s', 'client', isMesh);
      assertBack(t, 'ann', first, 'bob', limit);
      assertBack(t, 'bob', second, 'ann', limit);
      assert.deepEqual(first.summary.recoveries.map(({ path }) => path), ['resumed'], 'media was left alone');
      assert.ok(!/p\d+ joined/.test(second.log.slice(second.log.indexOf('is reconnecting'))), 'others saw it join again');
    });

    test(`the server is killed and started again, ${where}`, async (t) => {
      const { wires, server, ann, bob } = await call(t, options);
      await server.stop('SIGKILL');
      await sleep(OUTAGE);
      const before = { ann: ann.log.length, bob: bob.log.length };
      const again = await wires.server(options);
      for (const [name, client] of Object.entries({ ann, bob })) {
        const took = await client.says(/server is back: joined anew/, 15000, before[name]);
        t.diagnostic(`${name} is in ${took} ms after the server (asked one after the other)`);
      }
      for (const [name, client] of Object.entries({ ann, bob })) await client.says(/connection to .*: connected/, 15000, before[name]);
      await untilFlowing(wires, isMesh ? isDirect : isSent);
      await untilReceive([ann, bob], CALM);
      const limit = isMesh ? REJOINED : OUTAGE + bound('server killed and started again', 'client', false); // media of a Mesh go on
      assertBack(t, 'ann', await ann.end(), 'bob', limit);
      assertBack(t, 'bob', await bob.end(), 'ann', limit);
      await again.stop();
    });
  }

  test('a path that never comes back is given up after the schedule, and the exit code tells', async (t) => {
    const wires = new Wires(['ann']);
    t.after(() => wires.remove());
    await wires.server(['--mesh-max', '0']);
    const ann = wires.client('ann', { args: ['--reconnect', 'wait=2,speculative=1,restarts=2,delay=0.2,restart=1.5,connect=2'] });
    await ann.says(/connection to router: connected/, 15000);
    await eventually('media', () => wires.room()?.participants[0]?.connection?.in.packets > 20);
    wires.cut('ann', 'media');
    await ann.says(/connection to router: given-up/, 60000);
    for (const state of ['waiting', 'restarting 1', 'restarting 2', 'rebuilding', 'given-up']) assert.ok(ann.log.includes(`connection to router: ${state}`), `${state}: ${ann.log}`);
    await ann.says(/^failed$/m, 5000);
    await sleep(3500); // the code is of its last three seconds
    const { code, summary } = await ann.end();
    assert.equal(code, 3);
    assert.equal(summary.status, 'failed');
    assert.equal(summary.connections[0].state, 'given-up');
  });

  test('what was given up is joined again when asked for', async (t) => {
    const wires = new Wires(['ann', 'bob']);
    t.after(() => wires.remove());
    await wires.server(['--mesh-max', '4', '--mesh-hold', '1']);
    const args = ['--reconnect', 'wait=1,speculative=0.5,restarts=1,delay=0.1,restart=1,connect=1'];
    const [ann, bob] = [wires.client('ann', { args }), wires.client('bob', { args })];
    await ann.says(/connection to p\d: connected/, 15000);
    await bob.says(/connection to p\d: connected/, 15000);
    wires.cut('bob', 'media'); // neither direct nor through the router
    await bob.says(/connection to router: given-up/, 60000);
    const before = bob.log.length;
    wires.mend('bob');
    bob.child.kill('SIGUSR2');
    await bob.says(/connection to router: connected/, 15000, before);
    await untilFlowing(wires, (one) => isDirect(one) || isSent(one));
    await untilReceive([ann, bob], CALM);
    for (const [client, other] of [[ann, 'bob'], [bob, 'ann']]) {
      const { code, summary, log } = await client.end();
      assert.equal(code, 0, log);
      assert.equal(summary.status, 'connected');
      assert.ok(remote(summary, other).video.frames_decoded > 20);
    }
  });

  test('a client that is stopped for a while finds back', async (t) => {
    const { wires, ann, bob } = await call(t, ['--mesh-max', '0']);
    const before = { ann: ann.log.length };
    ann.stop();
    await sleep(STOPPED);
    ann.go();
    const received = () => wires.room().participants.find(({ name }) => name === 'ann')?.connection?.in.packets ?? 0;
    const atFirst = received();
    await eventually('media of hers', () => received() > atFirst + 100, 20000);
    const log = ann.log.slice(before.ann);
    if (/connection to router: (waiting|restarting)/.test(log)) await ann.says(/connection to router: connected/, 20000, before.ann);
    await untilReceive([ann, bob], CALM);
    const [first, second] = [await ann.end(), await bob.end()];
    assertBack(t, 'ann', first, 'bob', STOPPED + 2640);
    assertBack(t, 'bob', second, 'ann', STOPPED + 2640);
  });
});
