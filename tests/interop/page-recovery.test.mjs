// A page survives what networks do; recover.test.mjs has C clients. Bounds are three
// times the worst of docs/reconnection.md.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bound } from './lib/measured.mjs';
import { blockMedia, flowing, makeCall, run, scenarios, unblock, writeOnAndOn } from './lib/recovery.mjs';
import { eventually } from './lib/wait.mjs';

const disturbances = ['address changes', 'no packet for 10 s', 'more than half lost for 20 s', 'NAT mapping expires', 'server killed and started again',
  'signaling cut for 20 s', 'UDP blocked in mid-call'];

const KEY = 'warp and weft';

describe('pages and clients', { concurrency: 2 }, () => { // each test has its own namespaces, and mostly waits
  test('a page whose media never comes back: given up after its schedule; "join again" works', async (t) => {
    const call = await makeCall({ page: { reconnect: 'autoWait:2000,speculativeDelay:1000,restartTimeout:2000,retryDelay:500,maxRestarts:2,connectTimeout:4000' } });
    t.after(() => call.end());
    blockMedia(call, 'viewer');
    await call.viewer.waitForSelector('#rejoin:not([hidden])', { timeout: 60000 });
    unblock(call, 'viewer');
    await call.viewer.click('#rejoin');
    const ms = await flowing(call);
    t.diagnostic(`a picture ${ms} ms after asking for it`);
  });

  for (const viewer of ['page', 'client']) {
    test(`symmetric NAT on both sides, a ${viewer}: there is no direct path, the room settles on the router`, async (t) => {
      const begin = Date.now();
      const call = await makeCall({ viewer, mesh: true, nat: 30, isNatOnBothSides: true, page: { reconnect: 'connectTimeout:5000' }, args: ['--reconnect', 'connect=5'] });
      t.after(() => call.end());
      t.diagnostic(`a picture ${Date.now() - begin} ms after everything was started`);
      await eventually('the direct path is given up', () => call.room().reason === 'a pair cannot connect directly', 25000);
      if (viewer === 'client') {
        await eventually('some seconds of the picture', () => call.room().participants.find(({ name }) => name === 'View').connection?.slots
          .some(({ publication, packets }) => publication.endsWith('/camera') && packets > 90), 25000);
        const { summary } = await call.client.end();
        t.diagnostic(`a picture ${summary.remotes[0].video.first_frame_ms} ms after joining`);
        assert.ok(summary.remotes[0].video.frames_decoded > 50, JSON.stringify(summary.remotes));
      }
      assert.equal(call.room().topology, 'sfu');
    });
  }

  for (const viewer of ['page', 'client']) {
    for (const mesh of [false, true]) {
      test(`UDP blocked at the join, a ${viewer} in a room that would be ${mesh ? 'a Mesh' : 'on the router'}: it goes over TCP`, async (t) => {
        const call = await makeCall({ viewer, mesh, before: scenarios['UDP blocked at join'].before });
        t.after(() => call.end());
        const { ms, paths } = await run(call, 'UDP blocked at join');
        const found = paths ?? [call.room().participants.find(({ name }) => name === 'View').connection?.path ?? 'direct'];
        assert.ok(found.every((path) => path === 'tcp' || (mesh && path === 'direct')), JSON.stringify({ found, ms, paths }));
        t.diagnostic(`a picture ${ms} ms after joining`);
        assert.ok(ms < bound('UDP blocked at join', viewer, mesh), `${ms} ms`);
      });
    }
  }

  for (const name of disturbances) {
    test(`a page in an encrypted call whose members write on and on, ${name}: media flow again, no message is lost`, async (t) => {
      const isAnotherRoom = name.startsWith('server killed');
      const call = await makeCall({ nat: scenarios[name].nat, key: KEY });
      t.after(() => call.end());
      const writing = await writeOnAndOn(call);
      const { ms, recoveries } = await run(call, name);
      t.diagnostic(`${ms} ms; ${JSON.stringify(recoveries)}`);
      const [one, other] = await writing.end();
      t.diagnostic(`${one.sent} and ${other.sent} messages`);
      assert.ok(ms < bound(name, 'page', false), `${ms} ms`);
      assert.equal(call.room().encrypted, true);
      for (const [from, to] of [[one, other], [other, one]]) {
        assert.ok(to.heard.length > (isAnotherRoom ? 0 : 50), `${to.heard.length} messages`);
        // The page listens from some message on. With the server the room is gone, and those who come into the next one
        // are others: what was for the former is over.
        const wanted = Array.from({ length: from.sent }, (_, number) => number).filter((number) => (isAnotherRoom ? to.heard.includes(number) : number >= to.heard[0]));
        assert.deepEqual(to.heard, wanted);
        if (!isAnotherRoom) assert.deepEqual(from.told, []);
      }
    });
  }
});
