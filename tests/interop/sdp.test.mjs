// Our offers and answers in front of real browsers: each description of ours must be taken by Chromium and Firefox, and
// both ends must come to the same agreement. No packet is sent; that is for the other tests.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import readline from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchChromium, launchFirefox } from './lib/browser.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const tool = process.env.HEDDLE_SDP ?? path.join(root, 'build/sdp_answer');

/** Our end of one connection, see tests/tools/sdp_answer.c. */
class End {
  constructor() {
    this.child = spawn(tool, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.replies = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async ask(request) {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.replies.next();
    assert.ok(!done, 'the tool ended');
    return JSON.parse(value);
  }

  async must(request) {
    const reply = await this.ask(request);
    assert.equal(reply.error, undefined, `${reply.error}\n${request.sdp}`);
    return reply;
  }

  close() {
    this.child.stdin.end();
    return new Promise((resolve) => this.child.once('exit', (code, signal) => resolve(code ?? signal)));
  }
}

/** Runs in the page: what the tests do to a connection. */
function prepare() {
  window.start = async (bundlePolicy) => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    const pc = new RTCPeerConnection({ bundlePolicy });
    const streams = {};
    pc.ontrack = (event) => { streams[event.transceiver.mid] = event.streams[0]?.id; };
    Object.assign(window, { pc, streams, stream, audio: stream.getAudioTracks()[0], video: stream.getVideoTracks()[0] });
  };
  window.offer = async () => {
    await window.pc.setLocalDescription();
    return window.pc.localDescription.sdp;
  };
  window.take = (type, sdp) => window.pc.setRemoteDescription({ type, sdp });
  window.reply = async (sdp) => {
    await window.take('offer', sdp);
    return window.offer();
  };
  window.transceivers = () => window.pc.getTransceivers().map(({ mid, currentDirection, stopped, sender }) => ({
    mid, direction: stopped ? 'stopped' : currentDirection,
    rids: sender.getParameters().encodings.map(({ rid }) => rid).filter(Boolean),
    codecs: sender.getParameters().codecs.map(({ mimeType, payloadType }) => `${payloadType} ${mimeType}`),
    extensions: sender.getParameters().headerExtensions.map(({ id, uri }) => `${id} ${uri}`),
    stream: window.streams[mid],
  }));
}

const mirrored = { sendrecv: 'sendrecv', sendonly: 'recvonly', recvonly: 'sendonly', inactive: 'inactive' };
const direction = ({ send, receive }) => (send ? (receive ? 'sendrecv' : 'sendonly') : receive ? 'recvonly' : 'inactive');

/** The browser's transceivers go the other way than our media, and everything else is rejected. */
function assertAgreed(transceivers, { media, rejected }) {
  for (const { mid, direction: theirs } of transceivers) {
    const ours = media.find((one) => one.mid === mid);
    if (ours) assert.equal(theirs, mirrored[direction(ours)], `direction of ${mid}`);
    else assert.ok(rejected.some((one) => one.mid === mid) || theirs === 'stopped', `${mid} is ${theirs}`);
  }
}

const browsers = { Chromium: launchChromium, Firefox: launchFirefox };
for (const [name, launch] of Object.entries(browsers)) {
  describe(name, () => {
    let browser, server, page, end;
    before(async () => {
      server = http.createServer((request, response) => response.end('<!doctype html>')).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      browser = await launch();
      page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await page.evaluate(prepare);
    });
    after(async () => {
      await browser?.close();
      server.close();
    });
    const run = (source, ...args) => page.evaluate(source, ...args);
    const withEnd = (body, bundlePolicy = 'max-bundle') => async () => {
      end = new End();
      await run((policy) => window.start(policy), bundlePolicy);
      try {
        await body();
      } finally {
        await run(() => window.pc.close());
        assert.equal(await end.close(), 0);
      }
    };

    /** The browser offers, we answer. */
    async function exchange(request = {}) {
      const sdp = await run(() => window.offer());
      const reply = await end.must({ type: 'offer', sdp, lite: true, ...request });
      await run((text) => window.take('answer', text), reply.sdp);
      const transceivers = await run(() => window.transceivers());
      assertAgreed(transceivers, reply);
      return { offer: sdp, reply, transceivers };
    }

    /** We offer, the browser answers. */
    async function counter(lines, request = {}) {
      const { sdp } = await end.must({ type: 'make-offer', lines, ...request });
      const answer = await run((text) => window.reply(text), sdp);
      const reply = await end.must({ type: 'answer', sdp: answer });
      const transceivers = await run(() => window.transceivers());
      assertAgreed(transceivers, reply);
      return { offer: sdp, answer, reply, transceivers };
    }

    test('audio and video both ways', withEnd(async () => {
      await run(() => { for (const track of [window.audio, window.video]) window.pc.addTrack(track, window.stream); });
      const lines = ['0', '1'].map((mid) => ({ mid, send: true, receive: true, stream: 'p2', track: `p2-${mid}` }));
      const { reply, transceivers } = await exchange({ lines });
      assert.deepEqual(transceivers.map((one) => one.direction), ['sendrecv', 'sendrecv']);
      assert.equal(reply.media[0].codecs[0].name.toLowerCase(), 'opus');
      assert.equal(reply.media[1].codecs[0].name, 'VP8');
      assert.equal(reply.client, false);
      assert.match(reply.sdp, /\r\na=fmtp:\d+ [^\r]*useinbandfec=1/);
      const { rtx } = reply.media[1].codecs[0];
      assert.ok(transceivers[1].codecs.includes(`${rtx} video/rtx`), transceivers[1].codecs.join());
      assert.deepEqual(transceivers.map(({ stream }) => stream), ['p2', 'p2']);
      const has = (text) => transceivers[1].extensions.some((one) => one.includes(text));
      if (name === 'Firefox') return; // does not tell its extensions
      assert.ok(has('sdes:mid') && has('transport-wide-cc') && has('abs-send-time'));
      assert.ok(!has('toffset') && !has('layers-allocation'));
    }));

    test('three encodings of a simulcast up, ten m-lines down', withEnd(async () => {
      await run(() => {
        window.pc.addTransceiver(window.video, {
          direction: 'sendonly', streams: [window.stream],
          sendEncodings: [{ rid: 'q', scaleResolutionDownBy: 4 }, { rid: 'h', scaleResolutionDownBy: 2 }, { rid: 'f' }],
        });
        for (let i = 0; i < 5; i += 1)
          for (const kind of ['audio', 'video']) window.pc.addTransceiver(kind, { direction: 'recvonly' });
      });
      const lines = [...Array(10).keys()].map((i) => ({ mid: String(i + 1), send: true, stream: `s${i}`, track: `t${i}` }));
      const { reply, transceivers } = await exchange({ lines });
      assert.deepEqual(transceivers[0].rids, ['q', 'h', 'f']);
      assert.deepEqual(reply.media[0].rids, ['q', 'h', 'f']);
      assert.deepEqual(transceivers.map((one) => one.direction), ['sendonly', ...Array(10).fill('recvonly')]);
    }));

    test('a screen is added, the camera stopped, the path restarted; SSRCs and role stay', withEnd(async () => {
      await run(() => { for (const track of [window.audio, window.video]) window.pc.addTrack(track, window.stream); });
      const lines = ['0', '1', '2'].map((mid) => ({ mid, send: true, receive: true, stream: 'p2', track: `p2-${mid}` }));
      const first = await exchange({ lines });
      await run(() => window.pc.addTransceiver(window.video.clone(), { direction: 'sendonly' }));
      const second = await exchange({ lines });
      assert.equal(second.transceivers[2].direction, 'sendonly');
      assert.deepEqual(second.reply.media.slice(0, 2).map(({ ssrc }) => ssrc), first.reply.media.map(({ ssrc }) => ssrc));
      await run(() => window.pc.getTransceivers()[1].stop());
      const third = await exchange({ lines });
      assert.deepEqual(third.reply.media.map(({ mid }) => mid), ['0', '2']);
      assert.equal(third.reply.media[0].ssrc, first.reply.media[0].ssrc);
      await run(() => { window.pc.getTransceivers()[0].direction = 'inactive'; });
      const fourth = await exchange({ lines });
      assert.equal(fourth.transceivers[0].direction, 'inactive');
      await run(() => { window.pc.getTransceivers()[0].direction = 'sendrecv'; });
      const again = await exchange({ lines });
      assert.equal(again.reply.media[0].ssrc, first.reply.media[0].ssrc);
      await run(() => window.pc.restartIce());
      const fifth = await exchange({ lines, ufrag: 'second' });
      assert.notEqual(fifth.reply.remote_ufrag, first.reply.remote_ufrag);
      assert.equal(fifth.reply.media[0].ssrc, first.reply.media[0].ssrc);
      assert.match(fifth.reply.sdp, /a=ice-ufrag:second\r\n/);
      await run(() => window.pc.getTransceivers()[0].stop()); // the one that the transport stands on
      const last = await exchange({ lines });
      assert.deepEqual(last.reply.media.map(({ mid }) => mid), ['2']);
    }));

    test('a data channel is refused, the media beside it is not', withEnd(async () => {
      await run(() => { window.pc.createDataChannel('x'); window.pc.addTrack(window.audio, window.stream); });
      const { reply } = await exchange({ lines: [] });
      assert.equal(reply.media.length, 1);
      assert.match(reply.rejected[0].reason, /data channels/);
    }));

    // Chromium's max-bundle cannot lose the m-line that it hangs the transport on.
    test('the first m-line is refused: the second one is the transport', withEnd(async () => {
      await run(() => { for (const track of [window.audio, window.video]) window.pc.addTrack(track, window.stream); });
      const sdp = await run(() => window.offer());
      const other = sdp.replace(/^(m=audio \S+ \S+).*$/m, '$1 0'); // no codec of ours is left there
      const reply = await end.must({ type: 'offer', sdp: other, lines: [], lite: false });
      assert.deepEqual(reply.media.map(({ mid }) => mid), ['1']);
      await run((text) => window.take('answer', text), reply.sdp);
      assertAgreed(await run(() => window.transceivers()), reply);
    }, 'balanced'));

    test('our offer is answered, and an offer of the browser follows', withEnd(async () => {
      const lines = [
        { mid: 'a', kind: 'audio', send: true, receive: true, stream: 'p1', track: 'p1-a' },
        { mid: 'v', kind: 'video', send: true, stream: 'p1', track: 'p1-v' },
        { mid: 'w', kind: 'video', receive: true },
      ];
      const first = await counter(lines);
      assert.equal(first.reply.client, false); // browsers answer active
      assert.deepEqual(first.reply.media.map(direction), ['sendonly', 'sendonly', 'inactive']);
      await run(() => { for (const track of [window.audio, window.video]) window.pc.addTrack(track, window.stream); });
      const second = await exchange({ lines: lines.map((line) => ({ ...line, receive: true })), lite: false });
      assert.equal(second.reply.client, false);
      assert.deepEqual(second.reply.media.map(({ ssrc }) => ssrc).slice(0, 2),
        first.reply.media.map(({ ssrc }) => ssrc).slice(0, 2));
      assert.ok(second.reply.media.filter(({ receive }) => receive).length >= 2);
      const third = await counter([...lines, ...second.reply.media.slice(3).map(({ mid, kind }) => ({ mid, kind, receive: true }))],
        { ufrag: 'second' });
      assert.match(third.offer, /a=ice-ufrag:second\r\n/);
      assert.equal(third.reply.client, false);
    }));

    test('our simulcast offer is taken', withEnd(async () => {
      const { answer, reply } = await counter([
        { mid: '0', kind: 'video', send: true, stream: 'p1', track: 'p1-v', rids: ['q', 'h', 'f'] }]);
      assert.equal(reply.media[0].send, true);
      assert.match(answer, /m=video [1-9]/);
    }));

    test("an m-line of our own beside the browser's: its payload types and extension ids", withEnd(async () => {
      await run(() => {
        for (const track of [window.audio, window.video]) window.pc.addTrack(track, window.stream);
        window.pc.createDataChannel('x');
      });
      const own = ['0', '1'].map((mid, i) => (
        { mid, kind: i ? 'video' : 'audio', send: true, receive: true, stream: 'p1', track: `p1-${mid}` }));
      const first = await exchange({ lines: own, lite: false });
      const data = { mid: first.reply.rejected[0].mid };
      const { reply } = await counter([...own, data,
        { mid: 'screen', kind: 'video', send: true, stream: 'p1-screen', track: 'p1-screen' }]);
      const screen = reply.media.find(({ mid }) => mid === 'screen');
      assert.equal(screen.codecs[0].type, first.reply.media[1].codecs[0].type);
      assert.equal(screen.mid_extension, first.reply.media[0].mid_extension);
      assert.ok(reply.rejected.some(({ mid }) => mid === data.mid));
    }));
  });
}
