// The list of participants: who is there, whose hand is up, and what hosts may do to each and to the room.

import { setButton } from './buttons.js';
import { setText, text } from '../i18n.js';
import { Menu } from './menu.js';
import { isolated, nameWords } from './name.js';

const byId = (id) => document.getElementById(id);

/**
 * Raised hands first, in their order; then oneself, then the others as they came.
 * @template {{hand?: number, isSelf?: boolean}} T @param {T[]} people @returns {T[]}
 */
export function inOrder(people) {
  const rank = ({ hand, isSelf }) => (hand ? hand : isSelf ? 1e12 : 1e13);
  return [...people].sort((a, b) => rank(a) - rank(b));
}

/** @param {string} sought what a name has in it, however it is written */
export function matchesSearch(name, sought) {
  const plain = (words) => words.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();
  return plain(name).includes(plain(sought.trim()));
}

export class People {
  /**
   * @param {import('../call.js').Call} call
   * @param {{writeTo: (participant: import('../protocol.js').Participant) => void,
   *   setVolume: (participant: import('../protocol.js').Participant) => void,
   *   tell: (key: string, values: object) => void,
   *   ask: (question: {key: string, values: object, act: string, hurts?: boolean, hasReason?: boolean}) =>
   *   Promise<string|null>}} what
   *   ask: a question to the person, act: what is done then; null: no, else the reason that was given
   */
  constructor(call, { writeTo, setVolume, tell, ask }) {
    this.call = call;
    this.writeTo = writeTo;
    this.setVolume = setVolume;
    this.tell = tell;
    this.ask = ask;
    this.panel = byId('people');
    this.panel.hidden = true;
    this.menu = new Menu(byId('person-menu'));
    this.rows = new Map(); // by participant id
    byId('people-search').value = '';
    byId('people-search').oninput = () => this.update();
    byId('mute-all').onclick = () => call.muteParticipant('microphone');
    byId('lock-room').onclick = () => call.lockRoom(!call.isLocked);
    byId('end-room').onclick = () => this.#endRoom();
    byId('people-list').replaceChildren();
  }

  /** @returns {boolean} whether the panel is open now */
  toggle() {
    this.panel.hidden = !this.panel.hidden;
    this.update();
    if (!this.panel.hidden) byId('people-search').focus();
    return !this.panel.hidden;
  }

  close() {
    this.menu.close();
    this.panel.hidden = true;
    byId('people-list').replaceChildren();
  }

