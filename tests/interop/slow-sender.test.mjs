// A client whose encoder takes longer than the time between two pictures leaves pictures out, and hears all else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startClient, UNTIL_TOLD } from './lib/client.mjs';
import { eventually } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

const LEAVES_WITHIN_MS = 1065; // a few pictures of this size, and the server's answer: docs/test_bounds.md

test('an encoder that is too slow keeps no client from its signals, its server and its reports', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const client = startClient(server, {
    room: 'slow', name: 'Weft', duration: UNTIL_TOLD, quiet: false, args: ['--video', '3840x2160@120:8M', '--simulcast', '3', '--fixed'],
  });
  t.after(() => client.child.kill('SIGKILL'));
  const last = (pattern) => Number([...client.log.matchAll(pattern)].at(-1)?.[1] ?? 0);
  // Reports come every second or so, and tell a round trip when two have met.
  await eventually(client.saw, () => last(/sent (\d+) frames/g) >= 40 && last(/(\d+) s /g) >= 5, 20000);
  const told = Date.now();
  const limit = setTimeout(() => client.child.kill('SIGKILL'), LEAVES_WITHIN_MS);
  const { code, summary } = await client.end();
  clearTimeout(limit);
  assert.equal(code, 0, `it did not leave within ${LEAVES_WITHIN_MS} ms: ${client.saw()}`);
  t.diagnostic(`ended after ${Date.now() - told} ms; ${JSON.stringify(summary.sent)}`);
  assert.ok(summary.sent.late_frames > 0, 'the encoder was not too slow: this tests nothing');
  assert.ok(summary.sent.rtt_ms !== null, "the router's reports were not read");
  assert.equal(summary.status, 'connected');
});
