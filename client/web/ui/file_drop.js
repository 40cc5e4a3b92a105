// Files that are dragged over the call. One that is dropped where nobody waits for it would replace the page, and end
// the call: so all of the page takes them.

const hasFiles = ({ dataTransfer }) => [...dataTransfer?.types ?? []].includes('Files');

export class FileDrop {
  /**
   * @param {HTMLElement} hint that is shown meanwhile
   * @param {{promise: () => string|null, take: (files: File[]) => void}} what promise: words for what dropping does;
   *   null: nobody may be sent any
   */
  constructor(hint, { promise, take }) {
    this.hint = hint;
    this.listeners = {
      dragover: (event) => {
        event.preventDefault();
        const words = promise();
        event.dataTransfer.dropEffect = words === null ? 'none' : 'copy';
        this.#show(words);
      },
      dragleave: (event) => event.relatedTarget === null && this.#show(null), // out of the window
      drop: (event) => {
        event.preventDefault();
        this.#show(null);
        if (promise() !== null) take([...event.dataTransfer.files]);
      },
    };
    this.guarded = Object.fromEntries(Object.entries(this.listeners).map(([type, listener]) => [type, (event) => hasFiles(event) && listener(event)]));
    for (const [type, listener] of Object.entries(this.guarded)) globalThis.addEventListener(type, listener);
    this.#show(null);
  }

  #show(words) {
    this.hint.hidden = words === null;
    this.hint.textContent = words ?? '';
  }

  close() {
    for (const [type, listener] of Object.entries(this.guarded)) globalThis.removeEventListener(type, listener);
    this.#show(null);
  }
}
