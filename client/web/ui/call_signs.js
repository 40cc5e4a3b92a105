// Hands and reactions of a call: the menu by which one gives them, the tiles on which they are seen, and the words for who sees none.

import { setButton } from './buttons.js';
import { text } from '../i18n.js';
import { Menu } from './menu.js';
import { isolated, shownName } from './name.js';
import { reactionKey, signs } from './reactions.js';

export class CallSigns {
  /** @param {import('../call.js').Call} call @param {import('./stage.js').Stage} stage @param {(words: string) => void} announce */
  constructor(call, stage, announce) {
    this.call = call;
    this.stage = stage;
    this.announce = announce;
    this.menu = new Menu(document.getElementById('signs-menu'));
    this.hands = new Set(); // ids of the others whose hand is up
  }

  open(opener) {
    const { call } = this;
    this.menu.open(opener, [
      { label: `✋ ${text(call.hand > 0 ? 'lowerHand' : 'raiseHand')}`, run: () => call.raiseHand(call.hand === 0) },
      ...Object.entries(signs).map(([reaction, sign]) => ({ label: `${sign} ${text(reactionKey(reaction))}`, run: () => call.react(reaction) })),
    ]);
  }

  #nameOf(id) {
    const name = id === this.call.self ? this.call.name : this.call.participants.get(id)?.name;
    return name === undefined ? null : isolated(shownName(name) || text('nameless'));
  }

  show({ from, reaction }) {
    const name = this.#nameOf(from);
    if (name === null || !signs[reaction]) return;
    this.stage.showSign(from, signs[reaction]);
    if (from !== this.call.self) this.announce(text('reacted', { name, reaction: text(reactionKey(reaction)) }));
  }

  /** Call it when participants have changed. */
  update() {
    setButton('signs', this.call.hand > 0, 'signs');
    const up = new Set([...this.call.participants.values()].filter(({ hand }) => hand).map(({ id }) => id));
    for (const id of up) if (!this.hands.has(id)) this.announce(text('raisedHand', { name: this.#nameOf(id) }));
    this.hands = up;
  }

  close() {
    this.menu.close();
  }
}
