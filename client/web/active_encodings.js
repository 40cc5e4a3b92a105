// Which encodings of a source are sent, as the router asks. A browser takes one change of a sender's parameters at a
// time, and only what was read since the last one: wishes that come meanwhile wait, and of several the newest counts.
// No DOM.

const ATTEMPTS = 3; // a negotiation may come between reading and writing

export class ActiveEncodings {
  /** @type {Map<string, boolean[]>} by source: what is yet to be carried out */
  #wanted = new Map();

  #busy = new Set();

  /** @param {(source: string) => RTCRtpSender | undefined} senderOf @param {(error: unknown) => void} failed */
  constructor(senderOf, failed) {
    this.senderOf = senderOf;
    this.failed = failed;
  }

  /** @param {string} source @param {boolean[]} active by encoding; those that it leaves out are sent */
  async set(source, active) {
    this.#wanted.set(source, active);
    if (this.#busy.has(source)) return;
    this.#busy.add(source);
    while (this.#wanted.has(source)) await this.#apply(source);
    this.#busy.delete(source);
  }

  async #apply(source) {
    let failure = null;
    for (let attempt = 0; attempt < ATTEMPTS && this.#wanted.has(source); attempt += 1) {
      const active = this.#wanted.get(source);
      try {
        await this.#write(this.senderOf(source), active);
        if (this.#wanted.get(source) === active) this.#wanted.delete(source);
        return;
      } catch (error) {
        failure = error;
      }
    }
    this.#wanted.delete(source);
    this.failed(failure);
  }

  async #write(sender, active) {
    if (!sender) return;
    const parameters = sender.getParameters();
    parameters.encodings.forEach((encoding, index) => { encoding.active = active[index] ?? true; });
    await sender.setParameters(parameters);
  }
}
