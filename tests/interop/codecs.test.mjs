// What an accepted m-line carries: who cannot decode what comes is told so (message, tile, API,
// the C client's summary), and the publisher is asked for a codec that all can decode; by turns on
// the publisher's worker and on another one.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient } from './lib/client.mjs';
import { find, openPage, until, untilSees } from './lib/pages.mjs';
import { eventually, roomOf } from './lib/wait.mjs';
import { joined, startServer } from './signaling_client.mjs';

let browser;
let server;
before(async () => {
  const options = ['--open', '--mesh-max', '0', '--workers', '2', '--room-share', '1'];
  [browser, server] = await Promise.all([launchChromium(), startServer(options)]);
});
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

const api = (room) => roomOf(server, room);
const connectionOf = async (room, name) => (await api(room)).participants.find((one) => one.name === name)?.connection;
const codecOf = async (room, name) => (await connectionOf(room, name)).publications.find(({ id }) => id.endsWith('/camera')).codec;

const slotOf = async (room, name, publication) => (await connectionOf(room, name))?.slots.find((slot) => slot.publication === publication);

/** The codecs that a page decodes, by its browser. */
const decoded = (page, kind) => page.evaluate(async (what) => {
  const report = await window.heddle.call.connections.get('router').peerConnection.pc.getStats();
  const streams = [...report.values()].filter(({ type, kind: its }) => type === 'inbound-rtp' && its === what);
  return streams.filter(({ packetsReceived }) => packetsReceived > 0).map(({ codecId }) => report.get(codecId)?.mimeType);
}, kind);

/** A C client that looks on until `check` is true of the API; its summary of Ann. */
async function looksOn(room, what, check) {
  const viewer = startClient(server, { room, name: 'View', duration: 60, args: ['--send', 'none'] });
  await eventually(what, check).finally(() => viewer.child.kill('SIGINT'));
  const { code, summary, log } = await viewer.done;
  assert.equal(code, 0, log);
  return remote(summary, 'Ann');
}

const isConnected = (page) => page.evaluate(() => window.heddle.call?.connections.get('router')?.peerConnection.pc.connectionState === 'connected');

/** Watches the messages that a page gets. */
const watch = (page, type) => page.evaluate((name) => {
  window.seen = [];
  window.heddle.call.signaling.addEventListener('message', ({ detail }) => { if (detail.type === name) window.seen.push(detail); });
}, type);

/** Runs in the page: simulcast as browsers had it before there were rids, by SSRCs that are written into the offer. */
function simulcastBySsrc() {
  const set = RTCPeerConnection.prototype.setLocalDescription;
  const addLayers = (section) => {
    const [group, ssrc, rtx] = /^a=ssrc-group:FID (\d+) (\d+)\r\n/m.exec(section) ?? [];
    if (!group || section.includes('ssrc-group:SIM')) return section;
    const lines = [...section.matchAll(/^a=ssrc:\d+ .*\r\n/mg)].map(([line]) => line);
    const numbers = [0, 1, 2].map((i) => [Number(ssrc) + i * 11, Number(rtx) + i * 11]);
    const copies = numbers.slice(1).map(([media, repair]) => `a=ssrc-group:FID ${media} ${repair}\r\n`
      + lines.map((line) => line.replace(`a=ssrc:${ssrc} `, `a=ssrc:${media} `).replace(`a=ssrc:${rtx} `, `a=ssrc:${repair} `)).join(''));
    return section.replace(group, `a=ssrc-group:SIM ${numbers.map(([media]) => media).join(' ')}\r\n${group}`) + copies.join('');
  };
  RTCPeerConnection.prototype.setLocalDescription = async function (description) {
    if (description || this.signalingState !== 'stable') return set.call(this, description);
    const { sdp } = await this.createOffer();
    return set.call(this, { type: 'offer', sdp: sdp.split(/^(?=m=)/m).map(addLayers).join('') });
  };
}

/** Ann, who prefers VP9, on one worker; Bob, who has all codecs, and Dan, who has Opus and VP8 only,
 * on the other. */
