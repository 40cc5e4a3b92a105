// Captures the offers of the installed browsers that the SDP tests read; run by hand when a browser changes:
//   node tests/vectors/sdp/capture.mjs
// Addresses and mDNS names are replaced, the rest is what the browser wrote.
import http from 'node:http';
import path from 'node:path';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launchChromium, launchFirefox } from '../../interop/lib/browser.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));

/** Runs in the page: the offers by name. */
async function makeOffers() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const [audio] = stream.getAudioTracks();
  const [video] = stream.getVideoTracks();
  const offers = {};
  const note = async (name, pc) => {
    await pc.setLocalDescription();
    offers[name] = pc.localDescription.sdp;
  };
  const open = () => new RTCPeerConnection({ bundlePolicy: 'max-bundle' });

  const plain = open();
  plain.addTrack(audio, stream);
  plain.addTrack(video, stream);
  await note('plain', plain);

  const simulcast = open();
  simulcast.addTransceiver(audio, { direction: 'sendonly', streams: [stream] });
  simulcast.addTransceiver(video, {
    direction: 'sendonly', streams: [stream],
    sendEncodings: [{ rid: 'q', scaleResolutionDownBy: 4 }, { rid: 'h', scaleResolutionDownBy: 2 }, { rid: 'f' }],
  });
  for (let i = 0; i < 5; i += 1) {
    simulcast.addTransceiver('audio', { direction: 'recvonly' });
    simulcast.addTransceiver('video', { direction: 'recvonly' });
  }
  await note('simulcast-and-receivers', simulcast);

  const stopped = open();
  stopped.addTransceiver(audio, { direction: 'sendonly', streams: [stream] });
  const gone = stopped.addTransceiver(video, { direction: 'sendonly', streams: [stream] });
  stopped.createDataChannel('chat');
  const other = open();
  await stopped.setLocalDescription();
  await other.setRemoteDescription(stopped.localDescription);
  await other.setLocalDescription();
  await stopped.setRemoteDescription(other.localDescription);
  gone.stop();
  await note('stopped-and-data', stopped);
  return offers;
}

const neutral = (sdp) => sdp
  .replace(/[0-9a-f-]{36}\.local/g, '00000000-0000-4000-8000-000000000000.local')
  .replace(/\b(?!127\.|0\.0\.0\.0)(\d{1,3}\.){3}\d{1,3}\b/g, '192.0.2.1');

async function capture(name, browser) {
  const server = http.createServer((request, response) => response.end('<!doctype html>')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const offers = await page.evaluate(makeOffers);
  for (const [kind, sdp] of Object.entries(offers))
    await writeFile(path.join(folder, `${name}-${kind}.sdp`), neutral(sdp));
  await browser.close();
  server.close();
}

await capture('chromium', await launchChromium());
await capture('firefox', await launchFirefox());
