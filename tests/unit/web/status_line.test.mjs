// The words of the status line: what is wrong, and whether the network or the server is at fault.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeElement, fakePage } from './fake_page.mjs';
import { tick } from './virtual_time.mjs';
import { StatusLine } from '../../../client/web/ui/status.js';

let line;
let element;
const well = { attempt: 0, max: 3, isDown: false, isOffline: false, isLoopbackOnly: false, lostBy: [] };
const parts = { '#status-text': new FakeElement('span'), '#rejoin': new FakeElement('button') };

beforeEach(() => {
  fakePage();
  element = Object.assign(new FakeElement('div'), { querySelector: (selector) => parts[selector] });
  line = new StatusLine(element, () => {});
});

test('without signaling it says whether the server is silent or the device offline', () => {
  const table = [
    [{ state: 'disconnected' }, /Connection lost/], [{ state: 'reconnecting', attempt: 1 }, /\(1\/3\)/],
    [{ state: 'disconnected', isDown: true }, /server does not answer/], [{ state: 'reconnecting', attempt: 1, isDown: true }, /server does not answer/],
    [{ state: 'disconnected', isDown: true, isOffline: true }, /offline/], [{ state: 'failed', isDown: true }, /failed/],
    [{ state: 'reconnecting', attempt: 1, lostBy: ['Bob', 'Cho'] }, /No connection to Bob, Cho/], [{ state: 'failed', lostBy: ['Bob'] }, /failed/],
    [{ state: 'connecting', isLoopbackOnly: true }, /server’s computer has no network/], [{ state: 'connected', isLoopbackOnly: true }, /Connected/],
    [{ state: 'reconnecting', attempt: 1, isLoopbackOnly: true }, /server’s computer/], [{ state: 'disconnected', isDown: true, isLoopbackOnly: true }, /server does not answer/],
    [{ state: 'connected', isOffline: true }, /Connected/], // some browsers call a network without Internet offline
  ];
  for (const [status, said] of table) {
    line.show({ ...well, ...status });
    assert.match(line.label.textContent, said);
    assert.equal(line.button.hidden, status.state !== 'failed');
  }
});

test('it goes when all has been well for three seconds, and not if that ends before', () => {
  line.show({ ...well, state: 'connected' });
  tick(2000);
  line.show({ ...well, state: 'disconnected' });
  tick(5000);
  assert.equal(element.hidden, false);
  line.show({ ...well, state: 'connected' });
  tick(3000);
  assert.equal(element.hidden, true);
});