  #everybody() {
    const { call } = this;
    const own = { id: call.self, name: call.name, isSelf: true, host: call.isHost, hand: call.hand, publications: [...call.sources.values()].map(({ source, muted }) => ({ source, muted })) };
    return inOrder([own, ...call.participants.values()]);
  }

  update() {
    if (this.panel.hidden) return;
    const sought = byId('people-search').value;
    byId('host-acts').hidden = !this.call.isHost;
    setButton('lock-room', this.call.isLocked, 'lockRoom');
    const shown = this.#everybody().filter(({ name }) => matchesSearch(name, sought));
    const rows = shown.map((person) => this.#row(person));
    const list = byId('people-list');
    if (rows.length !== list.children.length || rows.some((row, index) => row !== list.children[index])) {
      const focused = document.activeElement;
      list.replaceChildren(...rows); // takes the focus from what is inside
      if (list.contains(focused)) focused.focus();
    }
    for (const id of this.rows.keys()) if (id !== this.call.self && !this.call.participants.has(id)) this.rows.delete(id);
    byId('people-none').hidden = shown.length > 0;
  }

  /** Each person's row stays the same element, so that the focus stays on its button. */
  #row(person) {
    let row = this.rows.get(person.id);
    if (!row) {
      row = document.createElement('li');
      row.append(document.createElement('bdi'), document.createElement('span'));
      if (!person.isSelf) row.append(this.#menuButton(person.id));
      this.rows.set(person.id, row);
    }
    const [who, notes, button] = row.children;
    const words = this.#notes(person);
    who.textContent = nameWords(person.name);
    if (notes.dataset.words !== words.join('|')) {
      notes.dataset.words = words.join('|');
      notes.className = 'notes';
      notes.replaceChildren(...words.map((word) => Object.assign(document.createElement('span'), { className: 'note', textContent: word })));
    }
    button?.setAttribute('aria-label', text('actsFor', { name: isolated(nameWords(person.name)) }));
    if (button) button.hidden = this.#acts(person).length === 0;
    return row;
  }

  #notes({ isSelf, host, hand, publications, state }) {
    const isOn = (source) => publications.some((one) => one.source === source && !one.muted);
    return [
      hand ? `✋ ${text('handUp')}` : '', isSelf ? text('you') : '', host ? text('host') : '',
      isOn('microphone') ? '' : text('muted'), isOn('camera') ? '' : text('noCamera'), state === 'reconnecting' ? text('away') : '',
    ].filter(Boolean);
  }

  #menuButton(id) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'small';
    button.textContent = '⋯';
    button.setAttribute('aria-haspopup', 'true');
    button.onclick = () => {
      const person = this.call.participants.get(id);
      if (person) this.menu.open(button, this.#acts(person));
    };
    return button;
  }

  #acts(person) {
    const { call } = this;
    const { id, publications, hand } = person;
    const acts = call.permissions.chat === false ? [] : [{ label: text('writeTo'), run: () => this.writeTo(person) }];
    if (!call.mixed.shown) acts.push({ label: text('volume'), run: () => this.setVolume(person) }); // a mix has one for all
    if (!call.isHost) return acts;
    for (const [source, mute, ask] of [['microphone', 'muteTheirs', 'askUnmute'], ['camera', 'cameraOffTheirs', 'askCamera'], ['screen', 'endTheirScreen', ''], ['camera-2', 'camera2OffTheirs', ''], ['screen-2', 'endTheirScreen2', '']]) {
      const publication = publications.find((one) => one.source === source);
      if (publication && !publication.muted) acts.push({ label: text(mute), run: () => call.muteParticipant(source, id) });
      else if (publication && ask) acts.push({ label: text(ask), run: () => this.#askUnmute(source, person) });
    }
    if (hand) acts.push({ label: text('lowerTheirs'), run: () => call.raiseHand(false, id) });
    if (person.state !== 'reconnecting') acts.push({ label: text('makeHost'), run: () => this.#makeHost(person) });
    acts.push({ label: text('removeThem'), isDanger: true, run: () => this.#remove(person) });
    return acts;
  }

  #askUnmute(source, { id, name }) {
    this.call.askUnmute(source, id);
    this.tell('askedOf', { name: isolated(nameWords(name)) });
  }

  async #makeHost(person) {
    if (await this.ask({ key: 'makeHostQuestion', values: { name: isolated(nameWords(person.name)) }, act: 'makeHost' }) !== null) this.call.transferHost(person.id);
  }

  async #remove(person) {
    const reason = await this.ask({ key: 'removeQuestion', values: { name: isolated(nameWords(person.name)) }, act: 'removeAct', hurts: true, hasReason: true });
    if (reason !== null) this.call.remove(person.id, reason);
  }

  async #endRoom() {
    if (await this.ask({ key: 'endQuestion', values: {}, act: 'endRoom', hurts: true }) !== null) this.call.endRoom();
  }
}

/** Asks by the page's dialog. @returns {Promise<string|null>} */
export function askPerson({ key, values, act, hurts = false, hasReason = false }) {
  const dialog = byId('host-question');
  setText(byId('host-words'), key, values);
  setText(byId('host-yes'), act); // what is done, not "Yes"
  byId('host-yes').className = hurts ? 'danger' : 'primary';
  byId('host-reason-row').hidden = !hasReason;
  byId('host-reason').value = '';
  dialog.returnValue = '';
  byId('host-cancel').onclick = () => dialog.close(); // no submit button: Enter in the field says yes
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes' ? byId('host-reason').value.trim() : null), { once: true });
  });
}
