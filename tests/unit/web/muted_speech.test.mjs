// Whether somebody speaks whose microphone is muted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpeechWhileMuted } from '../../../client/web/ui/muted_speech.js';

const VOICE = 0.6;
const ROOM = 0.2;
/** How often one is told, of levels 100 ms apart. */
function told(levels) {
  const speech = new SpeechWhileMuted();
  return levels.filter((level, index) => speech.read(level, index * 100)).length;
}
const times = (count, ...levels) => Array.from({ length: count }, () => levels).flat();

test('half a second of a voice is speech; a room, a door and a beep are none', () => {
  for (const [levels, count] of [[times(100, ROOM), 0], [times(5, VOICE), 0], [times(6, VOICE), 1], [times(50, VOICE, ROOM, ROOM, ROOM), 0], [[...times(4, ROOM), ...times(6, VOICE)], 1]])
    assert.equal(told(levels), count, levels.join(' '));
});

test('it is said twice a minute at most', () => assert.equal(told(times(600, VOICE)), 2));
