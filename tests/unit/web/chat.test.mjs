// The chat: under which name a message is shown, and what a flood of messages costs.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { byId, drawFrame, fakePage, focused } from './fake_page.mjs';
import { Chat, LINES_MAX } from '../../../client/web/ui/chat.js';

let chat;
let sent;
let targets; // to whom
let now = 0;
const said = (from, text, name = 'Bob') => ({ from, name, text, at: now += 1 });
let unread;
let canSend;
let resized;
const shown = () => byId('chat-log').children.map((line) => line.children.filter(({ name }) => name !== 'time').map(({ textContent }) => textContent));

beforeEach(() => {
  fakePage();
  globalThis.ResizeObserver = class {
    constructor(callback) { resized = callback; }

    observe() {}
  };
  sent = [];
  targets = [];
  unread = 0;
  canSend = true;
  const call = {
    self: 'p1', name: 'Victim', permissions: {}, participants: new Map([['p2', { name: 'Bob' }]]),
    chat: (message, to) => canSend && targets.push(to) > 0 && sent.push(message) > 0,
  };
  chat = new Chat(call, () => { unread += 1; });
});

test('a line is in the name that the server gives, also of who has left', () => {
  chat.toggle();
  chat.receiveHistory([said('p7', 'before', 'Gone')]);
  for (const [from, name] of [['p2', 'Bob'], ['p1', 'Victim']]) chat.receive(said(from, `by ${from}`, name));
  drawFrame();
  assert.deepEqual(shown(), [['Gone', 'before'], ['Bob', 'by p2'], ['Victim', 'by p1']]);
});

test('what the history has and what came before is shown once', () => {
  chat.toggle();
  const message = said('p2', 'hello', 'Bob');
  chat.receive(message);
  chat.receiveHistory([message, said('p2', 'more', 'Bob')]);
  drawFrame();
  assert.deepEqual(shown().map(([, text]) => text), ['hello', 'more']);
});

test('a private line says to whom, and what is written goes to that one until all are chosen again', () => {
  chat.toggle();
  chat.receive({ ...said('p1', 'psst', 'Victim'), to: 'p2' });
  drawFrame();
  assert.match(shown()[0][1], /privately to .*Bob/);
  const submit = (text) => {
    byId('chat-text').value = text;
    byId('chat-form').onsubmit({ preventDefault() {} });
  };
  chat.writeTo({ id: 'p2', name: 'Bob' });
  assert.match(byId('chat-text').placeholder, /Bob.* alone/);
  submit('one');
  assert.equal(byId('chat-private').hidden, false);
  byId('chat-text').value = 'a secret';
  chat.call.participants.clear();
  chat.update();
  assert.match(byId('chat-to').textContent, /Bob.* has left/);
  const disabled = () => ['chat-text', 'file-choose'].map((id) => byId(id).disabled);
  assert.deepEqual(disabled(), [true, true]); // it must not go to all
  byId('chat-to-all').onclick();
  assert.deepEqual(disabled(), [false, false]);
  assert.deepEqual([byId('chat-text').value, byId('chat-text').placeholder], ['', 'Message to all'], 'the secret goes to nobody');
  submit('two');
  assert.deepEqual(targets, ['p2', undefined]);
});

test('a private line is answered privately', () => {
  chat.toggle();
  chat.receive({ ...said('p2', 'psst'), to: 'p1' });
  chat.receive({ ...said('p1', 'psst', 'Victim'), to: 'p2' });
  chat.receive(said('p2', 'to all'));
  drawFrame();
  const buttons = byId('chat-log').children.map((line) => line.children.find(({ name }) => name === 'button'));
  assert.deepEqual(buttons.map(Boolean), [true, false, false]);
  chat.call.participants.get('p2').id = 'p2';
  buttons[0].onclick();
  byId('chat-text').value = 'on Friday';
  byId('chat-form').onsubmit({ preventDefault() {} });
  assert.deepEqual(targets, ['p2']);
});

