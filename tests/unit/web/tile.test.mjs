// A tile's caption: what the page says of somebody cannot be part of a name.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { fakePage } from './fake_page.mjs';
import { Tile } from '../../../client/web/ui/tile.js';

beforeEach(fakePage);

function caption(name, more = {}) {
  const tile = new Tile({ isSelf: more.isSelf });
  tile.describe({ name, isScreen: false, audioMuted: false, videoMuted: false, isAway: false, ...more });
  const [, who, ...notes] = tile.caption.children;
  return { element: who.name, who: who.textContent, notes: notes.map(({ title }) => title), label: tile.element.getAttribute('aria-label') };
}

test('the name is isolated, and notes are beside it', () => {
  assert.deepEqual(caption('Ann', { isSelf: true, audioMuted: true }), { element: 'bdi', who: 'Ann', notes: ['muted', 'you'], label: '“Ann”, muted, you' });
});

test('a name has no notes of its own, whatever it says', () => {
  for (const name of ['Ann (you)', '\u202e)uoy( nnA', 'Ann”, you', 'Ann\u200b, you']) {
    const { notes, label } = caption(name);
    assert.deepEqual(notes, [], name);
    assert.match(label, /^“[^”]*”$/, name);
  }
  assert.equal(caption('\u200b').who, 'no name');
});

test('a name within a sentence does not reorder it', () => {
  const tile = new Tile();
  tile.describe({ name: '\u202eevil', isScreen: false, audioMuted: false, videoMuted: false, isAway: false, unplayable: { video: 'AV1' } });
  assert.match(tile.notice.textContent, /\u2068evil\u2069/);
});

test('who is muted, or cannot be decrypted, is not shown as speaking', () => {
  const tile = new Tile();
  for (const [isSpeaking, audioMuted, hasWrongKey, marked] of [[true, false, false, true], [true, true, false, false], [false, false, false, false], [true, false, true, false]]) {
    tile.describe({ name: 'Ann', isScreen: false, audioMuted, videoMuted: false, isAway: false, isSpeaking, hasWrongKey });
    assert.equal(tile.element.getAttribute('speaking'), marked, JSON.stringify({ isSpeaking, audioMuted, hasWrongKey }));
  }
});

test('a picture that stands still, and a bad connection, are said', () => {
  const { notes, label } = caption('Ann', { isFrozen: true, quality: 'poor' });
  assert.deepEqual([notes, label], [['frozen picture'], '“Ann”, frozen picture, bad connection']);
  assert.equal(caption('Ann', { quality: 'good' }).label, '“Ann”');
});

test('a codec that nobody knows is not mentioned', () => {
  const tile = new Tile();
  for (const [codec, said] of [['AV1', 'sound (AV1).'], ['', 'sound.']]) {
    tile.describe({ name: 'Ann', isScreen: false, audioMuted: false, videoMuted: false, isAway: false, unplayable: { audio: codec } });
    assert.ok(tile.notice.textContent.endsWith(said), tile.notice.textContent);
  }
});

test('without a picture there is the first sign of a name, whole', () => {
  for (const [name, sign] of [['ann', 'A'], ['👩‍👩‍👧‍👦 Family', '👩‍👩‍👧‍👦'], ['🇩🇪 Flag', '🇩🇪'], ['한', '한'], ['e\u0301a', 'É'], ['', '?']]) {
    const tile = new Tile();
    tile.describe({ name, isScreen: false, audioMuted: true, videoMuted: true, isAway: false });
    assert.equal(tile.initial.textContent, sign);
  }
});

test('a picture of a phone held upright is seen whole in a wide tile', () => {
  const tile = new Tile();
  const isWhole = (videoWidth, videoHeight, clientWidth, clientHeight) => {
    Object.assign(tile.video, { videoWidth, videoHeight });
    Object.assign(tile.element, { clientWidth, clientHeight });
    tile.fit();
    return tile.element.getAttribute('whole'); // what the fake's class list keeps
  };
  assert.equal(isWhole(720, 1280, 400, 300), true);
  assert.equal(isWhole(1280, 720, 400, 300), false);
  assert.equal(isWhole(0, 0, 400, 300), false, 'there is no picture yet');
});

test('a mix is always seen whole: it has faces and names at its edges', () => {
  const tile = new Tile({ isMix: true });
  Object.assign(tile.video, { videoWidth: 1280, videoHeight: 720 });
  Object.assign(tile.element, { clientWidth: 400, clientHeight: 300 });
  tile.fit();
  assert.equal(tile.element.getAttribute('whole'), true);
});

test('that one has another key is said on the tile in words', () => {
  const tile = new Tile();
  tile.describe({ name: 'Ann', isScreen: false, audioMuted: false, videoMuted: false, isAway: false, hasWrongKey: true });
  assert.deepEqual([tile.notice.hidden, tile.isPictured], [true, false]);
  assert.deepEqual(caption('Ann', { hasWrongKey: true }).notes, ['encrypted with another key']);
  assert.equal(tile.caption.children.at(-1).textContent, 'encrypted with another key', 'no icon');
});

test('reactions of one are beside each other, the latest three', () => {
  const tile = new Tile();
  for (const emoji of ['1', '2', '3', '4']) tile.showReaction(emoji);
  assert.deepEqual(tile.reactions.children.map(({ textContent }) => textContent), ['2', '3', '4']);
});

test('the name on a screen passes, unless something is wrong with it', () => {
  for (const [more, passes] of [[{}, true], [{ quality: 'good' }, true], [{ quality: 'poor' }, false], [{ isAway: true }, false], [{ isFrozen: true }, false], [{ isScreen: false }, false]]) {
    const tile = new Tile();
    tile.describe({ name: 'Ann', isScreen: true, audioMuted: false, videoMuted: false, isAway: false, ...more });
    assert.equal(tile.caption.getAttribute('passing'), passes, JSON.stringify(more));
  }
});
