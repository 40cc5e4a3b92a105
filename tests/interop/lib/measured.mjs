// How long each recovery took at most when it was measured: the rows of docs/reconnection.md. Bounds of tests are
// multiples of these, so that the two cannot part.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const viewers = { Chromium: 'page', 'C client': 'client' };
const rows = readFileSync(new URL('../../../docs/reconnection.md', import.meta.url), 'utf8').split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells[2] in viewers)
  .map(([, scenario, viewer, topology, , longest]) => ({ scenario, viewer: viewers[viewer], mesh: topology === 'Mesh', longestMs: Number.parseFloat(longest) * 1000 }));

/** Three times the longest, in ms: a machine that does other work is slower. */
export function bound(scenario, viewer, mesh) {
  const row = rows.find((one) => one.scenario === scenario && one.viewer === viewer && one.mesh === mesh);
  assert.ok(row?.longestMs > 0, `docs/reconnection.md has no time for ${scenario}, ${viewer}, ${mesh ? 'Mesh' : 'router'}`);
  return 3 * row.longestMs;
}
