// Events whose names and details TypeScript knows, and those of a call. No DOM.

/**
 * @typedef {object} CallEvents what is in `detail`, by the event's name
 * @property {import('./protocol.js').Joined} joined
 * @property {undefined} waiting a host has to let us in; `joined` follows
 * @property {undefined} waiting-list for hosts: `waiting`, the participants that wait, changed
 * @property {undefined} participants one came, went or changed
 * @property {{publication: string, track: MediaStreamTrack}} track
 * @property {{publication: string}} track-ended
 * @property {ReturnType<typeof import('./status.js').statusOf>} status
 * @property {string[]} speakers
 * @property {ChatMessage} chat
 * @property {ChatMessage[]} chat-history
 * @property {{from: string, reaction: string}} reaction
 * @property {{source: string, by: string}} muted by a host
 * @property {{source: string, by: string}} unmute-request a host asks
 * @property {{from: string, topic: string, payload: Uint8Array, policy: 'ordered'|'unordered'|'lossy',
 *   isPrivate: boolean}} data
 * @property {undefined} data-ready sendData() takes more
 * @property {{code: string, to: string}} data-refused
 * @property {{from: string}} data-lost messages between us were lost: one of us did not take them for long
 * @property {{participant: string, state: 'decrypted'|'wrong-key'|'failed'}} encryption wrong-key: what it sends cannot
 *   be decrypted; failed, of nobody (''): the worker did not load
 * @property {{topology: 'mesh'|'sfu'|'mcu', pin: string, pinBy: string, reason: string, epoch: number,
 *   layout: 'grid'|'speaker', mix: 'auto'|'on'|'off'}} topology
 * @property {{kind: 'recovery', target: string, cause: string, path: string, ms: number}} recovery
 * @property {{code: string, message: string, by?: string, reason?: string, field?: string, expected?: string}} refused
 *   it is over
 * @property {{text: string}} warning
 */
/** @typedef {{from: string, name: string, text: string, at: number, to?: string}} ChatMessage */

/**
 * An EventTarget, but for its types.
 * @template Events what is in `detail`, by the event's name
 */
export class TypedEventTarget extends EventTarget {
  /**
   * @template {keyof Events} T
   * @overload
   * @param {T} type
   * @param {(event: CustomEvent<Events[T]>) => void} listener
   * @param {boolean|AddEventListenerOptions} [options]
   * @returns {void}
   */
  /**
   * @overload
   * @param {string} type
   * @param {EventListenerOrEventListenerObject|null} listener
   * @param {boolean|AddEventListenerOptions} [options]
   * @returns {void}
   */
  addEventListener(type, listener, options) {
    super.addEventListener(type, listener, options);
  }

  /**
   * @template {keyof Events} T
   * @overload
   * @param {T} type
   * @param {(event: CustomEvent<Events[T]>) => void} listener
   * @param {boolean|EventListenerOptions} [options]
   * @returns {void}
   */
  /**
   * @overload
   * @param {string} type
   * @param {EventListenerOrEventListenerObject|null} listener
   * @param {boolean|EventListenerOptions} [options]
   * @returns {void}
   */
  removeEventListener(type, listener, options) {
    super.removeEventListener(type, listener, options);
  }

  /** @template {keyof Events} T @param {T} type @param {Events[T]} [detail] */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
