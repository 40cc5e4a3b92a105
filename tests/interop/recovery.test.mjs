// A call survives what networks do, with generous bounds; the figures themselves are in docs/reconnection.md.
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
const chosen = [
  ...Object.keys(bounds).map((name) => ({ name, viewer: 'page', mesh: false })),
  { name: 'no packet for 10 s', viewer: 'client', mesh: false },
  { name: 'server killed and started again', viewer: 'client', mesh: false },
  { name: 'no packet for 10 s', viewer: 'page', mesh: true },
];

for (const { name, viewer, mesh } of chosen) {
  test(`${name} (${viewer}, ${mesh ? 'direct' : 'router'}): media flows again`, async (t) => {
    const call = await makeCall({ viewer, mesh });
    t.after(() => call.end());
    const { ms, recoveries } = await run(call, name);
    t.diagnostic(`${ms} ms; ${JSON.stringify(recoveries)}`);
    assert.ok(ms < bounds[name], `${ms} ms`);
  });
}
