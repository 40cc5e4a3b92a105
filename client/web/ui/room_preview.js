// Before the call: the participants that are in the room already, as far as the server tells those that may join.

import { isRoom } from '../call_options.js';
import { text } from '../i18n.js';
import { isolated, nameWords } from './name.js';

const WAIT = 400; // after the last letter of the room's name
const NAMES_SHOWN = 4;
const toldBy = { refusedLocked: 'roomIsLocked', refusedEncrypted: 'roomNeedsKey' }; // by the reason why one is not in a call any more

/**
 * In words. Pure.
 * @param {{participants: number, names: string[], locked: boolean, waiting_room: boolean, encrypted: boolean,
 *   recording: string}} preview
 * @param {boolean} hasKey of the room, should it be encrypted
 * @param {string} [told] key of a text that is on the page already: what that says is not said again
 */
export function wordsOf({ participants, names, locked, waiting_room: hasWaitingRoom, encrypted, recording }, hasKey, told = '') {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => isolated(nameWords(name)));
  const there = participants === 0 ? text('nobodyThere')
    : shown.length === 0 ? text('manyThere', { n: participants })
      : text(participants > shown.length ? 'someThere' : 'theseThere', { names: shown.join(', '), n: participants - shown.length });
  const facts = [
    ['roomIsLocked', locked], ['roomWaits', hasWaitingRoom && !locked], ['roomIsRecorded', ['starting', 'on'].includes(recording)],
    ['roomIsEncrypted', encrypted && hasKey], ['roomNeedsKey', encrypted && !hasKey],
  ];
  return [there, ...facts.filter(([key, isSo]) => isSo && key !== toldBy[told]).map(([key]) => text(key))].join(' ');
}

export class RoomPreview {
  /**
   * @param {HTMLElement} element for the words
   * @param {(room: string) => string|null} tokenFor the access token for a room
   * @param {(room: string) => boolean} hasKey of that room
   * @param {(room: string, isEncrypted: boolean) => void} onLook with each answer, and before
   */
  constructor(element, tokenFor, hasKey, onLook = () => {}) {
    this.element = element;
    this.tokenFor = tokenFor;
    this.hasKey = hasKey;
    this.onLook = onLook;
    this.timer = null;
    this.asked = '';
  }

  /**
   * @param {string} room '' or another name that is none: nothing is said
   * @param {string} [told] as of wordsOf()
   */
  look(room, told) {
    this.element.hidden = true;
    if (room !== this.asked) this.onLook(room, false);
    this.asked = room;
    clearTimeout(this.timer);
    if (isRoom(room)) this.timer = setTimeout(() => this.#ask(room, told), WAIT);
  }

  /** Null: there is no answer; joining says why. */
  async #read(room) {
    const token = this.tokenFor(room);
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const answer = await fetch(new URL(`api/v1/rooms/${room}/preview`, location.href), { headers }).catch(() => null);
    return answer?.ok ? answer.json() : null;
  }

  /** Whether somebody in the room has made its key already. @param {string} room */
  async isEncrypted(room) {
    const preview = await this.#read(room);
    return preview !== null && preview.participants > 0 && preview.encrypted;
  }

  async #ask(room, told) {
    const preview = await this.#read(room);
    if (!preview || this.asked !== room) return;
    this.onLook(room, preview.encrypted);
    this.element.textContent = wordsOf(preview, this.hasKey(room), told);
    this.element.hidden = false;
  }
}
