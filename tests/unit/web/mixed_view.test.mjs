// When a mixer's video and audio take the place of everybody's, and the way back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MixedView } from '../../../client/web/mixed_view.js';

const kindOf = (id) => (/camera|screen$/.test(id) ? 'video' : 'audio');

function makeView(others = []) {
  const counts = new Map();
  let told;
  const view = new MixedView({ others: () => others.map((id) => ({ id, kind: kindOf(id) })), decoded: async (id) => counts.get(id) ?? 0, changed: () => told?.() });
  const changed = () => new Promise((resolve) => { told = resolve; });
  const come = (id) => counts.set(id, (counts.get(id) ?? 0) + 1);
  const looks = () => new Promise((resolve) => setTimeout(resolve, 100)); // two looks
  return { view, counts, changed, come, looks };
}

test('everybody is shown until video and audio of the mix come', async () => {
  const { view, changed, come, looks } = makeView();
  assert.deepEqual([view.mixers, view.needsOthers, view.isShown('p1/camera'), view.isShown('p7/mix')], [[], true, true, false]);
  view.follow('p7');
  assert.deepEqual([view.mixers, view.needsOthers], [['p7'], true]);
  await looks();
  const heardAt = performance.now();
  come('p7/mix');
  await looks();
  assert.equal(view.isShown('p1/microphone'), true);
  const swap = changed();
  come('p7/mix-video');
  await swap;
  assert.ok(performance.now() - heardAt >= 200, 'audio settles first');
  assert.deepEqual([view.needsOthers, view.isShown('p1/camera'), view.isShown('p7/mix-video'), view.isShown('p1/screen')], [false, false, true, true]);
  assert.deepEqual([view.isReceived({ id: 'p1/camera' }), view.isReceived({ id: 'p1/screen-audio' })], [false, true]);
  view.reset();
  assert.deepEqual([view.shown, view.mixers], ['', []]);
});

test('the mix is shown until everybody comes again, and what came before does not count', async () => {
  const { view, counts, changed, come, looks } = makeView(['p1/camera', 'p2/microphone', 'p2/screen']);
  view.shown = view.requested = 'p7';
  counts.set('p1/camera', 100);
  view.follow('');
  assert.deepEqual([view.mixers, view.needsOthers], [['p7'], true]);
  await looks();
  come('p2/microphone');
  await looks();
  assert.equal(view.shown, 'p7');
  const swap = changed();
  come('p1/camera');
  await swap;
  assert.deepEqual([view.shown, view.mixers], ['', []]);
});

test('nobody waits long for a microphone that is silent, but for a picture', async () => {
  const { view, changed, come, looks } = makeView(['p1/camera', 'p1/microphone']);
  view.shown = view.requested = 'p7';
  view.follow('');
  view.since -= 2000; // two seconds have gone by
  await looks();
  assert.equal(view.shown, 'p7');
  const swap = changed();
  come('p1/camera');
  await swap;
  assert.equal(view.shown, '');
});

test('a room that changes its mind goes on with what is shown', async () => {
  const { view, looks } = makeView(['p1/camera']);
  view.follow('p7');
  view.follow('');
  await looks();
  assert.deepEqual([view.shown, view.needsOthers, view.mixers], ['', true, []]);
});

test('a speaker view has the screens, which are shown beside it until then', async () => {
  const { view, changed, come, looks } = makeView(['p1/camera', 'p1/screen']);
  const screen = () => [view.isReceived({ id: 'p1/screen' }), view.isShown('p1/screen')];
  view.arrange('speaker');
  assert.deepEqual(screen(), [true, true]);
  await changed();
  assert.deepEqual(screen(), [true, true], 'nobody is mixed');
  view.follow('p7');
  await looks();
  assert.deepEqual(screen(), [true, true], 'the mix has not come');
  const swap = changed();
  ['p7/mix', 'p7/mix-video'].forEach(come);
  await swap;
  assert.deepEqual(screen(), [false, false]);
  assert.equal(view.isShown('p1/screen-audio'), false, 'it is in the mix, too');
  view.arrange('grid');
  assert.deepEqual(screen(), [true, true]);
  view.arrange('speaker');
  assert.deepEqual(screen(), [true, true], 'until the mix has it');
  view.reset();
  assert.deepEqual([view.layout, view.hasAll], ['grid', false]);
});
