// The level of a microphone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { levelOf } from '../../../client/web/ui/level.js';

const of = (amplitude) => levelOf(new Float32Array(2048).fill(amplitude));

test('silence is an empty bar, the loudest a full one, speech between them', () => {
  assert.equal(of(0), 0);
  assert.equal(of(0.0005), 0);
  assert.equal(of(1), 1);
  assert.ok(of(0.01) > 0.3 && of(0.1) > of(0.01) && of(0.1) < 0.7);
});
