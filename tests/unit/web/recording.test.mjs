// That a room is recorded: what people are told of each change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beganAt, clockWords, wordsOfChange } from '../../../client/web/ui/recording.js';

test('each change that matters is told, and each once', () => {
  const rows = [
    ['off', { state: 'off' }, null],
    ['off', { state: 'starting' }, null],
    ['starting', { state: 'on' }, 'recordingBegan'],
    ['off', { state: 'on' }, 'recordingBegan'], // one comes late
    ['on', { state: 'on' }, null],
    ['on', { state: 'starting', reason: 'interrupted' }, 'recordingInterrupted'],
    ['on', { state: 'off' }, 'recordingEnded'],
    ['on', { state: 'failed', reason: 'disk-full' }, 'recordingDiskFull'],
    ['starting', { state: 'failed', reason: 'busy' }, 'recordingBusy'],
    ['starting', { state: 'failed', reason: 'no-recorder' }, 'recordingNone'],
    ['failed', { state: 'off' }, null],
    ['on', { state: 'on', reason: 'push-failed' }, 'recordingPushFailed'],
    [{ state: 'on', reason: 'push-failed' }, { state: 'on', reason: 'push-failed' }, null],
    [{ state: 'on', reason: 'push-failed' }, { state: 'on' }, 'recordingPushes'],
    [{ state: 'on', reason: 'push-failed' }, { state: 'off' }, 'recordingEnded'],
  ];
  for (const [before, now, words] of rows) assert.equal(wordsOfChange(before.state ? before : { state: before }, now), words, `${JSON.stringify(before)} ${JSON.stringify(now)}`);
});

test('how long it has run is known to who was there, whatever interrupted it', () => {
  assert.equal(beganAt(null, { state: 'starting' }, 'on', 5000), 5000);
  assert.equal(beganAt(5000, { state: 'on' }, 'on', 7000), 5000);
  assert.equal(beganAt(5000, { state: 'on' }, 'starting', 7000), 5000);
  assert.equal(beganAt(5000, { state: 'starting' }, 'on', 9000), 5000);
  assert.equal(beganAt(5000, { state: 'on' }, 'off', 9000), null);
  assert.equal(beganAt(null, { state: 'off' }, 'on', 9000), null, 'one comes late');
  assert.equal(beganAt(null, { state: 'starting', reason: 'interrupted' }, 'on', 9000), null, 'late, and then it was interrupted');
  assert.deepEqual([0, 7900, 187000, 3787000, 36000000].map(clockWords), ['0:00', '0:07', '3:07', '1:03:07', '10:00:00']);
});
