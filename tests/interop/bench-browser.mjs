// ./dev bench browser 16 48: what a packet to so many real Chromium viewers costs the server, beside what heddle-bench
// says, as a table in Markdown.
import { withPackages } from '../lab/command.mjs';

const { compareWithBrowsers } = await withPackages('./dev bench browser', () => import('./lib/crowd.mjs'));

const figures = ({ usPerPacket, packetsPerS, packetsPerMessage }) => `${usPerPacket.toFixed(2)} | ${packetsPerS.toFixed(0)} | ${packetsPerMessage.toFixed(1)}`;

console.log('| viewers | Chromium: us/packet | packets/s | packets/message | heddle-bench: us/packet | packets/s | packets/message | bench / Chromium |');
console.log('|---|---|---|---|---|---|---|---|');
for (const count of process.argv.slice(2).map(Number)) {
  const { browsers, bench } = await compareWithBrowsers(count);
  console.log(`| ${count} | ${figures(browsers)} | ${figures(bench)} | ${(bench.usPerPacket / browsers.usPerPacket).toFixed(2)} |`);
}
