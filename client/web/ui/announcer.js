// What a screen reader says beside what it reads: who comes and goes, and words that appear elsewhere on the page.

import { text } from '../i18n.js';
import { nameWords } from './name.js';

const LINES_MAX = 5;
const NAMES_MAX = 3; // more at once are counted

export class Announcer {
  /** @param {HTMLElement} element an aria-live region, seen by nobody */
  constructor(element) {
    this.element = element;
    element.replaceChildren();
  }

  say(words) {
    const line = document.createElement('p');
    line.textContent = words;
    this.element.append(line);
    while (this.element.children.length > LINES_MAX) this.element.children[0].remove();
  }
}

/**
 * Who came and who left, in words. Pure.
 * @param {Map<string, string>} before names by participant id @param {Map<string, string>} after
 * @returns {string[]} sentences
 */
export function comingsAndGoings(before, after) {
  const sentences = (from, other, one, many) => {
    const names = [...from].filter(([id]) => !other.has(id)).map(([, name]) => nameWords(name));
    return names.length > NAMES_MAX ? [text(many, { n: names.length })] : names.map((name) => text(one, { name }));
  };
  return [...sentences(after, before, 'came', 'manyCame'), ...sentences(before, after, 'went', 'manyWent')];
}
