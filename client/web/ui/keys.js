// The keys of a call: they act while nothing is being typed and no question is open, once
// for each press, on any keyboard layout.

const buttons = { m: 'mute', v: 'camera-toggle', s: 'share', c: 'chat-toggle', p: 'people-toggle', h: 'reactions', i: 'statistics', l: 'leave', ArrowLeft: 'page-previous', ArrowRight: 'page-next' };
const TYPING = 'input, select, textarea, [contenteditable]';
const PRESSABLE = 'button, a, summary';

/**
 * The button that a key stands for. Where letters are not Latin, as on a Korean layout,
 * the key's place on the keyboard counts.
 * @param {{key: string, code: string}} event
 * @returns {string|undefined} its id
 */
export function buttonOfKey({ key, code }) {
  if (/^[a-z]$/i.test(key)) return buttons[key.toLowerCase()];
  return code.startsWith('Key') ? buttons[code.slice(3).toLowerCase()] : buttons[key];
}

export class Keys {
  /**
   * @param {{isOn: () => boolean, press: (id: string) => void, talk: (isTalking: boolean) => boolean}} what talk:
   *   somebody who is muted holds the space bar down, or no more; returns whether that is possible
   */
  constructor({ isOn, press, talk }) {
    this.isOn = isOn;
    this.press = press;
    this.talk = talk;
    this.isTalking = false;
    addEventListener('keydown', (event) => this.#down(event));
    addEventListener('keyup', (event) => this.#up(event));
    addEventListener('blur', () => this.#endTalk()); // the key may be let go in another window
    addEventListener('click', (event) => this.#click(event));
  }

  #isFree({ target, ctrlKey, metaKey, altKey, isComposing, defaultPrevented }) {
    return this.isOn() && !defaultPrevented && !ctrlKey && !metaKey && !altKey && !isComposing && !target.closest?.(TYPING) && !document.querySelector('dialog[open]');
  }

  #down(event) {
    if (!this.#isFree(event)) return;
    if (event.code === 'Space') this.#space(event);
    const id = buttonOfKey(event);
    if (!id) return;
    event.preventDefault(); // else the letter would be typed into the chat that opens
    if (!event.repeat) this.press(id);
  }

  /**
   * Else the button would have the space bar from then on. A click by keyboard, whose
   * `detail` is 0, leaves the focus where it is.
   */
  #click({ detail, target }) {
    if (detail > 0 && this.isOn()) target.closest?.('button')?.blur();
  }

  #space(event) {
    if (event.target.closest?.(PRESSABLE)) return;
    event.preventDefault(); // nor does the page scroll
    if (!event.repeat && !this.isTalking) this.isTalking = this.talk(true);
  }

  #up(event) {
    if (event.code === 'Space') this.#endTalk();
  }

  #endTalk() {
    if (!this.isTalking) return;
    this.isTalking = false;
    this.talk(false);
  }
}
