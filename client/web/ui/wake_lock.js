// Keeps the screen awake during a call, where the browser can: else a phone that is only looked at goes to sleep.

export class WakeLock {
  constructor() {
    this.lock = null;
    this.isClosed = false;
    this.follow = () => this.#request(); // a page that is hidden loses its lock
    document.addEventListener('visibilitychange', this.follow);
    this.#request();
  }

  async #request() {
    if (document.hidden || !navigator.wakeLock) return;
    const lock = await navigator.wakeLock.request('screen').catch(() => null); // null: no power, or not allowed
    if (this.isClosed) lock?.release();
    else this.lock = lock;
  }

  close() {
    this.isClosed = true;
    document.removeEventListener('visibilitychange', this.follow);
    this.lock?.release();
  }
}
