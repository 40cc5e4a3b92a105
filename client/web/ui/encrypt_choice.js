// Whether a call is end-to-end encrypted, as the person chooses it on the prejoin page, and with which key: that of the
// link, or a new one.

import { canEncrypt } from '../encryption.js';
import { recallInTab, rememberInTab } from './saved.js';

const KEY_BYTES = 16;
const byId = (id) => document.getElementById(id);

/** A key that nobody guesses, in characters that links may have. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

export class EncryptChoice {
  /** @param {string|null} key of the link; after "reload" the tab still has it @param {string} room that it is for */
  constructor(key, room) {
    if (key) rememberInTab('key', JSON.stringify({ key, room }));
    this.given = key ?? this.#kept(room);
    this.isNeeded = Boolean(this.given) && !canEncrypt();
    byId('encrypt').checked = Boolean(this.given);
    byId('encrypt-row').hidden = !canEncrypt();
  }

  #kept(room) {
    try {
      const kept = JSON.parse(recallInTab('key'));
      return room && kept?.room === room ? kept.key : null;
    } catch {
      return null;
    }
  }

  /** The key for a room that is joined now; null: without encryption. @param {string} room */
  keyFor(room) {
    if (!byId('encrypt').checked) return null;
    this.given ??= newKey();
    rememberInTab('key', JSON.stringify({ key: this.given, room }));
    return this.given;
  }
}
