// What browsers send, as the server's packet trace has it: node headers.mjs FOLDER; run inside a namespace (Firefox
// never sends to a loopback candidate). Prints the files it made.
import path from 'node:path';
import { launchChromium, launchFirefox } from '../lib/browser.mjs';
import { ADDRESS } from '../lib/namespace.mjs';
import { find, openPage, until, untilSees } from '../lib/pages.mjs';
import { startServer } from '../signaling_client.mjs';

const folder = process.argv[2];
const calls = {
  'chromium-vp8': ['chromium', { simulcast: true, size: '960x540' }],
  'chromium-vp9': ['chromium', { simulcast: true, size: '640x360', codec: 'vp9' }],
  'chromium-av1': ['chromium', { simulcast: true, size: '640x360', codec: 'av1' }],
  'firefox-vp8': ['firefox', { source: '' }],
};
const launch = { chromium: launchChromium, firefox: launchFirefox };
const made = [];
for (const [name, [browserName, options]] of Object.entries(calls)) {
  const file = path.join(folder, `${name}.txt`);
  const server = await startServer(['--open', '--mesh-max', '0', '--public-ip', ADDRESS, '--packet-trace', file]);
  const viewers = await launchChromium();
  const browser = await launch[browserName]();
  await openPage(browser, server, { room: 'r', name: 'Sender', ...options });
  const viewer = await openPage(viewers, server, { room: 'r', name: 'Viewer', source: 'none' });
  await untilSees(viewer, ['Sender'], 40000);
  // The largest encoding or layer comes when the estimates of the bandwidth have grown to it.
  if (options.size) await until(viewer, `a picture of ${options.size}`, (stats) => find(stats, 'Sender', 'camera')?.width === Number.parseInt(options.size, 10), 40000);
  const { frames } = find(await viewer.stats(), 'Sender', 'camera');
  await until(viewer, 'two seconds of it', (stats) => find(stats, 'Sender', 'camera')?.frames > frames + 50);
  await browser.close();
  await viewers.close();
  await server.stop();
  made.push(file);
}
console.log(JSON.stringify(made));