test('what came before one joined is unread; who reads further up is told that more came', () => {
  chat.receiveHistory([said('p7', 'one', 'Gone'), said('p7', 'two', 'Gone')]);
  assert.equal(unread, 2);
  chat.toggle();
  const log = byId('chat-log');
  assert.equal(byId('chat-new').hidden, true);
  log.scrollHeight = 1000;
  log.clientHeight = 100;
  resized();
  log.scrollTop = 0;
  log.onscroll();
  chat.receive(said('p2', 'three'));
  drawFrame();
  assert.deepEqual([byId('chat-new').hidden, log.scrollTop], [false, 0]);
  byId('chat-new').onclick();
  assert.deepEqual([byId('chat-new').hidden, log.scrollTop], [true, 1000]);
});

test('one\'s own line is there once, when the server has it; what cannot be sent stays in the field', () => {
  const submit = (text) => {
    byId('chat-text').value = text;
    byId('chat-form').onsubmit({ preventDefault() {} });
  };
  chat.toggle();
  submit(' hello ');
  chat.receive(said('p1', sent[0], 'Victim'));
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
    for (let i = 0; i < 1000; i += 1) chat.receive(said('p2', `${frame}/${i}`));
    assert.ok(chat.waiting.length <= LINES_MAX);
    assert.equal(drawFrame(), 1);
  }
  assert.equal(byId('chat-log').scrolls - before, 3);
  assert.equal(shown().length, LINES_MAX);
  assert.equal(shown().at(-1)[1], '2/999');
});

test('what stands among the messages is where it came, and no flood pushes it out', () => {
  const file = document.createElement('li');
  chat.receive(said('p2', 'before'));
  chat.add(file, false);
  for (let i = 0; i < 2 * LINES_MAX; i += 1) chat.receive(said('p2', `${i}`)); // while the panel is closed
  chat.toggle();
  const { children } = byId('chat-log');
  assert.deepEqual([children.indexOf(file), children.length], [0, LINES_MAX]);
  chat.receive(said('p2', 'after'));
  chat.add(document.createElement('li'), false);
  drawFrame();
  for (let i = 0; i < 2 * LINES_MAX; i += 1) chat.receive(said('p2', `${i}`));
  drawFrame();
  assert.deepEqual([children.indexOf(file), children.length], [0, LINES_MAX + 2]);
  chat.remove(file);
  assert.equal(children.includes(file), false);
});

test('a message does not open the panel nor take the focus; the lines are there when it is opened', () => {
  for (let i = 0; i < 500; i += 1) chat.receive(said('p2', `${i}`));
  assert.equal(drawFrame(), 0);
  assert.equal(byId('chat').hidden, true);
  assert.deepEqual(focused, []);
  assert.equal(unread, 500);
  chat.toggle();
  assert.deepEqual([shown().length, shown().at(-1)[1]], [LINES_MAX, '499']);
});

test('what the browser scrolls because the list has another size takes the end from nobody', () => {
  const log = byId('chat-log');
  Object.assign(log, { scrollHeight: 1000, clientHeight: 300, clientWidth: 640 });
  chat.toggle();
  resized();
  chat.receive(said('p2', 'news'));
  drawFrame();
  Object.assign(log, { scrollHeight: 1600, clientHeight: 100, clientWidth: 300, position: 900 }); // a line that was in view stays there
  log.onscroll();
  resized();
  assert.equal(log.position, 1600);
  log.position = 900; // by a person
  log.onscroll();
  resized();
  assert.equal(log.position, 900);
});

test('who reads what came before stays there, until one\'s own line', () => {
  const log = byId('chat-log');
  log.scrollHeight = 1000;
  log.clientHeight = 300;
  chat.toggle();
  resized();
  const scrolls = (receive) => {
    const before = log.scrolls;
    receive();
    drawFrame();
    return log.scrolls > before;
  };
  const come = () => chat.receive(said('p2', 'news'));
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
  assert.ok(scrolls(() => chat.receive(said('p1', 'mine', 'Victim'))));
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

test('an address within a right-to-left message runs left to right', () => {
  chat.toggle();
  chat.receive(said('p2', 'شاهد https://example.org/a/b الآن'));
  drawFrame();
  const anchors = byId('chat-log').children[0].children.flatMap(({ children }) => children).filter(({ name }) => name === 'a');
  assert.deepEqual(anchors.map(({ dir, textContent }) => [dir, textContent]), [['ltr', 'https://example.org/a/b']]);
});
