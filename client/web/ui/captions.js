// Captions of what is said, over the tiles. The page makes none: an application feeds
// them (`heddle.view.captions.show()`).

import { nameWords } from './name.js';

const LINES = 3; // the latest
const STAY = 6000;
const REST = 30000; // without a word, after which they need no room any more
const WORDS_MAX = 300; // of the end of what somebody says

export class Captions {
  /** @param {HTMLElement} element @param {import('../call.js').Call} call */
  constructor(element, call) {
    this.element = element;
    this.call = call;
    this.lines = new Map(); // by participant: {line, timer}; the latest last
    this.rest = null;
    this.#hide();
  }

  /** @param {string} participant @param {string} words all of the sentence so far; '' takes it away */
  show(participant, words) {
    const name = participant === this.call.self ? this.call.name : this.call.participants.get(participant)?.name;
    if (name === undefined) return;
    this.#take(participant);
    if (!words) return;
    const line = document.createElement('p');
    const who = document.createElement('bdi');
    const what = document.createElement('bdi');
    who.className = 'who';
    who.textContent = nameWords(name);
    what.textContent = words.slice(-WORDS_MAX);
    line.append(who, what);
    this.element.append(line);
    this.lines.set(participant, { line, timer: setTimeout(() => this.#take(participant), STAY) });
    for (const oldest of this.lines.keys()) if (this.lines.size > LINES) this.#take(oldest);
    this.#keepRoom();
  }

  /** Neither a screen above nor a notice below jumps with each sentence: their box only grows, until nobody speaks. */
  #keepRoom() {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.#hide(), REST);
    this.element.hidden = false;
    this.element.style.minHeight = `${this.element.getBoundingClientRect().height}px`;
  }

  #hide() {
    this.element.hidden = true;
    this.element.style.minHeight = '';
    this.element.replaceChildren();
  }

  #take(participant) {
    const known = this.lines.get(participant);
    if (!known) return;
    clearTimeout(known.timer);
    known.line.remove();
    this.lines.delete(participant);
  }

  close() {
    for (const participant of [...this.lines.keys()]) this.#take(participant);
    clearTimeout(this.rest);
    this.#hide();
  }
}
