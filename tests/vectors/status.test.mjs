// Every case of tests/vectors/status/ through the page's rule.
// tests/unit/client/test_status.c is the same test for the C client's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { statusOf } from '../../client/web/status.js';

const { cases } = JSON.parse(readFileSync(new URL('status/status.json', import.meta.url), 'utf8'));

function connectionOf(text) {
  const [, state, attempt, lost] = /^([a-z-]+)(?: (\d+))?( lost)?$/.exec(text);
  return { state, attempt: Number(attempt ?? 0), isLost: lost !== undefined };
}

function textOf({ state, attempt }) {
  return state === 'reconnecting' ? `reconnecting ${attempt}` : state;
}

for (const { name, steps } of cases) {
  test(name, () => {
    let wasWell = false;
    for (const [index, { joined = false, anew = false, down = false, covered = false, connections, status }] of steps.entries()) {
      const told = statusOf({
        hasJoined: joined, isDown: down, isCovered: covered, wasWell: wasWell && !anew, max: 3, connections: connections.map(connectionOf),
      });
      assert.equal(textOf(told), status, `step ${index + 1}: ${connections}`);
      if (told.state !== 'reconnecting') assert.equal(told.attempt, 0);
      wasWell = told.isWell;
    }
  });
}
