// How much may be done at once and on average. No DOM: workers use it, too.

/** So much at once, and so much a second. */
export class Budget {
  #paidAt = -Infinity; // when it is full again

  constructor({ perSecond, atOnce }) {
    this.cost = 1000 / perSecond; // ms
    this.full = atOnce * this.cost;
  }

  /** @param {number} units @param {number} now ms @returns {boolean} false: that is too much, nothing is taken */
  take(units, now) {
    const paidAt = Math.max(this.#paidAt, now) + units * this.cost;
    if (paidAt > now + this.full) return false;
    this.#paidAt = paidAt;
    return true;
  }
}
