// A menu that opens at a button: the browser closes it by Escape or a press elsewhere
// (popover), and the focus goes back.

const GAP = 6; // pixels between the button and its menu, and around it

export class Menu {
  /** @param {HTMLElement} element with the attribute popover */
  constructor(element) {
    this.element = element;
    this.opener = null;
    this.place = () => (this.opener.offsetParent ? this.#place() : this.close()); // anew when a phone is turned, which may take the opener away
    element.ontoggle = ({ newState }) => newState === 'closed' && removeEventListener('resize', this.place);
  }

  /**
   * @param {HTMLElement} opener
   * @param {({group: string}|{label: string, run: () => void, isDanger?: boolean, news?: string,
   *   isChosen?: boolean})[]} items
   *   group: words above some that belong together; news: how much is new there; isChosen: of some of which one is
   */
  open(opener, items) {
    this.element.replaceChildren(...items.map(({ group, label, run, isDanger = false, news, isChosen }) => {
      if (group !== undefined) return this.#heading(group);
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.classList.toggle('danger', isDanger);
      button.classList.toggle('unread', news !== undefined);
      if (news !== undefined) button.dataset.count = news;
      if (isChosen !== undefined) button.setAttribute('aria-pressed', String(isChosen));
      button.onclick = () => {
        this.element.hidePopover();
        opener.focus();
        run();
      };
      return button;
    }));
    this.element.showPopover();
    this.opener = opener;
    this.#place();
    addEventListener('resize', this.place);
    this.element.querySelector('button')?.focus();
  }

  #heading(words) {
    return Object.assign(document.createElement('p'), { className: 'quiet', textContent: words });
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
