// Before the call: the participants that are in the room already, as far as the server tells those that may join.

import { text } from '../i18n.js';
import { isolated, shownName } from './name.js';

const WAIT = 400; // after the last letter of the room's name
const NAMES_SHOWN = 4;

/** In words. Pure. @param {{participants: number, names: string[], locked: boolean, waiting_room: boolean}} preview */
export function wordsOf({ participants, names, locked, waiting_room: hasWaitingRoom }) {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => isolated(shownName(name) || text('nameless')));
  const there = participants === 0 ? text('nobodyThere')
    : shown.length === 0 ? text('manyThere', { n: participants })
      : text(participants > shown.length ? 'someThere' : 'theseThere', { names: shown.join(', '), n: participants - shown.length });
  if (locked) return `${there} ${text('roomIsLocked')}`;
  return hasWaitingRoom ? `${there} ${text('roomWaits')}` : there;
}

export class RoomPreview {
  /**
   * @param {HTMLElement} element for the words
   * @param {(room: string) => string|null} tokenFor the access token for a room
   */
  constructor(element, tokenFor) {
    this.element = element;
    this.tokenFor = tokenFor;
    this.timer = null;
    this.asked = '';
  }

  /** @param {string} room '' or another name that is none: nothing is said */
  look(room) {
    this.element.hidden = true;
    this.asked = room;
    clearTimeout(this.timer);
    if (/^[A-Za-z0-9._-]{1,64}$/.test(room)) this.timer = setTimeout(() => this.#ask(room), WAIT);
  }

  async #ask(room) {
    const token = this.tokenFor(room);
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const answer = await fetch(new URL(`api/v1/rooms/${room}/preview`, location.href), { headers }).catch(() => null);
    if (!answer?.ok) return; // joining says why
    const preview = await answer.json();
    if (this.asked !== room) return;
    this.element.textContent = wordsOf(preview);
    this.element.hidden = false;
  }
}
