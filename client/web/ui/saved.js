// What the page remembers between calls. A browser may forbid that (storage blocked, a full disk): then it forgets.

/** @param {string} key @returns {string | null} */
export function recall(key) {
  try {
    return globalThis.localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try {
    globalThis.localStorage.setItem(key, value);
  } catch { /* the call goes on without */ }
}
