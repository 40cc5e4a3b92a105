// The first offer to the router, which travels with `join`: it is made while the socket is opened, and what else its
// connection has to say waits until we are in. No DOM.

const SIZE_LIMIT = 24 * 1024; // of a `join` of 32 KiB; a longer one follows when we are in

export class FirstOffer {
  /** @type {(offer: object) => void} */
  #tell;

  constructor() {
    this.connection = null;
    this.offer = null;
    this.isTaken = false; // `join` carries it
    /** @type {object[]} candidates of it */
    this.held = [];
    this.made = new Promise((resolve) => { this.#tell = resolve; });
  }

  /** @param {object} message of the connection */
  hold(message) {
    if (message.type !== 'offer') {
      this.held.push(message);
      return;
    }
    const { generation, sdp, sends, gcm } = message;
    this.offer = { generation, sdp, sends, ...(gcm && { gcm }) };
    this.held = this.held.filter((other) => other.generation === generation);
    this.#tell();
  }

  /** What `join` is to carry; null: nothing. */
  async take() {
    await this.made;
    this.isTaken = JSON.stringify(this.offer).length <= SIZE_LIMIT;
    return this.isTaken ? this.offer : null;
  }
}
