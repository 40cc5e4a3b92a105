// The size of the drawn picture, as an address says it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSize } from '../../../client/web/media.js';

test('a size that can be drawn is taken, anything else is none', () => {
  assert.deepEqual(readSize('640x360'), { width: 640, height: 360, frameRate: 30 });
  assert.deepEqual(readSize('4096x2304@5'), { width: 4096, height: 2304, frameRate: 5 });
  assert.deepEqual(readSize('160x90@60'), { width: 160, height: 90, frameRate: 60 });
  for (const text of [null, '', 'foo', '640', '640x', 'x360', '0x0', '9x16', '640x360x2', '-640x360', '640.5x360', '1e3x360', '4098x2304', '4096x9999', '99999999x360', ' 640x360', '640x360@', '640x360@0', '640x360@61', '640x360@30fps', '@30']) {
    assert.equal(readSize(text), null, text);
  }
});
