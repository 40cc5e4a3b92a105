// What is said of camera and microphone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { texts } from '../../../client/web/i18n.js';
import { buttonOf, problemKeys } from '../../../client/web/ui/device_words.js';

const device = (change = {}) => ({ id: '', isOn: true, opening: 0, track: {}, problem: '', ...change });

test('a button says what it will do, and its icon what is', () => {
  const table = [
    [{}, 'mute', 'microphone', false], [{ isOn: false }, 'unmute', 'microphone-off', true],
    [{ track: null, problem: 'busy' }, 'addMicrophone', 'microphone-off', true], [{ track: null, id: 'none', isOn: false }, 'addMicrophone', 'microphone-off', true],
    [{ track: null, opening: 1 }, 'mute', 'microphone', false], [{ track: null }, 'mute', 'microphone', false], // joining opens it
    [{ track: null, id: 'none' }, 'addMicrophone', 'microphone-off', true],
  ];
  for (const [change, key, icon, isOff] of table) assert.deepEqual(buttonOf('microphone', device(change)), { key, icon, isOff });
  assert.equal(buttonOf('camera', device({ track: null, isOn: false })).key, 'cameraOn');
});

test('every problem has words: one sentence for both, or one for each', () => {
  const all = ['denied', 'busy', 'missing', 'ended'];
  for (const camera of ['', ...all]) {
    for (const microphone of ['', ...all]) {
      const keys = problemKeys({ camera: device({ problem: camera }), microphone: device({ problem: microphone }) });
      assert.equal(keys.length, camera === microphone ? Number(camera !== '') : Number(camera !== '') + Number(microphone !== ''));
      for (const key of keys) for (const language of ['en', 'ko']) assert.ok(texts[language][key], `${camera} ${microphone} ${language}`);
    }
  }
  assert.deepEqual(problemKeys({ camera: device({ problem: 'insecure' }), microphone: device() }), ['insecure']);
});
