// The command that makes docs/links.md, with a short row: a download beside the call, through the router and direct.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../lab/links.mjs', import.meta.url));

test('the report of links: a row of it, through the router and direct', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, '--runs', '1', '--seconds', '20', 'cubic']);
  const [head, , ...lines] = stdout.trim().split('\n').map((line) => line.slice(2, -2).split(' | '));
  assert.deepEqual(lines.map(([, way]) => way), ["router, viewer's link", 'direct']);
  for (const line of lines) {
    t.diagnostic(line.join(' | '));
    const value = (name) => Number(line[head.indexOf(name)]);
    // The link is full, but for headers, and of what fills it the call has some.
    const sum = value('kbit/s') + value('download kbit/s');
    assert.ok(value('kbit/s') > 20 && sum > 1500 && sum < 2000, `${value('kbit/s')} of ${sum} kbit/s`);
    assert.ok(value('queue p95 ms') > 100 && value('queue p95 ms') <= 310, `a queue of ${value('queue p95 ms')} ms`);
    for (const name of ['freezes', 'frozen s', 'longest still s', 'voice concealed %']) assert.ok(value(name) >= 0, `${name}: ${value(name)}`);
  }
});
