// The size of the drawn picture, as an address says it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSize } from '../../../client/web/media.js';

test('a size that can be drawn is taken, anything else is none', () => {
  assert.deepEqual(readSize('640x360'), { width: 640, height: 360 });
  assert.deepEqual(readSize('4096x2304'), { width: 4096, height: 2304 });
  for (const text of [null, '', 'foo', '640', '640x', 'x360', '0x0', '9x16', '640x360x2', '-640x360', '640.5x360', '1e3x360', '4098x2304', '4096x9999', '99999999x360', ' 640x360']) {
    assert.equal(readSize(text), null, text);
  }
});
