// A call survives what networks do, with generous bounds; the figures themselves are in docs/reconnection.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCall, scenarios } from './lib/recovery.mjs';

const bounds = {
  'address changes': 8000,
  'no packet for 10 s': 8000,
  'server killed and started again': 15000,
  'signaling cut for 20 s, media flows': 10000,
  'UDP blocked in mid-call': 20000,
};

for (const [name, limit] of Object.entries(bounds)) {
  test(`${name}: media flows again`, async (t) => {
    const call = await makeCall();
    t.after(() => call.end());
    const ms = await scenarios[name](call);
    const { recoveries } = await call.viewer.stats();
    t.diagnostic(`${ms} ms; ${JSON.stringify(recoveries)}`);
    assert.ok(ms < limit, `${ms} ms`);
  });
}
