// The table of docs/reconnection.md: node tests/lab/reconnection.mjs [--runs N] [--write] [SCENARIO...]; needs root and `./dev build`.
import { writeFileSync } from 'node:fs';
import { makeCall, run, scenarios } from '../interop/lib/recovery.mjs';

const parameters = process.argv.slice(2);
const isWritten = parameters.includes('--write');
const runs = Number(parameters[parameters.indexOf('--runs') + 1] ?? 10) || 10;
const wanted = parameters.filter((text, index) => !text.startsWith('--') && parameters[index - 1] !== '--runs');
const lines = ['| scenario | viewer | shape | media flows again after: median | longest | runs | paths taken |', '|---|---|---|---|---|---|---|'];
const seconds = (ms) => (ms === undefined ? '-' : `${(ms / 1000).toFixed(2)} s`);

async function measure(name, viewer, mesh) {
  const times = [];
  const paths = new Map();
  let failed = 0;
  for (let i = 0; i < runs; i += 1) {
    const call = await makeCall({ viewer, mesh });
    try {
      const { ms, recoveries } = await run(call, name);
      times.push(ms);
      for (const { path } of recoveries) paths.set(path, (paths.get(path) ?? 0) + 1);
    } catch (error) {
      failed += 1;
      console.error(`${name}: ${error.message}`);
    } finally {
      await call.end();
    }
  }
  times.sort((a, b) => a - b);
  const taken = [...paths].map(([path, count]) => `${path} x${count}`).join(', ');
  const count = failed > 0 ? `${runs}, ${failed} failed` : runs;
  lines.push(`| ${name} | ${viewer === 'page' ? 'Chromium' : 'C client'} | ${mesh ? 'Mesh' : 'router'} | ${seconds(times[Math.floor(times.length / 2)])} | ${seconds(times.at(-1))} | ${count} | ${taken} |`);
  console.log(lines.at(-1));
}

for (const [name, { isForRouter }] of Object.entries(scenarios)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const mesh of isForRouter ? [false] : [false, true]) for (const viewer of ['page', 'client']) await measure(name, viewer, mesh);
}
if (isWritten) {
  writeFileSync(new URL('../../docs/reconnection.md', import.meta.url), `# Recovery of calls

A C client publishes; Chromium or another C client watches, through the router or direct, behind an emulated link of 10 ms each
way. Time is from the moment the network is whole again (address change and blocked UDP: from the disturbance itself) until frames
are decoded again; for the C client its longest time without a frame, less the outage. Paths are the viewer's own account. Made by
\`node tests/lab/reconnection.mjs --runs ${runs} --write\` on a machine with two shared cores, on which all programs ran.

${lines.join('\n')}
`);
}
