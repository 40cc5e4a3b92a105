// Whether a call is end-to-end encrypted, as the person chooses it on the prejoin page, and with which key: that of the
// link, one that is typed, or a new one.

import { canEncrypt } from '../encryption.js';
import { keyIn } from './invitation.js';
import { recallInTab, rememberInTab } from './saved.js';

const KEY_BYTES = 16;
const byId = (id) => document.getElementById(id);

/** A key that nobody guesses, in characters that links may have. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

export class EncryptChoice {
  /**
   * By room: who joins another one does not give the first one's key away there, and has it when coming back.
   * @type {Map<string, string>}
   */
  #keys = new Map();
  #typed = ''; // for the room whose key is asked for; it may be wrong, so it is asked for again

  /** @param {string|null} key of the link; after "reload" the tab still has it @param {string} room that it is for */
  constructor(key, room) {
    if (key) this.#keep(room, key);
    else this.#recall(room);
    byId('encrypt').checked = this.#keys.size > 0 && canEncrypt();
    byId('encrypt-row').hidden = !canEncrypt();
    byId('encrypt').onchange = () => this.#explain();
    byId('room-key').oninput = () => this.#take(keyIn(byId('room-key').value));
    this.ask('', false);
    this.#explain();
  }

  /**
   * Asks for the key of an encrypted room, unless it came by the link.
   * @param {string} room @param {boolean} isEncrypted
   */
  ask(room, isEncrypted) {
    const row = byId('room-key-row');
    row.hidden = !isEncrypted || !canEncrypt() || this.#given(room) !== undefined;
    if (!row.hidden) return;
    byId('room-key').value = '';
    this.#typed = '';
  }

  #take(key) {
    this.#typed = key;
    byId('encrypt').checked = key !== '';
    this.#explain();
  }

  /** What is chosen is told where it is. */
  #explain() {
    byId('encrypt-words').hidden = !byId('encrypt').checked;
  }

  #keep(room, key) {
    this.#keys.set(room, key);
    rememberInTab('key', JSON.stringify({ key, room }));
  }

  #recall(room) {
    try {
      const kept = JSON.parse(recallInTab('key'));
      if (room && kept?.room === room) this.#keys.set(room, kept.key);
    } catch { /* of another version, or edited */ }
  }

  /** A link without a room has the key of the one that is joined first. */
  #given(room) {
    return this.#keys.get(room) ?? this.#keys.get('');
  }

  /** @param {string} room */
  hasKey(room) {
    return this.#typed !== '' || this.#given(room) !== undefined;
  }

  /** Whether a room was to be joined with a key, which this browser has no use for. @param {string} room */
  isNeeded(room) {
    return this.hasKey(room) && !canEncrypt();
  }

  /** Whether joining a room makes a new key for it. @param {string} room */
  makesKey(room) {
    return byId('encrypt').checked && !this.hasKey(room);
  }

  /** The key for a room that is joined now; null: without encryption. @param {string} room */
  keyFor(room) {
    if (!byId('encrypt').checked) return null;
    if (this.#typed) return this.#typed;
    const key = this.#given(room) ?? newKey();
    this.#keys.delete('');
    this.#keep(room, key);
    return key;
  }
}
