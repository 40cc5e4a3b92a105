// Hands and reactions of a call: the menu for one's own, the tiles that show the others',
// and what screen readers say of them.

import { setButton } from './buttons.js';
import { text } from '../i18n.js';
import { Menu } from './menu.js';
import { isolated, nameWords } from './name.js';
import { reactionKey, emoji } from './reactions.js';

export class HandAndReactions {
  /**
   * @param {import('../call.js').Call} call
   * @param {import('./stage.js').Stage} stage
   * @param {(words: string) => void} announce
   * @param {import('./notice.js').CallNotice} notice tells of hands that are on no tile that is seen
   */
  constructor(call, stage, announce, notice) {
    this.notice = notice;
    this.call = call;
    this.stage = stage;
    this.announce = announce;
    this.menu = new Menu(document.getElementById('reactions-menu'));
    this.hands = new Set(); // ids of the others whose hand is up
  }

  open(opener) {
    const { call } = this;
    this.menu.open(opener, [
      { label: `✋ ${text(call.hand > 0 ? 'lowerHand' : 'raiseHand')}`, run: () => call.raiseHand(call.hand === 0) },
      ...Object.entries(emoji).map(([reaction, character]) => ({ label: `${character} ${text(reactionKey(reaction))}`, run: () => call.react(reaction) })),
    ]);
  }

  #nameOf(id) {
    const name = id === this.call.self ? this.call.name : this.call.participants.get(id)?.name;
    return name === undefined ? null : isolated(nameWords(name));
  }

  show({ from, reaction }) {
    const name = this.#nameOf(from);
    if (name === null || !emoji[reaction]) return;
    this.stage.showReaction(from, emoji[reaction]);
    if (from !== this.call.self) this.announce(text('reacted', { name, reaction: text(reactionKey(reaction)) }));
  }

  /** Call it when participants have changed. */
  update() {
    setButton('reactions', this.call.hand > 0, 'reactions');
    const up = new Set([...this.call.participants.values()].filter(({ hand }) => hand).map(({ id }) => id));
    for (const id of up) if (!this.hands.has(id)) this.#tell(id);
    this.hands = up;
  }

  #tell(id) {
    const values = { name: this.#nameOf(id) };
    if (this.stage.shows(id)) this.announce(text('raisedHand', values));
    else this.notice.flash('hand', [['raisedHand', values]]);
  }

  close() {
    this.menu.close();
  }
}