describe('one room', () => {
  const room = 'codecs';
  let ann; let bob; let dan; let annId;
  before(async () => {
    bob = await openPage(browser, server, { room, name: 'Bob', size: '320x180' });
    await eventually('a connection', () => isConnected(bob));
    ann = await openPage(browser, server, { room, name: 'Ann', simulcast: true, size: '320x180', codec: 'vp9' });
    await untilSees(bob, ['Ann']);
    annId = await ann.evaluate(() => window.heddle.call.self);
  });
  after(() => Promise.all([ann, bob, dan].map((page) => page?.closeAll())));

  /** Bob sees more of somebody's camera than now. */
  const goesOn = async (what, from = 'Ann', more = 10) => {
    const { frames } = find(await bob.stats(), from, 'camera');
    await until(bob, what, (stats) => find(stats, from, 'camera')?.frames > frames + more);
  };

  /** Ann offers her camera in these codecs only; all without a name. */
  const prefer = (name) => ann.evaluate((only) => {
    const { peerConnection } = window.heddle.call.connections.get('router');
    const [{ transceiver }] = [...peerConnection.sending.values()].filter(({ source }) => source.kind === 'video');
    transceiver.setCodecPreferences(RTCRtpSender.getCapabilities('video').codecs.filter(({ mimeType }) => !only || mimeType === `video/${only}`));
    peerConnection.renegotiate();
  }, name);

  test('a publisher changes to what all can decode, once', async () => {
    assert.equal(await codecOf(room, 'Ann'), 'VP9');
    await watch(ann, 'codecs');
    dan = await openLimited({ room, name: 'Dan', size: '320x180' }, { video: ['vp8', 'rtx'], audio: ['opus'] });
    await untilSees(dan, ['Ann'], 40000); // VP8 now
    assert.equal(await codecOf(room, 'Ann'), 'VP8');
    assert.notEqual((await connectionOf(room, 'Dan')).worker, (await connectionOf(room, 'Ann')).worker);
    await goesOn('the picture goes on');
    const seen = await ann.evaluate(() => window.seen);
    assert.equal(seen.length, 1, JSON.stringify(seen));
    assert.equal(seen[0].source, 'camera');
    assert.equal(seen[0].codecs[0].name, 'VP8');
    const eve = await joined(server, room); // VP8 only; comes and goes: nothing changes
    await eve.ask({ ...offerOf(line('0', 'video 9 UDP/TLS/RTP/SAVPF 96', 'a=recvonly\r\na=rtpmap:96 VP8/90000\r\n')),
      receives: [{ mid: '0', publication: `${annId}/camera` }] }, 'answer');
    await goesOn('the picture goes on while she is here');
    await eve.send({ type: 'leave' });
    await eve.closed;
    await goesOn('the picture goes on when she has left');
    assert.equal(await codecOf(room, 'Ann'), 'VP8');
    assert.equal((await ann.evaluate(() => window.seen)).length, 1);
  });

  test('what comes as RED is heard by who has it, and by who has Opus only; where nothing is lost nothing is repeated', async () => {
    const microphone = `${annId}/microphone`;
    const came = find(await dan.stats(), 'Ann', 'microphone').packets;
    await until(dan, 'audio', (stats) => find(stats, 'Ann', 'microphone')?.audioEnergy > 0 && find(stats, 'Ann', 'microphone').packets > came + 50);
    assert.deepEqual([...new Set(await decoded(dan, 'audio'))], ['audio/opus']);
    const sent = (await ann.stats()).sent.find(({ kind }) => kind === 'audio');
    const unwrapped = await Promise.all(['Bob', 'Dan'].map(async (name) => {
      const slot = await slotOf(room, name, microphone);
      return slot.bytes / slot.packets;
    }));
    for (const bytes of unwrapped)
      assert.ok(sent.bytes / sent.packets > bytes * 1.3, `${sent.bytes / sent.packets} bytes a packet with what is repeated, ${bytes} without`);
    assert.equal((await connectionOf(room, 'Ann')).publications.find(({ id }) => id === microphone).codec, 'red');
    const { audio } = await looksOn(room, 'audio for the C client', async () => (await slotOf(room, 'View', microphone))?.packets > 60);
    assert.ok(audio.packets > 30 && audio.level_dbov > -90, JSON.stringify(audio));
  });

  test('an offer of another connection that is refused costs nothing', async () => {
    await untilSees(bob, ['Ann']);
    const before = await connectionOf(room, 'Bob');
    const refusal = await bob.evaluate(() => new Promise((resolve) => {
      const { signaling, connections } = window.heddle.call;
      const { generation, pc } = connections.get('router').peerConnection;
      signaling.addEventListener('message', ({ detail }) => { if (detail.type === 'error') resolve(detail); });
      const sdp = pc.localDescription.sdp // as of another peer connection
        .replace(/^(a=fingerprint:sha-256 )..:..:/mg, '$100:11:').replace(/^a=ice-pwd:.*\r\n/mg, 'a=ice-pwd:short\r\n');
      signaling.send({ type: 'offer', target: 'router', generation, sdp, sends: [], receives: [] });
    }));
    assert.equal(refusal.code, 'bad-sdp', JSON.stringify(refusal));
    assert.match(refusal.message, /22 to 256/);
    await goesOn('the picture goes on');
    assert.ok((await bob.evaluate(() => window.heddle.call.connections.get('router').peerConnection.pc.connectionState)) === 'connected');
    const later = await connectionOf(room, 'Bob');
    assert.deepEqual(later.publications.map(({ id }) => id), before.publications.map(({ id }) => id));
    assert.ok(later.publications.every(({ id, packets }) => packets > before.publications.find((one) => one.id === id).packets));
  });

  test('who cannot decode the only codec there is, is told; others see it', async () => {
    const isUnsupported = async (name) => {
      const slot = await slotOf(room, name, `${annId}/camera`);
      return slot?.state === 'unsupported' && slot;
    };
    await prefer('H264');
    const { reason } = await eventually('unsupported in the API', async () => { // first because of the offer, then of what comes
      const slot = await isUnsupported('Dan');
      return slot?.codec === 'H264' && slot;
    });
    assert.equal(reason, 'codec');
    await eventually('the words on the tile', () => dan.evaluate(() =>
      [...document.querySelectorAll('.tile .notice')].some(({ hidden, textContent }) => !hidden && /cannot play \u2068?Ann\b/.test(textContent) && textContent.includes('H264')))); // the name may be isolated
    await eventually('H264 decoded', async () => (await decoded(bob, 'video')).includes('video/H264'));
    await goesOn('more of H264');
    const { video, audio } = await looksOn(room, 'unsupported for the C client', async () =>
      await isUnsupported('View') && (await slotOf(room, 'View', `${annId}/microphone`))?.packets > 50); // it has been told by then
    assert.equal(video.unsupported, 'H264');
    assert.equal(video.frames_received, 0);
    assert.equal(audio.unsupported, null);
  });

  test('a publisher that changes its codec without an offer is seen on', async () => {
    await dan.closeAll();
    dan = null;
    await prefer();
    for (const codec of ['VP8', 'VP9', 'H264']) {
      await eventually(`${codec} agreed on`, () => ann.evaluate(async (name) => {
        const [{ transceiver: { sender } }] = [...window.heddle.call.connections.get('router').peerConnection.sending.values()].filter(({ source }) => source.kind === 'video');
        const parameters = sender.getParameters();
        parameters.encodings[0].codec = parameters.codecs.find(({ mimeType }) => mimeType === `video/${name}`);
        delete parameters.encodings[0].scalabilityMode;
        if (parameters.encodings[0].codec) await sender.setParameters(parameters);
        return parameters.encodings[0].codec;
      }, codec));
      await eventually(`${codec} decoded`, async () => (await decoded(bob, 'video')).includes(`video/${codec}`));
      await goesOn(`more of ${codec}`);
      assert.equal(await codecOf(room, 'Ann'), codec);
    }
  });

  test('the first m-line is turned away: the next one has the transport', async () => {
    const context = await browser.newContext();
    await context.addInitScript(() => { // each m-line with a transport of its own, and nothing but PCMU on the first
      const Connection = RTCPeerConnection;
      window.RTCPeerConnection = class extends Connection {
        constructor(config) { super({ ...config, bundlePolicy: 'balanced' }); }

        addTransceiver(what, init) {
          const transceiver = super.addTransceiver(what, init);
          if (init.direction === 'sendonly' && what.kind === 'audio') {
            transceiver.setCodecPreferences(RTCRtpSender.getCapabilities('audio').codecs.filter(({ mimeType }) => mimeType === 'audio/PCMU'));
            transceiver.setCodecPreferences = () => {};
          }
          return transceiver;
        }

        async setRemoteDescription(description) { // the m-line may soon be in use again (RFC 8829 section 5.2.2)
          window.wasTurnedAway ||= /^m=audio 0 /m.test(description?.sdp ?? '');
          await super.setRemoteDescription(description);
        }
      };
    });
    const val = await openPage({ newContext: async () => context }, server, { room, name: 'Val', size: '320x180' });
    await val.waitForFunction(() => window.wasTurnedAway);
    await untilSees(bob, ['Val']);
    await untilSees(val, ['Bob']);
    await val.closeAll();
  });

  test('simulcast by a group of SSRCs: each size is an encoding of its own', async () => {
    const context = await browser.newContext();
    await context.addInitScript(simulcastBySsrc);
    const sim = await openPage({ newContext: async () => context }, server, { room, name: 'Sim', size: '640x360' });
    await untilSees(bob, ['Sim']);
    await sim.evaluate(() => { // which an offer cannot say
      const [{ sender }] = window.heddle.call.connections.get('router').peerConnection.pc.getTransceivers().filter((one) => one.sender.track?.kind === 'video');
      const parameters = sender.getParameters();
      parameters.encodings.forEach((encoding, i) => { encoding.scaleResolutionDownBy = i === 0 ? 2 : 1; });
      return sender.setParameters(parameters);
    });
    const { publication } = find(await bob.stats(), 'Sim', 'camera');
    for (const [width, height] of [[320, 180], [640, 360]]) {
      await bob.evaluate(([id, size]) => {
        const { call } = window.heddle;
        call.setView = () => {}; // the page's own view is not asked any more
        Object.getPrototypeOf(call).setView.call(call, new Map([[id, { ...size, priority: 100 }]]));
      }, [publication, { width, height }]);
      await until(bob, `a picture of ${width}`, (stats) => find(stats, 'Sim', 'camera')?.width === width);
      await goesOn(`more of ${width}`, 'Sim');
    }
    const { publications } = await connectionOf(room, 'Sim');
    assert.equal(publications.find(({ id }) => id === publication).encodings.length, 3);
    await sim.closeAll();
  });
});

