// The files in the chat: what many offers cost, and which row makes room.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { byId, drawFrame, fakePage } from './fake_page.mjs';
import { writeFileMessage } from '../../../client/web/file_message.js';
import { FileList } from '../../../client/web/ui/files.js';

let call;
let files;
let items; // among the messages
let drawn; // how often the list may have had to scroll
const names = () => items.map((row) => row.children[0].textContent);
const say = (from, message) => call.dispatchEvent(new CustomEvent('data', { detail: { from, topic: 'heddle.file', payload: writeFileMessage(message) } }));

beforeEach(() => {
  fakePage();
  globalThis.addEventListener = () => {};
  byId('chat').hidden = false;
  call = Object.assign(new EventTarget(), { participants: new Map(), sendData: () => true });
  for (let n = 1; n <= 9; n += 1) call.participants.set(`p${n}`, { id: `p${n}`, name: `P${n}` });
  items = [];
  drawn = 0;
  const chat = { add: (item) => items.push(item), remove: (item) => { items = items.filter((one) => one !== item); }, keepEnd: () => { drawn += 1; } };
  files = new FileList(call, { chat, notice: { show() {} }, say() {}, onUnread() {}, open() {} });
  files.update();
});

test('many offers cost one layout a frame', () => {
  for (let number = 1; number <= 10; number += 1) {
    say('p1', { kind: 'offer', number, size: 4, name: `${number}` });
    say('p1', { kind: 'cancel', number, reason: 'cancelled' });
  }
  assert.equal(drawn, 0);
  assert.equal(drawFrame(), 1);
  assert.equal(drawn, 1);
});

test('what has come and is not saved is the last that makes room', () => {
  for (const number of [1, 2]) say('p1', { kind: 'offer', number, size: 1, name: `come ${number}` });
  for (const { file } of files.rows.values()) Object.assign(file, { state: 'done', blob: new Blob(['a']) });
  drawFrame();
  items[1].children[4].children[0].onclick(); // the second is saved
  for (let n = 2; n <= 9; n += 1) {
    for (let number = 1; number <= 10; number += 1) {
      say(`p${n}`, { kind: 'offer', number, size: 4, name: `${n} ${number}` });
      say(`p${n}`, { kind: 'cancel', number, reason: 'cancelled' });
    }
  }
  assert.equal(names().length, 40);
  assert.deepEqual(names().slice(0, 2), ['come 1', '6 2']);
});
