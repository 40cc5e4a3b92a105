// The table of docs/first_picture.md: ./dev lab first-picture [--runs N] [--write] [ROUND-TRIP...]; needs root.
import { writeFileSync } from 'node:fs';
import { needLab, options, refuse, withPackages } from './command.mjs';

const { PublishedCall, steps } = await withPackages('./dev lab first-picture', () => import('../interop/lib/first_picture.mjs'));
const { numbers: { runs }, flags: { write: isWritten }, words } = options({ runs: 5 }, ['write']);
const known = [20, 100, 300];
const unknown = words.find((word) => !known.includes(Number(word)));
if (unknown) refuse(`there is no round trip '${unknown}'; they are ${known.join(', ')} ms`, 2);
if (isWritten && words.length > 0) refuse('--write writes the whole table: name no round trips beside it', 2);
needLab('./dev lab first-picture');

const viewers = { Chromium: 'firstVisit', 'Chromium, again': 'secondVisit', 'C client': 'client' };
const median = (values) => values.sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
const heads = ['round trip', 'viewer', ...steps.map(({ head }) => head)];

/** One row: the median of each step. */
function text(roundTrip, viewer, times) {
  const cells = steps.map(({ value, isBold }) => {
    const ms = median(times.map(value));
    const shown = ms === undefined || Number.isNaN(ms) ? '-' : String(Math.round(ms));
    return isBold ? `**${shown}**` : shown;
  });
  return `| ${roundTrip} | ${viewer} | ${cells.join(' | ')} |`;
}

const lines = [`| ${heads.join(' | ')} |`, `|${heads.map(() => '---|').join('')}`];
console.log(lines.join('\n'));
const call = await PublishedCall.make();
try {
  for (const roundTrip of words.length > 0 ? words.map(Number) : known) {
    await call.setRoundTrip(roundTrip);
    for (const [viewer, join] of Object.entries(viewers)) {
      const times = [];
      for (let run = 0; run < runs; run += 1) times.push(await call[join]());
      lines.push(text(roundTrip, viewer, times));
      console.log(lines.at(-1));
    }
  }
} finally {
  await call.end();
}
if (isWritten) {
  writeFileSync(new URL('../../docs/first_picture.md', import.meta.url), `# The first picture

What somebody waits for who opens the page, or starts the C client, in a room where another C client publishes: milliseconds, median
of ${runs}, through the router. The viewer is behind an emulated link with this round trip, the publisher behind one of 20 ms. Made by
\`./dev lab first-picture --runs ${runs} --write\` on a machine with two shared cores, on which all programs ran.

${lines.join('\n')}

The first two columns count from the opening of the page, or the start of the program: when its signaling socket is begun, and when it
sends \`join\`. The others count from there: it is let in; its first offer is sent (with \`join\`: 0) and answered; ICE has a path, DTLS
has keys; the first packet of media; a frame is on the screen (in the C client: complete). The last column has everything.
"Again" is a second visit in the same browser, whose cache has the page's files.
`);
}
