// Calls through coturn only: two C clients and a page, with credentials that the server makes for each participant,
// over each way to reach a TURN server, in both topologies. Only who insists on a Mesh gets one through TURN. In a
// namespace; coturn runs with the configuration of docker/coturn.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeNamespace } from './lib/namespace.mjs';

const DAY = 86400;

function check(result, transport, topology) {
  const what = JSON.stringify({ ...result, ann: result.ann.error ?? 'saw both' }).slice(0, 4000);
  for (const { code, remotes, connections, topology: ended } of result.clients) {
    assert.equal(code, 0, what);
    assert.equal(ended, topology, `the room did not stay as it was: ${what}`);
    const carrying = connections.filter(({ probe }) => !probe); // when one leaves, the others' direct paths are tried anew
    assert.ok(carrying.length > 0, what);
    for (const { path, state } of carrying) {
      assert.equal(state, 'connected', what);
      assert.equal(path, transport === 'udp' ? 'turn/udp' : 'turn/tcp', what);
    }
    assert.equal(remotes.length, 2, what);
    for (const { name, video, audio } of remotes) {
      assert.ok(video.frames_decoded > 75 && audio.packets > 250, `${name}: ${what}`);
    }
  }
  assert.equal(result.ann.error, undefined, what);
  assert.equal(result.ann.topology, topology);
  for (const id of ['p1', 'p2', 'p3']) {
    const allocation = result.allocations.find((one) => one.id === id);
    assert.ok(allocation, `${id} has no allocation: ${what}`);
    assert.ok(Math.abs(allocation.expires - Date.now() / 1000 - DAY) < 120, what);
  }
}

describe('through coturn only', { concurrency: 2 }, () => { // each has its own namespace, and mostly waits
  test('a room that is not pinned stays on the router when its direct paths lead through TURN', async (t) => {
    const namespace = makeNamespace();
    t.after(() => namespace.remove());
    check(await namespace.scenario('turn.mjs', 'udp', 'auto'), 'udp', 'sfu');
  });

  for (const topology of ['mesh', 'sfu']) {
    for (const transport of ['udp', 'tcp', 'tls']) {
      test(`${topology}: everything goes through TURN over ${transport.toUpperCase()}`, async (t) => {
        const namespace = makeNamespace();
        t.after(() => namespace.remove());
        const result = await namespace.scenario('turn.mjs', transport, topology);
        check(result, transport, topology);
        if (result.refused) {
          assert.equal(result.refused.code, 1, JSON.stringify(result.refused));
          assert.match(result.refused.log, /TLS to the TURN server failed/);
        }
      });
    }
  }

  for (const topology of ['sfu', 'mesh']) {
    test(`${topology}: a call outlives its TURN credentials, and is relayed with new ones without a gap`, async (t) => {
      const life = 10; // seconds
      const namespace = makeNamespace();
      t.after(() => namespace.remove());
      const result = await namespace.scenario('turn.mjs', 'udp', topology, String(life));
      const what = JSON.stringify({ ...result, ann: result.ann.error ?? result.ann.late }).slice(0, 4000);
      for (const { code, remotes, connections, recoveries } of result.clients) {
        assert.equal(code, 0, what);
        assert.deepEqual(recoveries, [], what);
        for (const { path, state } of connections) assert.deepEqual([path, state], ['turn/udp', 'connected'], what);
        for (const { name, video, audio } of remotes) {
          // Generous, for a busy machine: a path that had ended with its credentials would not come back within this.
          // Audio tells, because the router leaves pictures out while a machine without time looks like a narrow link.
          assert.ok(audio.longest_gap_ms < 3000, `${name}: ${what}`);
          assert.ok(video.frames_decoded > life * 2 * 15 * 0.8, `${name}: ${what}`);
        }
      }
      assert.equal(result.ann.error, undefined, what);
      for (const late of result.ann.late) assert.ok(late.frames > 20 && late.audioPackets > 70, what);
      for (const id of ['p1', 'p2', 'p3']) {
        const used = new Set(result.allocations.filter((one) => one.id === id).map(({ expires }) => expires));
        assert.ok(used.size >= 3, `${id} allocated with ${used.size} credentials: ${what}`);
      }
    });
  }
});
