// End-to-end encryption of a call's media: the page's end of the worker that does it (e2ee/worker.js). Everything sent
// is encrypted and nothing else is shown. No DOM.

/** Whether this browser can encrypt frames. */
export const canEncrypt = () => typeof RTCRtpScriptTransform === 'function' && globalThis.crypto?.subtle !== undefined;

/**
 * Events: `state` (detail: {participant, state}): 'decrypted' or 'wrong-key', or, of nobody (''), 'failed': the worker
 * could not be loaded, and nothing is sent or played; `failed` (detail: string): the same, as the browser says it.
 */
export class Encryption extends EventTarget {
  /**
   * @param {{passphrase: string, room: string, worker?: string|URL}} options worker: the address of e2ee/worker.js, if
   *   not beside the page. Throws where the browser cannot encrypt (canEncrypt()): nothing is to be sent in the clear
   *   then
   */
  constructor({ passphrase, room, worker = 'e2ee/worker.js' }) {
    super();
    if (!canEncrypt()) throw new Error('this browser cannot encrypt calls');
    this.worker = new Worker(worker, { type: 'module' });
    this.hasFailed = false;
    this.worker.onmessage = ({ data: { participant, state } }) => {
      this.states.set(participant, state);
      this.#tellState(participant, state);
    };
    /** @type {Map<string, 'decrypted'|'wrong-key'>} of participants of whom something came */
    this.states = new Map();
    this.worker.onerror = ({ message }) => {
      this.hasFailed = true;
      this.#tellState('', 'failed');
      this.dispatchEvent(new CustomEvent('failed', { detail: message ?? '' }));
    };
    this.lines = 0; // receivers so far: each has a number
    /** @type {WeakMap<RTCRtpReceiver, {line: number, participant: string, isCertain: boolean}>} */
    this.receivers = new WeakMap();
    this.#tell({ type: 'start', passphrase, room });
  }

  #tellState(participant, state) {
    this.dispatchEvent(new CustomEvent('state', { detail: { participant, state } }));
  }

  #tell(message) {
    this.worker.postMessage(message);
  }

  setSelf(participant) {
    this.#tell({ type: 'self', participant });
  }

  /** Everybody else in the room. @param {Iterable<string>} ids */
  setOthers(ids) {
    const others = [...ids];
    for (const known of this.states.keys()) if (!others.includes(known)) this.states.delete(known);
    this.#tell({ type: 'others', ids: others });
  }

  /** To be called as soon as there is a transceiver, before anything is negotiated. @param {RTCRtpSender} sender */
  encrypt(sender) {
    sender.transform ??= new RTCRtpScriptTransform(this.worker, { line: null });
  }

  /**
   * @param {RTCRtpReceiver} receiver
   * @param {{participant: string, isCertain: boolean}} expected whose media is to come in. Not certain: on a shared
   *   m-line media may come before, or after, we are told whose; a frame says itself of whom it is
   */
  decrypt(receiver, { participant, isCertain }) {
    const known = this.receivers.get(receiver);
    if (known?.participant === participant && known.isCertain === isCertain) return;
    const line = known?.line ?? (this.lines += 1);
    this.receivers.set(receiver, { line, participant, isCertain });
    this.#tell({ type: 'expect', line, expected: { participant, isCertain } });
    if (!known) receiver.transform = new RTCRtpScriptTransform(this.worker, { line });
  }

  close() {
    this.worker.terminate();
  }
}
