// Words over a call: of several things at once, each said once.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeElement, fakePage } from './fake_page.mjs';
import { tick } from './virtual_time.mjs';
import { CallNotice } from '../../../client/web/ui/notice.js';
import { PinNotice } from '../../../client/web/ui/pin_notice.js';

let element;
let button;
let act;
let said;
let notice;
beforeEach(() => {
  fakePage();
  said = [];
  const words = new FakeElement('p');
  button = new FakeElement('button');
  act = new FakeElement('button');
  element = Object.assign(new FakeElement('div'), { querySelector: (selector) => ({ p: words, '.act': act, '.read': button }[selector]) });
  notice = new CallNotice(element, (sentence) => said.push(sentence));
});

test('what is put away comes back only with other words', () => {
  notice.show('devices', ['cameraBusy']);
  assert.match(notice.words.textContent, /camera could not/);
  button.onclick();
  notice.show('devices', ['cameraBusy']);
  assert.ok(element.hidden);
  notice.show('devices', ['cameraEnded']);
  assert.ok(!element.hidden);
  notice.show('devices', []);
  assert.ok(element.hidden);
  assert.equal(said.length, 2, 'a screen reader is told each once');
});

test('what ends of one thing leaves the words of another', () => {
  notice.show('devices', ['cameraBusy']);
  notice.show('audio', ['soundBlocked']);
  notice.show('devices', []);
  assert.match(notice.words.textContent, /^The browser does not play/);
  assert.ok(!element.hidden);
});

test('what was put away does not come back with what is told later', () => {
  notice.show('devices', ['cameraBusy']);
  button.onclick();
  notice.show('audio', ['soundBlocked']);
  assert.match(notice.words.textContent, /^The browser does not play/);
  notice.show('audio', []);
  assert.ok(element.hidden);
});

test('what one may do at once goes with its words', () => {
  const runs = [];
  notice.show('waiting', ['somebodyWaits'], { key: 'admit', run: () => runs.push('admit') });
  notice.show('audio', ['soundBlocked']);
  act.onclick();
  assert.deepEqual([act.hidden, act.textContent, runs], [false, 'Let in', ['admit']]);
  notice.putAway('waiting');
  assert.ok(act.hidden && !element.hidden);
});

test('what needs no answer goes away by itself, and is said each time that it happens', () => {
  notice.flash('copied', ['copied']);
  assert.ok(!element.hidden);
  tick(3000);
  notice.flash('copied', ['copied']);
  tick(3000);
  assert.ok(!element.hidden);
  tick(2000);
  assert.ok(element.hidden);
  assert.deepEqual(said, ['Link copied.', 'Link copied.']);
});

test('what goes away by itself takes nothing with it that is said of the same later', () => {
  notice.flash('recording', ['recordingEnded']);
  notice.show('recording', ['recordingFailed']);
  tick(10000);
  assert.match(notice.words.textContent, /it failed/);
});

test('who changes how the room is connected too often is told, each time', () => {
  const pins = new PinNotice({ pin: 'auto', topology: 'sfu' }, notice);
  pins.refused();
  assert.match(notice.words.textContent, /too often just now/);
  button.onclick();
  pins.refused();
  assert.ok(!element.hidden);
  notice.close();
});
