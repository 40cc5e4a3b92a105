// Two pages and a C client in a call while a share of the packets is lost both ways; run inside a namespace whose rules
// drop them. Parameters: media port, seconds. Prints what came through.
import { launchChromium } from '../lib/browser.mjs';
import { remote, startClient, UNTIL_TOLD } from '../lib/client.mjs';
import { difference, encoded, find, openPage, until, untilSees } from '../lib/pages.mjs';
import { sleep } from '../lib/wait.mjs';
import { startServer } from '../signaling_client.mjs';

const [port, seconds] = process.argv.slice(2).map(Number);
const server = await startServer(['--open', '--mesh-max', '0', '--media-port', String(port)]);
const browser = await launchChromium();
const ann = await openPage(browser, server, { room: 'loss', name: 'Ann' });
const bob = await openPage(browser, server, { room: 'loss', name: 'Bob' });
const client = startClient(server, { room: 'loss', name: 'Weft', duration: UNTIL_TOLD });
await untilSees(ann, ['Bob', 'Weft'], 40000);
await untilSees(bob, ['Ann', 'Weft'], 40000);
// Audio is sent with redundancy once a report has told of losses, and browsers report on audio each five seconds.
for (const [page, other] of [[ann, 'Bob'], [bob, 'Ann']])
  await until(page, `audio of ${other} for eight seconds`, (stats) => find(stats, other, 'microphone')?.packets > 360);
const before = [await ann.stats(), await bob.stats()];
await sleep(seconds * 1000);
const after = [await ann.stats(), await bob.stats()];
const room = await (await fetch(`${server.url}api/v1/rooms/loss`)).json();
const { summary } = await client.end();
console.log(JSON.stringify({
  sent: { Ann: encoded(before[0], after[0]), Bob: encoded(before[1], after[1]) },
  annSeesBob: difference(before[0], after[0], 'Bob'),
  bobSeesAnn: difference(before[1], after[1], 'Ann'),
  weftSeesAnn: remote(summary, 'Ann'),
  room,
}));
await browser.close();
await server.stop();
