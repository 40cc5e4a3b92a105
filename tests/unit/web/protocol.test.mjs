// The page's signaling socket with a fake WebSocket, in virtual time.
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { Signaling, socketUrl } from '../../../client/web/protocol.js';
import { startVirtualTime, tick } from './virtual_time.mjs';

let sockets;

class FakeSocket {
  constructor(url, protocol) {
    Object.assign(this, { url, protocol, sent: [], isOpen: true });
    sockets.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.isOpen = false;
  }

  receive(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  take(type) {
    return this.sent.filter((message) => message.type === type);
  }
}

const joined = { type: 'joined', participant: 'p1', resume: 'secret' };

beforeEach(() => {
  sockets = [];
  globalThis.WebSocket = FakeSocket;
  let now = 1000;
  startVirtualTime();
  mock.method(performance, 'now', () => now);
  mock.tick = (ms) => {
    for (let passed = 0; passed < ms; passed += 100) {
      now += 100;
      tick(100);
    }
  };
});

/** A socket that has joined, and what it said. */
function open() {
  const heard = [];
  const signaling = new Signaling('ws://here/ws', { room: 'r', name: 'Ann' });
  for (const type of ['joined', 'message', 'down', 'refused']) signaling.addEventListener(type, ({ detail }) => heard.push([type, detail]));
  signaling.open();
  sockets[0].onopen();
  return { signaling, heard };
}

test('the socket of a page lies beside it', () => {
  assert.equal(socketUrl('https://example.org/calls/?room=a#b'), 'wss://example.org/calls/ws');
  assert.equal(socketUrl('http://localhost:8080/'), 'ws://localhost:8080/ws');
});

test('it joins, and keeps messages back until it is in', () => {
  const { signaling, heard } = open();
  signaling.send({ type: 'chat', text: 'too early' });
  sockets[0].receive(joined);
  signaling.send({ type: 'chat', text: 'hello' });
  assert.deepEqual(sockets[0].sent.map(({ type }) => type), ['join', 'chat']);
  assert.equal(sockets[0].sent[0].room, 'r');
  assert.deepEqual(heard.map(([type]) => type), ['joined']);
});

test('a socket that was opened early is used once, if it is still good', () => {
  for (const [readyState, used] of [[0, 1], [1, 1], [3, 2]]) {
    sockets = [];
    const early = new FakeSocket('ws://here/ws', 'heddle.v1');
    early.readyState = readyState;
    const signaling = new Signaling('ws://here/ws', { room: 'r', name: 'Ann' }, undefined, early);
    signaling.open();
    assert.equal(sockets.length, used);
    if (readyState !== 1) sockets.at(-1).onopen();
    assert.deepEqual(sockets.at(-1).take('join').length, 1);
    sockets.at(-1).receive(joined);
    sockets.at(-1).onclose();
    mock.tick(500);
    assert.equal(sockets.length, used + 1, 'the next one is a new one');
    signaling.close();
  }
});

test('a broken socket is opened again, later each time, and resumes', () => {
  const { heard } = open();
  sockets[0].receive(joined);
  sockets[0].onclose();
  assert.deepEqual(heard.map(([type]) => type), ['joined', 'down']);
  mock.tick(500);
  assert.equal(sockets.length, 2);
  sockets[1].onclose();
  mock.tick(400);
  assert.equal(sockets.length, 2, 'the second wait is longer');
  mock.tick(500);
  assert.equal(sockets.length, 3);
  sockets[2].onopen();
  assert.equal(sockets[2].sent[0].resume, 'secret');
  for (let i = 2; i < 12; i++) {
    sockets[i].onclose();
    mock.tick(9000);
    assert.equal(sockets.length, i + 2, 'the wait has a limit');
  }
});

test('a place that is gone is taken anew', () => {
  open();
  sockets[0].receive(joined);
  sockets[0].onclose();
  mock.tick(500);
  sockets[1].onopen();
  sockets[1].receive({ type: 'error', code: 'resume-failed' });
  assert.equal(sockets[1].take('join').length, 2);
  assert.equal(sockets[1].sent[1].resume, undefined);
});

test('a silent server counts as gone', () => {
  const { heard } = open();
  sockets[0].receive(joined);
  mock.tick(6000);
  assert.equal(sockets[0].take('ping').length, 1);
  sockets[0].receive({ type: 'pong' });
  mock.tick(10000);
  assert.equal(heard.length, 1);
  mock.tick(8000);
  assert.deepEqual(heard.at(-1)[0], 'down');
  assert.equal(sockets[0].isOpen, false);
});

test('after a network change a socket that does not answer is given up at once', () => {
  const { signaling, heard } = open();
  sockets[0].receive(joined);
  signaling.retryNow();
  mock.tick(1000);
  sockets[0].receive({ type: 'pong' });
  mock.tick(2000);
  assert.equal(heard.length, 1, 'it answered');
  signaling.retryNow();
  mock.tick(2500);
  assert.equal(heard.at(-1)[0], 'down');
});

test('a refusal ends it, a passing one does not', () => {
  for (const [code, isUp, isEnd] of [['bad-token', false, true], ['replaced', true, true], ['bad-message', false, true],
    ['bad-message', true, false], ['shutting-down', false, false], ['too-fast', false, true], ['too-fast', true, false]]) {
    sockets = [];
    const { heard } = open();
    if (isUp) sockets[0].receive(joined);
    sockets[0].receive({ type: 'error', code });
    sockets[0].onclose();
    mock.tick(1000);
    assert.equal(heard.some(([type]) => type === 'refused'), isEnd, `${code} ${isUp}`);
    assert.equal(sockets.length, isEnd ? 1 : 2, `${code} ${isUp}`);
  }
});

test('a server that was never reached is given up; one that was is waited for', () => {
  for (const hasJoined of [false, true]) {
    sockets = [];
    const { heard } = open();
    if (hasJoined) sockets[0].receive(joined);
    for (let seconds = 0; seconds < 60; seconds += 1) {
      if (sockets.at(-1).isOpen) sockets.at(-1).onclose();
      sockets.at(-1).isOpen = false;
      mock.tick(1000);
    }
    const refusals = heard.filter(([type]) => type === 'refused');
    assert.deepEqual(refusals.map(([, { code }]) => code), hasJoined ? [] : ['no-answer']);
    assert.ok(hasJoined ? sockets.length > 15 : sockets.length > 4, `${sockets.length} attempts`);
  }
});

test('leaving says so and stays away', () => {
  const { signaling } = open();
  sockets[0].receive(joined);
  signaling.close();
  assert.equal(sockets[0].take('leave').length, 1);
  sockets[0].onclose();
  mock.tick(20000);
  assert.equal(sockets.length, 1);
});
