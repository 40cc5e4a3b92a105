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

  /** Another connection of the page answers, so that the next offer follows on an agreed state. */
  const answered = async (pc, other) => {
    await other.setRemoteDescription(pc.localDescription);
    await other.setLocalDescription();
    await pc.setRemoteDescription(other.localDescription);
  };

  // One connection through its life: each offer follows on the one before.
  const life = open();
  const peer = open();
  life.addTrack(audio, stream);
  life.addTrack(video, stream);
  await note('plain', life);
  await answered(life, peer);
  life.addTransceiver(video.clone(), { direction: 'sendonly', streams: [new MediaStream()] });
  await note('screen-added', life);
  await answered(life, peer);
  life.getTransceivers()[1].stop();
  await note('camera-stopped', life);
  await answered(life, peer);
  life.restartIce();
  await note('restarted', life);

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
  await stopped.setLocalDescription();
  await answered(stopped, open());
  gone.stop();
  await note('stopped-and-data', stopped);
  return offers;
}

const neutral = (sdp) => sdp
  .replace(/^(a=candidate:\S+ \d+ \S+ \d+) \S+/gm, '$1 192.0.2.1')
  .replace(/ raddr \S+/g, ' raddr 192.0.2.1')
  .replace(/^c=IN IP[46] (?!0\.0\.0\.0)\S+/gm, 'c=IN IP4 192.0.2.1')
  .replace(/^(a=rtcp:\d+ IN) IP[46] (?!0\.0\.0\.0)\S+/gm, '$1 IP4 192.0.2.1');

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
