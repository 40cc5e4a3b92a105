// The connection's status line, as people need it: it hides three seconds after all is well.

import { text } from '../i18n.js';

const HIDE_AFTER = 3000;

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

  /** @param {import('../call.js').Status} status */
  show({ state, attempt, max }) {
    const key = `${state} ${attempt}`;
    if (key === this.shown) return;
    this.shown = key;
    clearTimeout(this.timer);
    this.element.hidden = false;
    this.element.dataset.state = state;
    this.label.textContent = text(state, { n: attempt, m: max });
    this.button.hidden = state !== 'failed';
    if (state === 'connected') this.timer = setTimeout(() => { this.element.hidden = true; }, HIDE_AFTER);
  }

  close() {
    clearTimeout(this.timer);
    this.element.hidden = true;
  }
}
