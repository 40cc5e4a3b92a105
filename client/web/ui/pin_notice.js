// Tells everybody in a call when somebody chooses how the room is connected.

import { pinSentence } from './connection_words.js';

const SHOWN_TIME = 8000;

export class PinNotice {
  /** @param {import('../call.js').Call} call @param {import('./notice.js').CallNotice} notice */
  constructor(call, notice) {
    this.call = call;
    this.notice = notice;
    this.known = null; // not joined yet: how the room is when one comes is no news
  }

  update() {
    const { pin, topology } = this.call;
    if (!topology || pin === this.known) return;
    const isNews = this.known !== null;
    this.known = pin;
    clearTimeout(this.timer);
    this.notice.show('pin', isNews ? [pinSentence(this.call)] : []);
    this.timer = setTimeout(() => this.notice.show('pin', []), SHOWN_TIME);
  }

  /** What one chose oneself was refused: it was changed too often just now. */
  refused() {
    this.notice.flash('pin-refused', ['pinTooOften']);
  }

  close() {
    clearTimeout(this.timer);
  }
}
