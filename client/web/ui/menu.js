// A menu that opens at a button: the browser closes it by Escape or a press elsewhere
// (popover), and the focus goes back. Arrow keys move in it, as its role promises to screen readers.

const GAP = 6; // pixels between the button and its menu, and around it

/**
 * @param {string} key that is pressed @param {number} at which of `count` has the focus, -1 for none
 * @returns {number|undefined} which has it then; undefined: the key moves nothing
 */
export function movedBy(key, at, count) {
  const moves = { ArrowDown: (at + 1) % count, ArrowUp: (Math.max(at, 0) + count - 1) % count, Home: 0, End: count - 1 };
  return count > 0 ? moves[key] : undefined;
}

export class Menu {
  /** @param {HTMLElement} element with the attribute popover */
  constructor(element) {
    this.element = element;
    this.opener = null;
    this.place = () => (this.opener.offsetParent ? this.#place() : this.close()); // anew when a phone is turned, which may take the opener away
    element.setAttribute('role', 'menu');
    element.ontoggle = ({ newState }) => newState === 'closed' && removeEventListener('resize', this.place);
    element.onkeydown = (event) => this.#key(event);
  }

  /**
   * @param {HTMLElement} opener
   * @param {({group: string}|{label: string, run: () => void, isDanger?: boolean, news?: string,
   *   isChosen?: boolean, isOn?: boolean})[]} items
   *   group: words above some that belong together, or that stand alone; news: how much is new there; isChosen: of
   *   some of which one is; isOn: of one that is switched on and off
   */
  open(opener, items) {
    this.opener = opener;
    this.element.setAttribute('aria-label', opener.getAttribute('aria-label') ?? opener.textContent.trim());
    this.element.replaceChildren();
    let parent = this.element;
    for (const [index, { group, ...item }] of items.entries()) {
      if (group === undefined) parent.append(this.#item(item));
      else if (items[index + 1]?.label === undefined) this.element.append(this.#words(group, 'menuitem'));
      else this.element.append(parent = this.#group(group));
    }
    this.element.showPopover();
    this.#place();
    addEventListener('resize', this.place);
    this.element.querySelector('button')?.focus();
  }

  #item({ label, run, isDanger = false, news, isChosen, isOn }) {
    const button = document.createElement('button');
    button.type = 'button';
    button.tabIndex = -1;
    button.textContent = label;
    button.classList.toggle('danger', isDanger);
    button.classList.toggle('unread', news !== undefined);
    if (news !== undefined) button.dataset.count = news;
    button.setAttribute('role', isChosen !== undefined ? 'menuitemradio' : isOn !== undefined ? 'menuitemcheckbox' : 'menuitem');
    if ((isChosen ?? isOn) !== undefined) button.setAttribute('aria-checked', String(isChosen ?? isOn));
    button.onclick = () => {
      this.close();
      this.opener.focus();
      run();
    };
    return button;
  }

  #group(words) {
    const group = document.createElement('div');
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', words);
    const heading = this.#words(words, 'presentation');
    heading.setAttribute('aria-hidden', 'true'); // the group's name says it
    group.append(heading);
    return group;
  }

  /** Words that stand alone are an item that cannot be chosen: a screen reader comes to it by the arrow keys. */
  #words(words, role) {
    const element = Object.assign(document.createElement('p'), { className: 'quiet', textContent: words });
    element.setAttribute('role', role);
    if (role !== 'menuitem') return element;
    element.tabIndex = -1;
    element.setAttribute('aria-disabled', 'true');
    return element;
  }

  #key(event) {
    const { key } = event;
    if (key === 'Tab') { // on from the button
      this.close();
      this.opener.focus();
      return;
    }
    const items = [...this.element.querySelectorAll('[role^="menuitem"]')];
    const next = movedBy(key, items.indexOf(document.activeElement), items.length);
    if (next === undefined) return;
    event.preventDefault(); // nor does anything scroll
    items[next].focus();
  }

  #place() {
    const { left, top, bottom, width } = this.opener.getBoundingClientRect();
    const own = this.element.getBoundingClientRect();
    const x = Math.min(Math.max(GAP, left + width / 2 - own.width / 2), innerWidth - own.width - GAP);
    const below = bottom + GAP;
    const y = below + own.height + GAP <= innerHeight ? below : Math.max(GAP, top - own.height - GAP);
    this.element.style.left = `${x}px`;
    this.element.style.top = `${y}px`;
  }

  close() {
    if (this.element.matches(':popover-open')) this.element.hidePopover();
  }
}