const transport = `a=ice-ufrag:abcd\r\na=ice-pwd:${'p'.repeat(24)}\r\na=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\na=setup:actpass\r\n`;
const line = (mid, media, more) => `m=${media}\r\nc=IN IP4 0.0.0.0\r\na=mid:${mid}\r\na=rtcp-mux\r\n${transport}${more}`;
const offerOf = (...lines) => ({ type: 'offer', target: 'router', generation: 1, sends: [], receives: [],
  sdp: `v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE${lines.map((_, i) => ` ${i}`).join('')}\r\n${lines.join('')}` });

test('the answer says why an m-line is rejected, and the API, too', async () => {
  const offer = offerOf(
    line('0', 'audio 9 UDP/TLS/RTP/SAVPF 111', 'a=recvonly\r\na=rtpmap:111 opus/48000/2\r\n'),
    line('1', 'video 9 UDP/TLS/RTP/SAVPF 96', 'a=recvonly\r\na=rtpmap:96 H265/90000\r\n'),
    line('2', 'application 9 UDP/DTLS/SCTP webrtc-datachannel', ''),
    line('3', 'audio 9 UDP/TLS/RTP/SAVPF 0', 'a=recvonly\r\n'));
  const client = await joined(server, 'rejected');
  const answer = await client.ask(offer, 'answer');
  const expected = [
    { mid: '1', kind: 'video', reason: 'no codec that we know' },
    { mid: '2', kind: 'application', reason: 'data channels need a=sctp-port' },
    { mid: '3', kind: 'audio', reason: 'no codec that we know' },
  ];
  assert.deepEqual(answer.rejected, expected);
  assert.equal(answer.sdp.match(/^m=\w+ 0 /mg).length, 3);
  assert.deepEqual((await api('rejected')).participants[0].connection.rejected, expected);
  client.kill();
});
