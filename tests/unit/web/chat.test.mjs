// The chat: under which name a message is shown, and what a flood of messages costs.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { byId, drawFrame, fakePage, focused } from './fake_page.mjs';
import { Chat, LINES_MAX } from '../../../client/web/ui/chat.js';

let chat;
let sent;
let unread;
let canSend;
const shown = () => byId('chat-log').children.map((line) => line.children.map(({ textContent }) => textContent));

beforeEach(() => {
  fakePage();
  sent = [];
  unread = 0;
  canSend = true;
  const call = {
    self: 'p1', name: 'Victim', participants: new Map([['p2', { name: 'Bob' }]]),
    chat: (message) => canSend && sent.push(message) > 0,
  };
  chat = new Chat(call, () => { unread += 1; });
});

test('a line is in the name of who sent it; of who is not here (any more) there is none', () => {
  chat.toggle();
  for (const from of ['p2', 'p1', 'p3', '', undefined, 'router']) chat.receive({ from, text: `by ${from}` });
  drawFrame();
  assert.deepEqual(shown(), [['Bob', 'by p2'], ['Victim', 'by p1']]);
});

test('one who leaves before the line is drawn keeps the name', () => {
  chat.toggle();
  chat.receive({ from: 'p2', text: 'bye' });
  chat.call.participants.clear();
  drawFrame();
  assert.deepEqual(shown(), [['Bob', 'bye']]);
});

test('one\'s own line is there once, when the server has it; what cannot be sent stays in the field', () => {
  const submit = (text) => {
    byId('chat-text').value = text;
    byId('chat-form').onsubmit({ preventDefault() {} });
  };
  chat.toggle();
  submit(' hello ');
  chat.receive({ from: 'p1', text: sent[0] });
  drawFrame();
  assert.deepEqual(shown(), [['Victim', 'hello']]);
  assert.equal(byId('chat-text').value, '');
  canSend = false;
  submit('lost?');
  drawFrame();
  assert.equal(byId('chat-text').value, 'lost?');
  assert.equal(shown().length, 1);
});

test('a flood is drawn once a frame, in a list of so many lines', () => {
  chat.toggle();
  const before = byId('chat-log').scrolls;
  for (let frame = 0; frame < 3; frame += 1) {
    for (let i = 0; i < 1000; i += 1) chat.receive({ from: 'p2', text: `${frame}/${i}` });
    assert.ok(chat.waiting.length <= LINES_MAX);
    assert.equal(drawFrame(), 1);
  }
  assert.equal(byId('chat-log').scrolls - before, 3);
  assert.equal(shown().length, LINES_MAX);
  assert.equal(shown().at(-1)[1], '2/999');
});

test('a message does not open the panel nor take the focus; the lines are there when it is opened', () => {
  for (let i = 0; i < 500; i += 1) chat.receive({ from: 'p2', text: `${i}` });
  assert.equal(drawFrame(), 0);
  assert.equal(byId('chat').hidden, true);
  assert.deepEqual(focused, []);
  assert.equal(unread, 500);
  chat.toggle();
  assert.deepEqual([shown().length, shown().at(-1)[1]], [LINES_MAX, '499']);
});

test('who reads what came before stays there, until one\'s own line', () => {
  const log = byId('chat-log');
  log.scrollHeight = 1000;
  log.clientHeight = 300;
  chat.toggle();
  const scrolls = (receive) => {
    const before = log.scrolls;
    receive();
    drawFrame();
    return log.scrolls > before;
  };
  const come = () => chat.receive({ from: 'p2', text: 'news' });
  assert.ok(scrolls(come));
  log.position = 200;
  log.onscroll();
  assert.ok(!scrolls(come), 'taken away from what was read');
  log.position = 700;
  log.onscroll();
  assert.ok(scrolls(come), 'at the end again');
  log.position = 200;
  log.onscroll();
  byId('chat-text').value = 'mine';
  byId('chat-form').onsubmit({ preventDefault() {} });
  assert.ok(scrolls(() => chat.receive({ from: 'p1', text: 'mine' })));
});

test('what could not be sent is said until something is', () => {
  const submit = () => byId('chat-form').onsubmit({ preventDefault() {} });
  byId('chat-text').value = 'anybody?';
  canSend = false;
  submit();
  assert.equal(byId('chat-problem').hidden, false);
  assert.match(byId('chat-problem').textContent, /Not sent/);
  canSend = true;
  submit();
  assert.equal(byId('chat-problem').hidden, true);
});
