// How long joining takes until there is a picture, step by step. Used by
// tests/lab/first-picture.mjs for docs/first_picture.md.
import { startClient } from './client.mjs';
import { Call } from './quality.mjs';
import { eventually } from './wait.mjs';

const VIEWER = { room: 'lab', name: 'View', source: 'none', autojoin: '1' };
const MEDIA_LIMIT = 30000;

/** The columns of the table; `value` takes the times of one viewer, in ms since it was started. */
export const steps = [
  { head: 'socket begun', value: ({ begun }) => begun },
  { head: 'join sent', value: ({ join }) => join },
  ...['joined', 'offer', 'answer', 'ICE', 'DTLS', 'packet'].map((head) => ({ head, value: (times) => times[head] - times.join })),
  { head: 'join to frame', value: (times) => times.frame - times.join, isBold: true },
  { head: 'all', value: ({ frame }) => frame, isBold: true },
];

/** In the page, before anything else: notes when each step is reached, in ms since the page was opened. */
function watch() {
  const times = {};
  const reached = (step) => { times[step] ??= performance.now(); };
  window.firstPicture = times;
  const { WebSocket, RTCPeerConnection } = window;
  window.WebSocket = class extends WebSocket {
    constructor(...parameters) {
      super(...parameters);
      reached('begun');
      this.addEventListener('message', ({ data }) => {
        const { type } = JSON.parse(data);
        if (type === 'joined' || type === 'answer') reached(type);
      });
    }

    send(text) {
      const { type, offer } = JSON.parse(text);
      if (type === 'join' || type === 'offer') reached(type);
      if (offer) reached('offer');
      super.send(text);
    }
  };
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...parameters) {
      super(...parameters);
      this.addEventListener('iceconnectionstatechange', () => ['connected', 'completed'].includes(this.iceConnectionState) && reached('ICE'));
      this.addEventListener('connectionstatechange', () => this.connectionState === 'connected' && reached('DTLS'));
      this.addEventListener('track', ({ track }) => {
        track.addEventListener('unmute', () => reached('packet'));
        if (track.kind !== 'video') return;
        const video = document.createElement('video');
        video.muted = true;
        video.srcObject = new MediaStream([track]);
        video.requestVideoFrameCallback(() => reached('frame'));
        video.play();
      });
    }
  };
}

/** A room in the laboratory in which a C client publishes. */
export class PublishedCall {
  static async make() {
    const made = new PublishedCall();
    made.call = await Call.make(['viewer'], { publisher: 'client', prepare: ({ lab }) => lab.link('server', 'viewer', 'both delay 10ms') });
    await eventually('the publisher publishes', () => made.call.room().participants?.[0]?.connection?.in.packets > 0, MEDIA_LIMIT);
    made.browser = await made.call.browser('viewer');
    await made.firstVisit(); // the browser's own start is not what is measured
    return made;
  }

  setRoundTrip(ms) {
    return this.call.lab.set('server', 'viewer', `both delay ${ms / 2}ms`);
  }

  /** Nobody but the publisher is in the room. */
  #untilAlone() {
    return eventually('the viewer has left', () => this.call.room().participants.length === 1, MEDIA_LIMIT);
  }

  async #visit(context) {
    const page = await context.newPage();
    await page.addInitScript(watch);
    await page.goto(`${this.call.server.url}?${new URLSearchParams(VIEWER)}`, { waitUntil: 'commit' });
    const times = await eventually('a frame', () => page.evaluate(() => window.firstPicture?.frame && window.firstPicture), MEDIA_LIMIT);
    await page.close();
    await this.#untilAlone();
    return times;
  }

  /** A browser that has nothing of the page in its cache. */
  async firstVisit() {
    const context = await this.browser.newContext();
    const times = await this.#visit(context);
    await context.close();
    return times;
  }

  async secondVisit() {
    const context = await this.browser.newContext();
    await this.#visit(context);
    const times = await this.#visit(context);
    await context.close();
    return times;
  }

  async client() {
    const { call } = this;
    const { done } = startClient(call.server, { room: 'lab', name: 'View', duration: 3, args: ['--send', 'none'], inside: (...command) => call.lab.inside('viewer', ...command) });
    const { summary } = await done;
    const { socket, joined, offer, answer, ice, dtls, packet, frame } = summary.steps_ms;
    await this.#untilAlone();
    return { begun: 0, join: socket, joined, offer, answer, ICE: ice, DTLS: dtls, packet, frame };
  }

  async end() {
    await this.call.end();
  }
}
