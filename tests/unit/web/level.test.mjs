// The level of a microphone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeElement, FakeStream } from './fake_page.mjs';
import { LevelMeter, levelOf } from '../../../client/web/ui/level.js';

const of = (amplitude) => levelOf(new Float32Array(2048).fill(amplitude));

test('silence is an empty bar, the loudest a full one, speech between them', () => {
  assert.equal(of(0), 0);
  assert.equal(of(0.0005), 0);
  assert.equal(of(1), 1);
  assert.ok(of(0.01) > 0.3 && of(0.1) > of(0.01) && of(0.1) < 0.7);
});

test('a browser that plays no sound yet is asked when the person touches the page, and not before', () => {
  const listeners = new Map();
  globalThis.document = { addEventListener: (type, act) => listeners.set(type, act), removeEventListener: (type, act) => listeners.get(type) === act && listeners.delete(type) };
  globalThis.MediaStream = FakeStream;
  const contexts = [];
  globalThis.AudioContext = class {
    constructor() { Object.assign(this, { state: 'suspended', asked: 0 }); contexts.push(this); }
    createAnalyser() { return { fftSize: 32, getFloatTimeDomainData: () => {} }; }
    createMediaStreamSource() { return { connect: () => {} }; }
    async resume() { this.asked += 1; this.state = 'running'; }
    close() {}
  };
  let tick;
  globalThis.setInterval = (act) => { tick = act; };
  globalThis.clearInterval = () => {};
  const bar = new FakeElement('div');
  Object.defineProperty(bar, 'firstElementChild', { value: { style: {} } });
  const meter = new LevelMeter(bar);
  meter.watch({ kind: 'audio' });
  for (let i = 0; i < 3; i += 1) tick();
  assert.equal(contexts[0].asked, 0);
  for (let i = 0; i < 2; i += 1) listeners.get('pointerup')();
  assert.equal(contexts[0].asked, 1);
  meter.watch(null);
  assert.equal(listeners.size, 0);
});
