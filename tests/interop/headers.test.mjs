// What today's browsers send is parsed and forwarded without a break, with any layers left out. The same traces, once
// recorded, are in tests/vectors/headers for the unit test; RECORD=1 renews them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeNamespace } from './lib/namespace.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const KEPT = 700; // packets of a vector: some seconds

test('headers of Chromium (VP8 simulcast, VP9 and AV1 with spatial layers) and Firefox', async (t) => {
  const namespace = makeNamespace();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-headers-'));
  t.after(() => { namespace.remove(); rmSync(folder, { recursive: true }); });
  const files = await namespace.scenario('headers.mjs', folder);
  const output = execFileSync(path.join(root, 'build/test_headers'), files).toString();
  t.diagnostic(output);
  for (const expected of [/chromium-vp8.*VP8.* 3 temporal/, /chromium-vp9.*VP9.* 2 spatial and 3 temporal/, /chromium-av1.*AV1.* 2 spatial and 3 temporal/, /firefox-vp8.*VP8/]) assert.match(output, expected);
  if (!process.env.RECORD) return;
  for (const file of files) {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, KEPT);
    writeFileSync(path.join(root, 'tests/vectors/headers', path.basename(file)), `${lines.join('\n')}\n`);
  }
});
