// Marks of connections: one's own, and the others' where theirs is the worse one.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { levelOfLink, levelOfMedia, QualityReader } from '../../../client/web/quality.js';

let reader;
let counters;
beforeEach(() => {
  reader = new QualityReader();
  counters = new Map();
});

/** One second later: what came of each publication in it. */
function second(at, came, links = [{ remote: 'router', rtt: 20, lossShare: 0 }], muted = []) {
  const remotes = Object.entries(came).map(([publication, change]) => {
    const sum = counters.get(publication) ?? { packets: 0, lost: 0, freezeSeconds: 0, concealed: 0, samples: 0 };
    for (const [name, value] of Object.entries({ packets: 100, samples: 48000, ...change })) if (name in sum) sum[name] += value;
    counters.set(publication, { ...sum });
    return { publication, remote: change.remote ?? 'router', ...sum };
  });
  const { own, others } = reader.read({ remotes, links }, at * 1000, new Set(muted));
  return { own, ...Object.fromEntries(others) };
}

test('levels of links and of media', () => {
  for (const [rttMs, lossShare, level] of [[20, 0, 'good'], [249, 0.02, 'good'], [250, 0, 'fair'], [20, 0.05, 'fair'], [500, 0, 'poor'], [20, 0.2, 'poor'], [600, 0.5, 'poor']])
    assert.equal(levelOfLink({ rttMs, lossShare }), level);
  for (const [frozenShare, concealedShare, level] of [[0, 0, 'good'], [0.1, 0, 'fair'], [0, 0.1, 'fair'], [0.5, 0, 'poor'], [0, 0.3, 'poor']])
    assert.equal(levelOfMedia({ frozenShare, concealedShare }), level);
});

test('who stands still while all others move has the mark', () => {
  second(0, { 'p1/camera': {}, 'p2/camera': {} });
  assert.deepEqual(second(1, { 'p1/camera': { freezeSeconds: 0.5 }, 'p2/camera': {} }), { own: 'good', p1: 'poor', p2: 'good' });
  assert.deepEqual(second(2, { 'p1/camera': {}, 'p2/camera': {} }), { own: 'good', p1: 'good', p2: 'good' });
});

test('what is lost on one’s own link is nobody else’s', () => {
  const lossy = { lost: 30, freezeSeconds: 0.5, concealed: 20000 };
  second(0, { 'p1/camera': {}, 'p2/microphone': {} });
  assert.deepEqual(second(1, { 'p1/camera': lossy, 'p2/microphone': lossy }), { own: 'poor', p1: 'good', p2: 'good' });
});

test('what the others miss of us is our own', () => {
  second(0, { 'p1/camera': {} });
  assert.equal(second(1, { 'p1/camera': {} }, [{ remote: 'router', rtt: 20, lossShare: 0.2 }]).own, 'poor');
});

test('of direct links the best one shows what one’s own end can do', () => {
  const links = [{ remote: 'p1', rtt: 700, lossShare: 0.2 }, { remote: 'p2', rtt: 20, lossShare: 0 }];
  const came = { 'p1/camera': { remote: 'p1', freezeSeconds: 0.5 }, 'p2/camera': { remote: 'p2' } };
  second(0, came, links);
  assert.deepEqual(second(1, came, links), { own: 'good', p1: 'poor', p2: 'good' });
});

test('the first reading, and none at all, blame nobody', () => {
  assert.deepEqual(second(5, { 'p1/camera': { lost: 1000, freezeSeconds: 60 } }), { own: 'good', p1: 'good' });
  assert.deepEqual(second(6, {}, []), { own: 'good' });
});

test('who is muted, or comes back, has no bad connection', () => {
  const stops = { 'p1/microphone': { concealed: 20000 } };
  second(0, { 'p1/microphone': {} });
  for (const [at, muted] of [[1, ['p1/microphone']], [2, ['p1/microphone']], [3, []]]) assert.equal(second(at, stops, undefined, muted).p1, 'good', `second ${at}`);
  assert.equal(second(4, stops).p1, 'poor');
});
