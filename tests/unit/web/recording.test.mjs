// That a room is recorded: what people are told of each change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOfChange } from '../../../client/web/ui/recording.js';

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
