// What an accepted m-line carries: who cannot decode what comes is told so (message, tile, API, the C client's report),
// and the publisher is asked for a codec that all can decode.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient } from './lib/client.mjs';
import { find, openPage, sleep, until, untilSees } from './lib/pages.mjs';
import { joined, startServer } from './signaling_client.mjs';

let browser;
let server;
before(async () => { [browser, server] = await Promise.all([launchChromium(), startServer(['--open', '--mesh-max', '0'])]); });
after(async () => { await browser.close(); await server.stop(); });

/** A page whose browser knows only some codecs of a kind, as its offers say. */
async function openLimited(options, limits) {
  const context = await browser.newContext();
  await context.addInitScript((allowed) => {
    const all = RTCRtpTransceiver.prototype.setCodecPreferences;
    const add = RTCPeerConnection.prototype.addTransceiver;
    RTCPeerConnection.prototype.addTransceiver = function (what, init) {
      const transceiver = add.call(this, what, init);
      const { kind } = transceiver.receiver.track;
      const names = init.direction === 'recvonly' && allowed[kind];
      if (names) all.call(transceiver, RTCRtpReceiver.getCapabilities(kind).codecs.filter(({ mimeType }) => names.includes(mimeType.split('/')[1].toLowerCase())));
      return transceiver;
    };
  }, limits);
  const page = await openPage({ newContext: async () => context }, server, options);
  return page;
}

const api = async (room) => (await fetch(new URL(`api/v1/rooms/${room}`, server.url))).json();
const slotOf = async (room, name, publication) =>
  (await api(room)).participants.find((one) => one.name === name)?.connection?.slots.find((slot) => slot.publication === publication);
const codecOf = async (room, name) =>
  (await api(room)).participants.find((one) => one.name === name).connection.publications.find(({ id }) => id.endsWith('/camera')).codec;

async function eventually(what, check, ms = 10000) {
  const end = Date.now() + ms;
  let last;
  do {
    last = await check();
    if (last) return last;
    await sleep(100);
  } while (Date.now() < end);
  return assert.fail(`${what} did not happen`);
}

const isConnected = (page) => page.evaluate(() => window.heddle.call?.links.get('router')?.peer.pc.connectionState === 'connected');

/** Watches the messages that a page gets. */
const watch = (page, type) => page.evaluate((name) => {
  window.seen = [];
  window.heddle.call.signaling.addEventListener('message', ({ detail }) => { if (detail.type === name) window.seen.push(detail); });
}, type);

test('a publisher changes to what all can decode, once', async (t) => {
  const room = 'ask';
  const ann = await openPage(browser, server, { room, name: 'Ann', simulcast: true, size: '320x180', codec: 'vp9' });
  t.after(() => ann.closeAll());
  const bob = await openPage(browser, server, { room, name: 'Bob' });
  t.after(() => bob.closeAll());
  await untilSees(bob, ['Ann']);
  assert.equal(await codecOf(room, 'Ann'), 'VP9');
  await watch(ann, 'codecs');
  const dan = await openLimited({ room, name: 'Dan' }, { video: ['vp8', 'rtx'] });
  await untilSees(dan, ['Ann'], 40000); // VP8 now
  assert.equal(await codecOf(room, 'Ann'), 'VP8');
  const frames = find(await bob.stats(), 'Ann', 'camera').frames;
  await until(bob, 'the picture goes on', (stats) => find(stats, 'Ann', 'camera').frames > frames + 10);
  const seen = await ann.evaluate(() => window.seen);
  assert.equal(seen.length, 1, JSON.stringify(seen));
  assert.equal(seen[0].source, 'camera');
  assert.equal(seen[0].codecs[0].name, 'VP8');
  await dan.closeAll();
  const eve = await openLimited({ room, name: 'Eve' }, { video: ['vp8', 'rtx'] }); // comes and goes: nothing changes
  await untilSees(eve, ['Ann'], 40000);
  await eve.closeAll();
  assert.equal(await codecOf(room, 'Ann'), 'VP8');
  assert.equal((await ann.evaluate(() => window.seen)).length, 1);
});

