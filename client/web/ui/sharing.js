// The screen that one shares. It is not on one's own stage, so that it is easily
// forgotten: a mark says so as long as it lasts, with a small picture of what the others see.

import { text } from '../i18n.js';
import { openScreen, stopStream } from '../media.js';
import { setButton } from './buttons.js';

const byId = (id) => document.getElementById(id);

export class Sharing {
  /** @param {import('../call.js').Call} call @param {(words: string) => void} announce */
  constructor(call, announce) {
    this.call = call;
    this.announce = announce;
    this.stream = null;
    this.isClosed = false;
    byId('share').disabled = !navigator.mediaDevices?.getDisplayMedia;
    this.#show();
  }

  #show() {
    const isSharing = this.stream !== null;
    setButton('share', isSharing, isSharing ? 'unshare' : 'share');
    byId('sharing').hidden = !isSharing;
    byId('sharing-picture').srcObject = this.stream && new MediaStream(this.stream.getVideoTracks());
  }

  toggle() {
    return this.stream ? this.stop() : this.#start();
  }

  async #start() {
    byId('share').disabled = true; // while the browser asks
    const stream = await openScreen().catch(() => null); // null: the person changed their mind
    if (this.isClosed) {
      stopStream(stream);
      return;
    }
    byId('share').disabled = false;
    if (!stream) return;
    this.stream = stream;
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    this.call.publish({ source: 'screen', kind: 'video', track: video, stream, muted: false });
    if (audio) this.call.publish({ source: 'screen-audio', kind: 'audio', track: audio, stream, muted: false });
    video.onended = () => this.stop();
    this.#show();
    this.announce(text('sharing'));
  }

  stop() {
    if (!this.stream) return;
    stopStream(this.stream);
    this.stream = null;
    for (const source of ['screen', 'screen-audio']) this.call.unpublish(source);
    this.#show();
    this.announce(text('sharingEnded'));
  }

  close() {
    this.isClosed = true;
    this.stop();
  }
}
