// The waiting room: what a participant that waits sees instead of the call, and for hosts
// the list of those, with what they may do.

import { setButton, setCount } from './buttons.js';
import { setText, text } from '../i18n.js';
import { isolated, nameWords } from './name.js';

const byId = (id) => document.getElementById(id);
const nameOf = ({ name }) => isolated(nameWords(name));

export class WaitingRoom {
  /**
   * @param {import('../call.js').Call} call
   * @param {import('./notice.js').CallNotice} notice tells hosts that somebody waits
   * @param {{openList: () => void, ring: () => void}} what ring: a sound for a host who looks elsewhere
   */
  constructor(call, notice, { openList, ring }) {
    this.call = call;
    this.notice = notice;
    this.openList = openList;
    this.ring = ring;
    this.count = 0; // of those that wait for us to let them in
    this.rows = new Map(); // by participant id
    byId('waiting-list').replaceChildren();
    byId('waiting-room').onclick = () => call.setWaitingRoom(!call.hasWaitingRoom);
    byId('admit-all').onclick = () => call.admit();
  }

  update() {
    const { call } = this;
    const waiting = call.isHost ? call.waiting : [];
    if (waiting.length > this.count) this.ring();
    this.count = waiting.length;
    byId('call').classList.toggle('waits', call.isWaiting);
    byId('lets-in').hidden = !call.isWaiting;
    setButton('waiting-room', call.hasWaitingRoom, 'waitingRoom');
    byId('waiting').hidden = waiting.length === 0;
    setText(byId('waiting-words'), 'waitingCount', { n: waiting.length });
    for (const id of ['people-toggle', 'more']) setCount(id, waiting.length); // on a small screen the one is in the other's menu
    byId('people-toggle').classList.toggle('unread', waiting.length > 0 && byId('people').hidden);
    const rows = waiting.map((person) => this.#row(person));
    const list = byId('waiting-list');
    if (rows.length !== list.children.length || rows.some((row, index) => row !== list.children[index])) list.replaceChildren(...rows);
    for (const id of this.rows.keys()) if (!waiting.some((person) => person.id === id)) this.rows.delete(id);
    const isOne = waiting.length === 1;
    this.notice.show('waiting', waiting.length > 0 ? [['somebodyWaits', { names: waiting.map(nameOf).join(', ') }]] : [],
      isOne ? { key: 'admit', run: () => call.waiting.slice(0, 1).forEach(({ id }) => call.admit(id)) } : { key: 'people', run: this.openList });
    if (!byId('people').hidden) this.notice.putAway('waiting'); // the list says it
  }

  /** Each person's row stays the same element, so that the focus stays on its buttons. */
  #row(person) {
    let row = this.rows.get(person.id);
    if (!row) {
      row = document.createElement('li');
      const name = document.createElement('bdi');
      name.textContent = nameWords(person.name);
      row.append(name, this.#button('admit', person, () => this.call.admit(person.id)), this.#button('deny', person, () => this.call.deny(person.id)));
      this.rows.set(person.id, row);
    }
    row.children[1].disabled = person.state !== 'active'; // whose socket is away
    return row;
  }

  #button(key, person, run) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'small';
    setText(button, key);
    button.setAttribute('aria-label', text(`${key}Person`, { name: nameOf(person) }));
    button.onclick = run;
    return button;
  }
}
