// What a participant has received of another one, as its summary says: enough of it, and all of it. A test that only
// looks for losses passes when nothing came at all.
import assert from 'node:assert/strict';
import { remote } from './client.mjs';

/**
 * Fails unless more than `video` and `audio` packets of `name` came in and no more than `lost` of them were missing for
 * good. Returns what the summary says of `name`.
 */
export function assertDelivered(summary, name, { video, audio, lost = 0 }) {
  assert.ok(summary, 'there is no summary');
  const seen = remote(summary, name);
  assert.ok(seen, `the summary knows no ${name}: ${JSON.stringify(summary.remotes)}`);
  for (const [kind, least] of [['video', video], ['audio', audio]]) {
    const { packets, packets_lost: missing } = seen[kind];
    const what = `${summary.participant} received ${packets} ${kind} packets of ${name} and lost ${missing}`;
    assert.ok(least > 0, `how many ${kind} packets are enough?`);
    assert.ok(packets > least, `${what}; more than ${least} were to come`);
    assert.ok(missing >= 0 && missing <= lost, `${what}; at most ${lost} may be`);
  }
  return seen;
}