test('who cannot decode the only codec there is, is told', async (t) => {
  const room = 'only';
  const ann = await openPage(browser, server, { room, name: 'Ann', codec: 'h264' });
  t.after(() => ann.closeAll());
  await eventually('a connection', () => isConnected(ann));
  await ann.evaluate(async () => { // nothing but H.264
    const { peer } = window.heddle.call.links.get('router');
    const [{ transceiver }] = [...peer.sending.values()].filter(({ source }) => source.kind === 'video');
    transceiver.setCodecPreferences(RTCRtpSender.getCapabilities('video').codecs.filter(({ mimeType }) => mimeType === 'video/H264'));
    peer.renegotiate();
  });
  const id = await ann.evaluate(() => window.heddle.call.self);
  const bob = await openLimited({ room, name: 'Bob' }, { video: ['vp8', 'rtx'] });
  t.after(() => bob.closeAll());
  const slot = await eventually('unsupported in the API', async () => {
    const now = await slotOf(room, 'Bob', `${id}/camera`);
    return now?.state === 'unsupported' && now;
  });
  assert.equal(slot.reason, 'codec');
  assert.equal(slot.codec, 'H264');
  await eventually('the words on the tile', () => bob.evaluate(() =>
    [...document.querySelectorAll('.tile .notice')].some(({ hidden, textContent }) => !hidden && textContent.includes('cannot play Ann') && textContent.includes('H264'))));
  const viewer = startClient(server, { room, name: 'View', duration: 5, args: ['--send', 'none'] });
  const { code, report, log } = await viewer.done;
  assert.equal(code, 0, log);
  assert.equal(remote(report, 'Ann').video.unsupported, 'H264', log);
  assert.equal(remote(report, 'Ann').video.frames_received, 0);
  assert.equal(remote(report, 'Ann').audio.unsupported, null);
});

/** Chromium sends RED where the answer has it first, which ours never has. */
async function redFirst() {
  const context = await browser.newContext();
  await context.addInitScript(() => {
    const take = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = function (description) {
      return take.call(this, { ...description, sdp: description.sdp.replace(/^(m=audio \S+ \S+) 111 63/mg, '$1 63 111') });
    };
  });
  return { newContext: async () => context };
}

test('RED reaches who has it, and who has Opus only', async (t) => {
  const room = 'red';
  const ann = await openPage(await redFirst(), server, { room, name: 'Ann' });
  t.after(() => ann.closeAll());
  const bob = await openLimited({ room, name: 'Bob' }, { audio: ['opus'] });
  t.after(() => bob.closeAll());
  const first = await until(bob, 'sound', (stats) => find(stats, 'Ann', 'microphone')?.audioEnergy > 0 && stats);
  await until(bob, 'more sound', (stats) => find(stats, 'Ann', 'microphone').packets > find(first, 'Ann', 'microphone').packets + 100);
  assert.equal(await bob.evaluate(async () => {
    const codecs = new Set();
    for (const one of (await window.heddle.call.links.get('router').peer.pc.getStats()).values())
      if (one.type === 'codec' && one.mimeType.startsWith('audio/')) codecs.add(one.mimeType);
    return [...codecs].join();
  }), 'audio/opus');
  const viewer = startClient(server, { room, name: 'View', duration: 5, args: ['--send', 'none'] });
  const { participants } = await api(room);
  assert.equal(participants.find(({ name }) => name === 'Ann').connection.publications.find(({ kind }) => kind === 'audio').codec, 'red');
  const { code, report, log } = await viewer.done;
  assert.equal(code, 0, log);
  const { audio } = remote(report, 'Ann');
  assert.ok(audio.packets > 50 && audio.level_dbov > -90, JSON.stringify(audio));
});

test('the answer says why an m-line is rejected, and the API, too', async () => {
  const transport = `a=ice-ufrag:abcd\r\na=ice-pwd:${'p'.repeat(24)}\r\na=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\na=setup:actpass\r\n`;
  const line = (mid, media, more) => `m=${media}\r\nc=IN IP4 0.0.0.0\r\na=mid:${mid}\r\na=rtcp-mux\r\na=recvonly\r\n${transport}${more}`;
  const sdp = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2 3\r\n'
    + line('0', 'audio 9 UDP/TLS/RTP/SAVPF 111', 'a=rtpmap:111 opus/48000/2\r\n')
    + line('1', 'video 9 UDP/TLS/RTP/SAVPF 96', 'a=rtpmap:96 H265/90000\r\n')
    + line('2', 'application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=sctp-port:5000\r\n')
    + line('3', 'audio 9 UDP/TLS/RTP/SAVPF 0', '');
  const client = await joined(server, 'rejected');
  const answer = await client.ask({ type: 'offer', target: 'router', generation: 1, sdp, sends: [], receives: [] }, 'answer');
  const expected = [
    { mid: '1', kind: 'video', reason: 'no codec that we know' },
    { mid: '2', kind: 'application', reason: 'data channels are not served' },
    { mid: '3', kind: 'audio', reason: 'no codec that we know' },
  ];
  assert.deepEqual(answer.rejected, expected);
  assert.equal(answer.sdp.match(/^m=\w+ 0 /mg).length, 3);
  assert.deepEqual((await api('rejected')).participants[0].connection.rejected, expected);
  client.kill();
});
