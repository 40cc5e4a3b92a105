// The table of docs/reconnection.md: node tests/lab/reconnection.mjs [--runs N] [--write] [SCENARIO...]; needs root and `./dev build`.
import { writeFileSync } from 'node:fs';
import { makeCall, scenarios } from '../interop/lib/recovery.mjs';

const parameters = process.argv.slice(2);
const take = (name) => {
  const at = parameters.indexOf(name);
  return at < 0 ? undefined : parameters.splice(at, name === '--runs' ? 2 : 1);
};
const runs = Number(take('--runs')?.[1] ?? 10);
const isWritten = Boolean(take('--write'));
const lines = ['| scenario | media flows again after: median | longest | of runs | paths taken |', '|---|---|---|---|---|'];
for (const [name, run] of Object.entries(scenarios)) {
  if (parameters.length > 0 && !parameters.includes(name)) continue;
  const times = [];
  const paths = new Map();
  let failed = 0;
  for (let i = 0; i < runs; i += 1) {
    const call = await makeCall();
    try {
      times.push(await run(call));
      for (const { path } of (await call.viewer.stats()).recoveries) paths.set(path, (paths.get(path) ?? 0) + 1);
    } catch (error) {
      failed += 1;
      console.error(`${name}: ${error.message}`);
    } finally {
      await call.end();
    }
  }
  times.sort((a, b) => a - b);
  const seconds = (ms) => (ms === undefined ? '-' : `${(ms / 1000).toFixed(2)} s`);
  const taken = [...paths].map(([path, count]) => `${path} x${count}`).join(', ');
  lines.push(`| ${name} | ${seconds(times[Math.floor(times.length / 2)])} | ${seconds(times.at(-1))} | ${times.length}${failed ? ` (${failed} failed)` : ''} | ${taken} |`);
  console.log(lines.at(-1));
}
if (isWritten) {
  writeFileSync(new URL('../../docs/reconnection.md', import.meta.url), `# Recovery of calls

A C client publishes, Chromium watches through the router behind an emulated link of 10 ms each way. Time is from the moment the
network is whole again (address change and blocked UDP: from the disturbance itself) until frames are decoded again; for cut
signaling until the socket has resumed, while the picture must not have stopped. Paths are the page's own account. Made by
\`node tests/lab/reconnection.mjs --runs ${runs} --write\` on a machine with two shared cores, on which all programs ran.

${lines.join('\n')}
`);
}
