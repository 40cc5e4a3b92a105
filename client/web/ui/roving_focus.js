// Many buttons that are one stop of the Tab key: arrow keys lead from one to another. Else who comes by keyboard would
// pass a button of each tile before those of the call.

import { movedBy } from './menu.js';

const KEYS = { ArrowLeft: 'ArrowUp', ArrowUp: 'ArrowUp', ArrowRight: 'ArrowDown', ArrowDown: 'ArrowDown', Home: 'Home', End: 'End' };

export class RovingFocus {
  /** @param {HTMLElement} element @param {string} selector of the buttons in it */
  constructor(element, selector) {
    this.element = element;
    this.selector = selector;
    this.current = null; // what the Tab key leads to
    element.onkeydown = (event) => this.#key(event);
  }

  get #buttons() {
    return [...this.element.querySelectorAll(this.selector)];
  }

  /** Call it when there are other buttons, or in another order. */
  update() {
    const buttons = this.#buttons;
    const { activeElement } = document;
    this.current = [activeElement, this.current].find((one) => buttons.includes(one)) ?? buttons[0];
    for (const button of buttons) button.tabIndex = button === this.current ? 0 : -1;
  }

  /** Beyond the first and the last one an arrow means what it means elsewhere: another page. */
  #key(event) {
    const buttons = this.#buttons;
    const at = buttons.indexOf(document.activeElement);
    const next = at < 0 ? undefined : movedBy(KEYS[event.key], at, buttons.length);
    const wraps = (KEYS[event.key] === 'ArrowDown' && next < at) || (KEYS[event.key] === 'ArrowUp' && next > at);
    if (next === undefined || wraps || buttons.length === 1) return;
    event.preventDefault();
    buttons[next].focus();
    this.update();
  }
}
