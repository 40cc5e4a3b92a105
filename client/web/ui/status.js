// The connection's status line, as people need it: it hides three seconds after all is well.

import { text } from '../i18n.js';

const HIDE_AFTER = 3000;

/** Says what is at fault, where that is known; attempts are shown only while the server can be reached. @returns key of a text */
function wordsOf(state, isDown, isOffline) {
  if (!isDown || state === 'failed') return state;
  return isOffline ? 'offline' : 'serverLost';
}

export class StatusLine {
  /** @param {HTMLElement} element with #status-text and #rejoin inside */
  constructor(element, onRejoin) {
    this.element = element;
    this.label = element.querySelector('#status-text');
    this.button = element.querySelector('#rejoin');
    this.button.onclick = onRejoin;
    this.timer = null;
    this.shown = '';
  }

  /** @param {import('../call.js').Status & {isDown: boolean, isOffline: boolean}} status isDown: signaling */
  show({ state, attempt, max, isDown, isOffline }) {
    const words = wordsOf(state, isDown, isOffline);
    const key = `${words} ${attempt}`;
    if (key === this.shown) return;
    this.shown = key;
    clearTimeout(this.timer);
    this.element.hidden = false;
    this.element.dataset.state = state;
    this.label.textContent = text(words, { n: attempt, m: max });
    this.button.hidden = state !== 'failed';
    if (state === 'connected') this.timer = setTimeout(() => { this.element.hidden = true; }, HIDE_AFTER);
  }

  close() {
    clearTimeout(this.timer);
    this.element.hidden = true;
  }
}
