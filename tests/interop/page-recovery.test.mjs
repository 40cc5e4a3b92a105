// A page survives what networks do, with generous bounds; recover.test.mjs has C clients, docs/reconnection.md the figures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCall, run } from './lib/recovery.mjs';

const bounds = {
  'address changes': 8000,
  'no packet for 10 s': 8000,
  'server killed and started again': 15000,
  'signaling cut for 20 s': 5000,
  'UDP blocked in mid-call': 20000,
};

for (const name of Object.keys(bounds)) {
  test(`a page, ${name}: media flows again`, async (t) => {
    const call = await makeCall();
    t.after(() => call.end());
    const { ms, recoveries } = await run(call, name);
    t.diagnostic(`${ms} ms; ${JSON.stringify(recoveries)}`);
    assert.ok(ms < bounds[name], `${ms} ms`);
  });
}
