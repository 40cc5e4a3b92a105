// Words over the tiles of a call that stay until they do not hold any more or are put away.

import { setText, text } from '../i18n.js';

const FLASH_TIME = 5000;

export class CallNotice {
  /**
   * @param {HTMLElement} element with a place for words and buttons inside
   * @param {(words: string) => void} announce
   */
  constructor(element, announce) {
    this.element = element;
    this.announce = announce;
    this.words = element.querySelector('p');
    this.actButton = element.querySelector('.act');
    this.said = new Map(); // keys of texts, by what they are about
    this.acts = new Map(); // what one may do at once, by the same
    this.read = new Set(); // what was put away
    this.timers = new Map(); // of what goes away by itself, by the same
    element.querySelector('.read').onclick = () => this.putAway(...this.said.keys());
    element.hidden = true;
  }

  putAway(...about) {
    if (about.every((one) => this.read.has(one))) return;
    for (const one of about) this.read.add(one);
    this.#draw();
  }

  /**
   * The same words are shown once: who put them away has read them.
   * @param {string} about @param {(string|[string, object])[]} keys of texts, or such with their values
   * @param {{key: string, run: () => void}} [act] what one may do at once
   */
  show(about, keys, act) {
    clearTimeout(this.timers.get(about));
    const before = this.said.get(about) ?? [];
    if (JSON.stringify(keys) === JSON.stringify(before)) return;
    this.said.set(about, keys);
    this.acts.set(about, keys.length > 0 ? act : undefined);
    this.read.delete(about);
    this.#draw();
    if (keys.length > 0) this.announce(keys.map((key) => text(...[key].flat())).join(' '));
  }

  /**
   * What needs no answer: it goes away by itself, and comes again when it happens again.
   * @param {string} about @param {(string|[string, object])[]} keys
   * @param {{key: string, run: () => void}} [act] as of show()
   */
  flash(about, keys, act) {
    this.show(about, []);
    this.show(about, keys, act);
    this.timers.set(about, setTimeout(() => this.show(about, []), FLASH_TIME));
  }

  close() {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  #draw() {
    const all = [...this.said].flatMap(([about, keys]) => (this.read.has(about) ? [] : keys));
    this.element.hidden = all.length === 0;
    const [act] = [...this.acts].filter(([about, one]) => one && !this.read.has(about)).map(([, one]) => one);
    this.actButton.hidden = !act;
    if (act) setText(this.actButton, act.key);
    this.actButton.onclick = act?.run;
    this.words.replaceChildren(...all.map((key) => {
      const sentence = document.createElement('span');
      setText(sentence, ...[key].flat());
      return sentence;
    }));
  }
}
