// The table of docs/reconnection.md: ./dev lab reconnection [--runs N] [--at-once N]
// [--write] [SCENARIO...]; needs root.
import { writeFileSync } from 'node:fs';
import { needLab, options, refuse, withPackages } from './command.mjs';

const { makeCall, run, scenarios } = await withPackages('./dev lab reconnection', () => import('../interop/lib/recovery.mjs'));
const { numbers: { runs, 'at-once': atOnce }, flags: { write: isWritten }, words: wanted } = options({ runs: 10, 'at-once': 2 }, ['write']);
const unknown = wanted.find((name) => !(name in scenarios));
if (unknown) refuse(`there is no scenario '${unknown}'; the scenarios are:\n  ${Object.keys(scenarios).join('\n  ')}`, 2);
if (isWritten && wanted.length > 0) refuse('--write writes the whole table: name no scenarios beside it', 2);
needLab('./dev lab reconnection');
const seconds = (ms) => (ms === undefined ? '-' : `${(ms / 1000).toFixed(2)} s`);

const rows = Object.entries(scenarios).filter(([name]) => wanted.length === 0 || wanted.includes(name)).flatMap(([name, { isForRouter }]) => (isForRouter ? [false] : [false, true])
  .flatMap((mesh) => ['page', 'client'].map((viewer) => ({ name, viewer, mesh, times: [], paths: new Map(), failures: [] }))));

async function measure(row) {
  const call = await makeCall({ viewer: row.viewer, mesh: row.mesh, nat: scenarios[row.name].nat, before: scenarios[row.name].before });
  try {
    const { ms, recoveries } = await run(call, row.name);
    row.times.push(ms);
    for (const { path } of recoveries) row.paths.set(path, (row.paths.get(path) ?? 0) + 1);
  } catch (error) {
    row.failures.push(error.message);
    console.error(`${row.name}, ${row.viewer}, ${row.mesh ? 'Mesh' : 'router'}: ${error.message}`);
  } finally {
    await call.end();
  }
}

function text({ name, viewer, mesh, times, paths, failures }) {
  times.sort((a, b) => a - b);
  const taken = [...paths].map(([path, count]) => `${path} x${count}`).join(', ');
  const count = failures.length > 0 ? `${times.length}, and ${failures.length} that failed` : times.length;
  return `| ${name} | ${viewer === 'page' ? 'Chromium' : 'C client'} | ${mesh ? 'Mesh' : 'router'} | ${seconds(times[Math.floor((times.length - 1) / 2)])} | ${seconds(times.at(-1))} | ${count} | ${taken} |`;
}

// Several calls at a time, each in namespaces of its own: they wait most of the time.
const jobs = Array.from({ length: runs }, () => rows).flat();
await Promise.all(Array.from({ length: atOnce }, async () => {
  for (let row = jobs.shift(); row; row = jobs.shift()) {
    await measure(row).catch((error) => row.failures.push(error.message));
    if (row.times.length + row.failures.length === runs) console.log(text(row));
  }
}));
const lines = ['| scenario | viewer | topology | media flows again after: median | longest | runs | paths taken |', '|---|---|---|---|---|---|---|', ...rows.map(text)];
if (isWritten) {
  writeFileSync(new URL('../../docs/reconnection.md', import.meta.url), `# Recovery of calls

A C client publishes; Chromium or another C client watches, through the router or direct, behind an emulated link of 10 ms each
way. Time is from the moment the network is whole again (address change and blocked UDP: from the disturbance or the join itself) until frames
are decoded again; for the C client its longest time without a frame, less the outage. Paths are the viewer's own account. Made by
\`./dev lab reconnection --runs ${runs} --at-once ${atOnce} --write\` on a machine with two shared cores, on which all programs of
${atOnce} calls at a time ran.

${lines.join('\n')}

Chromium learns of a new address two seconds after the change, and gathers nothing from it before: an address change can't take it less.
A speculative restart is one that goes out while the old path may still heal. Symmetric NAT on both sides, and giving up with "join
again", have no such time; they are tests (\`tests/interop/recover.test.mjs\`, \`page-recovery.test.mjs\`).
`);
}
