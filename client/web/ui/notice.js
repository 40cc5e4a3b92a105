// Words over the tiles of a call that stay until they do not hold any more or are put away.

import { setText, text } from '../i18n.js';

export class CallNotice {
  /** @param {HTMLElement} element with a place for words and a button inside @param {(words: string) => void} announce */
  constructor(element, announce) {
    this.element = element;
    this.announce = announce;
    this.words = element.querySelector('p');
    this.said = new Map(); // keys of texts, by what they are about
    element.querySelector('button').onclick = () => { element.hidden = true; };
    element.hidden = true;
  }

  /**
   * The same words are shown once: who put them away has read them.
   * @param {string} about @param {(string|[string, object])[]} keys of texts, or such with their values
   */
  show(about, keys) {
    const before = this.said.get(about) ?? [];
    if (JSON.stringify(keys) === JSON.stringify(before)) return;
    this.said.set(about, keys);
    const all = [...this.said.values()].flat();
    if (keys.length > 0 || all.length === 0) this.element.hidden = all.length === 0;
    this.words.replaceChildren(...all.map((key) => {
      const sentence = document.createElement('span');
      setText(sentence, ...[key].flat());
      return sentence;
    }));
    if (keys.length > 0) this.announce(keys.map((key) => text(...[key].flat())).join(' '));
  }
}
