// Every trace of tests/vectors/reconnect/ through the browser's reconnection manager.
// client/call/reconnect.c has the same test.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { pathOf, Reconnect } from '../../client/web/reconnect.js';

const folder = new URL('reconnect/', import.meta.url);

function actionText({ do: what, attempt, speculative }) {
  return what === 'restart' ? `restart ${speculative ? 'speculative' : attempt}` : what;
}

function stateText({ state, attempt }) {
  return state === 'restarting' ? `restarting ${attempt}` : state;
}

function replay({ constants = {}, jitter = [], steps }) {
  const left = [...jitter];
  const random = (below) => {
    const value = left.shift() ?? 0;
    assert.ok(value < below, 'a draw within its bound');
    return value;
  };
  const machine = new Reconnect(constants, random);
  for (const { at, event, do: expected, state, next, path } of steps) {
    const step = `${event} at ${at}`;
    const actions = machine.input(event, at).map(actionText);
    assert.deepEqual(actions, expected, `actions after ${step}`);
    assert.equal(stateText(machine), state, `state after ${step}`);
    assert.equal(machine.next(), next ?? Infinity, `next timeout after ${step}`);
    if (path !== undefined) assert.equal(pathOf(machine.state), path, `what is told of the path after ${step}`);
  }
  assert.deepEqual(left, [], 'every draw used');
}

const groups = readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => ({
  name: name.replace('.json', ''), traces: JSON.parse(readFileSync(new URL(name, folder), 'utf8')).traces,
}));

for (const { name, traces } of groups) {
  for (const trace of traces) test(`${name}: ${trace.name}`, () => replay(trace));
}

test('there are at least sixty traces, each with a name of its own', () => {
  const names = groups.flatMap(({ name, traces }) => traces.map((trace) => `${name}: ${trace.name}`));
  assert.ok(names.length >= 60, `${names.length}`);
  assert.equal(new Set(names).size, names.length);
});

test('an unknown event is refused', () => {
  assert.throws(() => new Reconnect().input('nonsense', 0), TypeError);
});
