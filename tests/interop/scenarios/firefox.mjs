// Firefox and Chromium in one room; run inside a namespace, because Firefox never sends to a loopback candidate.
import { launchChromium, launchFirefox } from '../lib/browser.mjs';
import { ADDRESS } from '../lib/namespace.mjs';
import { difference, encoded, openPage, until, untilMore, untilSees } from '../lib/pages.mjs';
import { joinBeside } from '../lib/see_each_other.mjs';
import { startServer } from '../signaling_client.mjs';

// Camera and microphone exist on secure pages only: the page comes from loopback, the media goes to the address.
const server = await startServer(['--open', '--mesh-max', '0', '--public-ip', ADDRESS]);
const [chromium, firefox] = [await launchChromium(), await launchFirefox()];
const ann = await openPage(chromium, server, { room: 'fox', name: 'Ann' });
const fox = await openPage(firefox, server, { room: 'fox', name: 'Fox', source: '', joins: false });
await until(ann, 'joining', ({ status }) => status === 'connected');
await fox.waitForFunction(() => window.heddle.devices.state.camera.track && window.heddle.devices.state.microphone.track);
const pictures = await joinBeside(ann, fox);
await untilSees(ann, ['Fox'], 40000);
await untilSees(fox, ['Ann'], 40000);
await untilMore(ann, ['Fox'], 30);
await untilMore(fox, ['Ann'], 30);
const before = [await ann.stats(), await fox.stats()];
await Promise.all([[ann, 'Fox', before[0]], [fox, 'Ann', before[1]]].map(([page, name, first]) => until(page, `${name} seen and heard`, (stats) => {
  const { frames, audioPackets } = difference(first, stats, name);
  return frames > 60 && audioPackets > 200;
}, 8000)));
const after = [await ann.stats(), await fox.stats()];
console.log(JSON.stringify({
  pictures, // ms after the click
  problems: [...ann.problems, ...fox.problems],
  sent: { Ann: encoded(before[0], after[0]), Fox: encoded(before[1], after[1]) },
  annSeesFox: difference(before[0], after[0], 'Fox'),
  foxSeesAnn: difference(before[1], after[1], 'Ann'),
}));
await firefox.close();
await chromium.close();
await server.stop();
