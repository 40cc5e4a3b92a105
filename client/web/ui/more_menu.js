// The menu "More": on a small screen it has those buttons of the call for which the bar has no place.

import { Menu } from './menu.js';

const byId = (id) => document.getElementById(id);

/** The button itself, or, where it is in the menu, the one that opens that. @param {string} id */
export const seenButton = (id) => byId(id).offsetParent ? byId(id) : byId('more');

export class MoreMenu {
  constructor() {
    this.menu = new Menu(byId('more-menu'));
  }

  /** @param {string} title of the call */
  open(title) {
    const buttons = [...document.querySelectorAll('.buttons .rare')].filter(({ disabled }) => !disabled);
    this.menu.open(byId('more'), [{ group: title }, ...buttons.map((button) => ({
      label: button.getAttribute('aria-label'), news: button.classList.contains('unread') ? button.dataset.count : undefined,
      isOn: button.hasAttribute('aria-pressed') ? button.getAttribute('aria-pressed') === 'true' : undefined, run: () => button.click(),
    }))]);
  }

  close() {
    this.menu.close();
  }
}
