// The screens that one shares, two at most. They are not on one's own stage, so that they are easily
// forgotten: a mark says so as long as it lasts, with a small picture of what the others see of the first.

import { text } from '../i18n.js';
import { openScreen, stopStream } from '../media.js';
import { setButton } from './buttons.js';

const byId = (id) => document.getElementById(id);

const SOURCES = Object.freeze(['screen', 'screen-2']);

export class Sharing {
  /** @param {import('../call.js').Call} call @param {(words: string) => void} announce */
  constructor(call, announce) {
    this.call = call;
    this.announce = announce;
    /** @type {Map<string, MediaStream>} by source */
    this.streams = new Map();
    this.isAsking = false;
    this.isClosed = false;
    this.#show();
  }

  #show() {
    const isSharing = this.streams.size > 0;
    const [stream] = this.streams.values();
    setButton('share', isSharing, isSharing ? 'unshare' : 'share');
    byId('share').disabled = this.isAsking || !navigator.mediaDevices?.getDisplayMedia;
    byId('sharing').hidden = !isSharing;
    byId('sharing-another').disabled = this.isAsking;
    byId('sharing-another').hidden = this.streams.size === SOURCES.length || this.call.permissions[SOURCES[1]] !== true;
    byId('sharing-picture').srcObject = stream ? new MediaStream(stream.getVideoTracks()) : null;
  }

  toggle() {
    return this.streams.size > 0 ? this.stop() : this.add();
  }

  /** Another screen or window, as long as there is a place for it. */
  async add() {
    this.isAsking = true; // the browser does
    this.#show();
    const stream = await openScreen().catch(() => null); // null: the person changed their mind
    this.isAsking = false;
    if (this.isClosed) {
      stopStream(stream);
      return;
    }
    if (stream) this.#publish(SOURCES.find((source) => !this.streams.has(source)), stream);
    this.#show();
  }

  #publish(source, stream) {
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    this.streams.set(source, stream);
    this.call.publish({ source, kind: 'video', track: video, stream, muted: false });
    if (audio) this.call.publish({ source: `${source}-audio`, kind: 'audio', track: audio, stream, muted: false });
    video.onended = () => this.stop(source);
    this.announce(text('sharing'));
  }

  /** @param {string} [ended] the source of one, or of its audio; without: all that is shared */
  stop(ended) {
    const sources = [...this.streams.keys()].filter((source) => ended === undefined || [source, `${source}-audio`].includes(ended));
    for (const source of sources) {
      stopStream(this.streams.get(source));
      this.streams.delete(source);
      for (const name of [source, `${source}-audio`]) this.call.unpublish(name);
    }
    if (sources.length === 0) return;
    this.#show();
    if (this.streams.size === 0) this.announce(text('sharingEnded'));
  }

  close() {
    this.isClosed = true;
    this.stop();
  }
}
