// Files that are dragged over the call. One that is dropped where nobody waits for it would replace the page, and end
// the call: so all of the page takes them.

import { text } from '../i18n.js';

const hasFiles = ({ dataTransfer }) => [...dataTransfer?.types ?? []].includes('Files');

export class FileDrop {
  /**
   * @param {HTMLElement} hint that is shown meanwhile
   * @param {{target: () => string|null, take: (files: File[]) => void}} what target: who could take them; null: nobody
   *   may be sent any
   */
  constructor(hint, { target, take }) {
    this.hint = hint;
    this.listeners = {
      dragover: (event) => {
        event.preventDefault();
        const to = target();
        event.dataTransfer.dropEffect = to === null ? 'none' : 'copy';
        this.#show(to);
      },
      dragleave: (event) => event.relatedTarget === null && this.#show(null), // out of the window
      drop: (event) => {
        event.preventDefault();
        this.#show(null);
        if (target() !== null) take([...event.dataTransfer.files]);
      },
    };
    this.guarded = Object.fromEntries(Object.entries(this.listeners).map(([type, listener]) => [type, (event) => hasFiles(event) && listener(event)]));
    for (const [type, listener] of Object.entries(this.guarded)) globalThis.addEventListener(type, listener);
    this.#show(null);
  }

  #show(to) {
    this.hint.hidden = to === null;
    if (to !== null) this.hint.textContent = text('dropHere', { to });
  }

  close() {
    for (const [type, listener] of Object.entries(this.guarded)) globalThis.removeEventListener(type, listener);
    this.#show(null);
  }
}
