// What is asked for many times is drawn once a frame, also where there are no frames.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { startVirtualTime, tick } from './virtual_time.mjs';
import { OnceAFrame } from '../../../client/web/ui/once_a_frame.js';

let frames;
beforeEach(() => {
  startVirtualTime();
  frames = new Map();
  globalThis.requestAnimationFrame = (run) => {
    frames.set(frames.size + 1, run);
    return frames.size;
  };
  globalThis.cancelAnimationFrame = (id) => frames.delete(id);
});

const nextFrame = () => {
  const due = [...frames.values()];
  frames.clear();
  for (const run of due) run();
};

test('dozens of changes before a frame are drawn once, and one after it with the next', () => {
  let drawn = 0;
  const drawing = new OnceAFrame(() => { drawn += 1; });
  for (let i = 0; i < 48; i += 1) drawing.soon();
  assert.equal(drawn, 0);
  nextFrame();
  assert.equal(drawn, 1);
  drawing.soon();
  nextFrame();
  tick(1000);
  assert.equal(drawn, 2);
});

test('a page that is not seen has no frames, and draws all the same', () => {
  let drawn = 0;
  const drawing = new OnceAFrame(() => { drawn += 1; });
  drawing.soon();
  tick(100);
  assert.equal(drawn, 1);
  nextFrame();
  assert.equal(drawn, 1, 'the frame that comes later has nothing to draw');
});

test('what is drawn at once, or not any more, is not drawn again', () => {
  let drawn = 0;
  const drawing = new OnceAFrame(() => { drawn += 1; });
  drawing.soon();
  drawing.now();
  drawing.soon();
  drawing.cancel();
  nextFrame();
  tick(1000);
  assert.equal(drawn, 1);
});
