// The connection's status line, as people need it: it hides three seconds after all is well.

import { text } from '../i18n.js';

const HIDE_AFTER = 3000;

/**
 * Says what is at fault, where that is known; attempts are shown only while the server can be reached.
 * @returns key of a text
 */
function wordsOf({ state, isDown, isOffline, isLoopbackOnly, lostBy }) {
  if (isLoopbackOnly && !isDown && state !== 'connected') return 'loopbackOnly';
  if (lostBy.length > 0 && state !== 'failed') return 'lostByOthers';
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

  /**
   * @param {import('../call.js').Status & {isDown: boolean, isOffline: boolean, isLoopbackOnly: boolean,
   *   lostBy: string[]}} status isDown: signaling; isLoopbackOnly: no browser can connect; lostBy: names of the others
   *   at whose end a connection is lost
   */
  show(status) {
    const { state, attempt, max, lostBy } = status;
    const words = wordsOf(status);
    const names = lostBy.join(', ');
    const key = `${words} ${attempt} ${names}`;
    if (key === this.shown) return;
    this.shown = key;
    clearTimeout(this.timer);
    this.element.hidden = false;
    this.element.dataset.state = state;
    this.label.textContent = text(words, { n: attempt, m: max, names });
    this.button.hidden = state !== 'failed';
    if (state === 'connected') this.timer = setTimeout(() => { this.element.hidden = true; }, HIDE_AFTER);
  }

  close() {
    clearTimeout(this.timer);
    this.element.hidden = true;
  }
}
