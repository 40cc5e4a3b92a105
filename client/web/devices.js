// One person's camera and microphone: which are chosen, what is open, and why something is not. Each fails by itself: a
// camera that is in use or not allowed never costs the microphone, and what failed can be opened later. `state` is one
// plain object; the page draws it and the call sends its tracks. No DOM.
//
// Camera off stops the capture, so that its light goes out; a muted microphone stays
// open, so that the first word is not lost.

/** @typedef {'camera'|'microphone'} DeviceSource */
/**
 * @typedef {''|'denied'|'busy'|'missing'|'insecure'|'ended'} Problem ended: it was unplugged, or not allowed any more
 */
/**
 * @typedef {{id: string, isOn: boolean, opening: number, track: MediaStreamTrack|null, problem: Problem}} Device
 *   id: of the chosen one, '' for any, 'none' for none; isOn: the person has chosen to be seen or heard; opening: the
 *   number of the request that the browser has not answered, or 0
 */

export const SOURCES = Object.freeze(['camera', 'microphone']);
export const NONE = 'none';

const problems = { NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'missing', OverconstrainedError: 'missing' };
const isGone = (error) => problems[error.name] === 'missing';

/** @param {Error} error of getUserMedia @returns {Problem} */
function problemOf(error) {
  if (globalThis.isSecureContext === false) return 'insecure';
  return problems[error.name] ?? 'busy';
}

/** Neither open nor being opened. */
const unopened = (device) => ({ ...device, opening: 0, track: null });

/** Events: `change` (detail: {source}), when `state` is another one. */
export class Devices extends EventTarget {
  /**
   * @param {(requested: {audio: string|false, video: string|false}) => Promise<MediaStream>} openStream as
   *   `openDevices` of media.js
   * @param {(source: DeviceSource) => Promise<boolean>} isDenied whether the browser is told never to give it
   */
  constructor(openStream, isDenied) {
    super();
    this.openStream = openStream;
    this.isDenied = isDenied;
    this.requests = 0;
    const device = Object.freeze({ id: '', isOn: true, opening: 0, track: null, problem: '' });
    /** @type {{camera: Device, microphone: Device, loudspeaker: string}} loudspeaker: its id, '' for the default one */
    this.state = { camera: device, microphone: device, loudspeaker: '' };
  }

  #set(source, change) {
    this.state = { ...this.state, [source]: { ...this.state[source], ...change } };
    this.dispatchEvent(new CustomEvent('change', { detail: { source } }));
  }

  #stop(source) {
    const { track } = this.state[source];
    if (track) track.onended = null;
    track?.stop();
    this.#set(source, unopened(this.state[source]));
  }

  /** What the person has chosen, and what is not there. A microphone is open while it is muted. */
  #isDue(source) {
    const { id, isOn, track, opening } = this.state[source];
    return id !== NONE && !track && !opening && (isOn || source === 'microphone');
  }

  /** Another device, or none. @param {DeviceSource} source @param {string} id */
  choose(source, id) {
    const wasNone = this.state[source].id === NONE;
    this.#stop(source);
    this.#set(source, { id, problem: '', isOn: id !== NONE && (wasNone || this.state[source].isOn) });
    const asked = SOURCES.filter((other) => this.state[other].opening); // an unanswered request may be for both
    for (const other of asked) this.#set(other, { opening: 0 });
    return this.open([source, ...asked]);
  }

  /** What was chosen in an earlier call. Nothing is opened. @param {import('./ui/saved.js').SavedDevices} saved */
  prefer({ camera, microphone, loudspeaker }) {
    this.#set('camera', camera);
    this.#set('microphone', microphone);
    this.chooseLoudspeaker(loudspeaker);
  }

  /** @param {string} id '' for the default one */
  chooseLoudspeaker(id) {
    this.state = { ...this.state, loudspeaker: id };
    this.dispatchEvent(new CustomEvent('change', { detail: { source: 'loudspeaker' } }));
  }

  /** To be seen or heard, or not. What is not open yet, or failed before, is opened. @param {DeviceSource} source */
  async turn(source, isOn) {
    const { id, track } = this.state[source];
    if (source === 'camera' && !isOn) this.#stop(source);
    if (source === 'microphone' && track) track.enabled = isOn;
    this.#set(source, { isOn, problem: '', id: isOn && id === NONE ? '' : id });
    if (isOn) await this.open([source]);
  }

  /**
   * Opens what is requested and not there: at once, so that the browser asks once; and by themselves when that fails.
   * @param {readonly DeviceSource[]} [among] whose turn it is: who is to be heard does not want to be seen as well
   */
  async open(among = SOURCES) {
    const sources = among.filter((source) => this.#isDue(source));
    if (sources.length === 0) return;
    this.requests += 1;
    const request = this.requests;
    for (const source of sources) this.#set(source, { opening: request, problem: '' });
    await this.#openAll(sources, request);
  }

  async #openAll(sources, request, isAny = false) {
    const error = await this.#ask(sources, request, isAny);
    if (!error) return;
    const isAlone = sources.length === 1;
    if (isAlone && !isAny && isGone(error) && this.state[sources[0]].id !== '') { // what was chosen once is not plugged in
      await this.#openAll(sources, request, true);
      return;
    }
    const again = isAlone ? [] : problemOf(error) === 'denied' ? await this.#allowedOf(sources) : sources;
    await Promise.all(sources.map((source) => (again.includes(source) ? this.#openAll([source], request) : this.#fail(source, request, error))));
  }

  /** Of two the one that is still allowed. A person who has just said no to both is not asked again. */
  async #allowedOf(sources) {
    const denied = await Promise.all(sources.map((source) => this.isDenied(source)));
    return denied[0] === denied[1] ? [] : sources.filter((source, index) => !denied[index]);
  }

  #fail(source, request, error) {
    if (this.state[source].opening === request) this.#set(source, { ...unopened(this.state[source]), problem: problemOf(error) });
  }

  /** @returns {Promise<Error|null>} why it was not opened */
  async #ask(sources, request, isAny) {
    const requested = (source) => sources.includes(source) && (isAny ? '' : this.state[source].id);
    let stream;
    try {
      stream = await this.openStream({ video: requested('camera'), audio: requested('microphone') });
    } catch (error) {
      return error;
    }
    for (const track of stream.getTracks()) this.#opened(track.kind === 'video' ? 'camera' : 'microphone', track, request);
    for (const source of sources) this.#fail(source, request, { name: 'NotFoundError' }); // what was asked for and did not come
    return null;
  }

  /** The person may have chosen something else meanwhile. */
  #opened(source, track, request) {
    if (this.state[source].opening !== request) {
      track.stop();
      return;
    }
    track.enabled = this.state[source].isOn;
    track.onended = () => this.#ended(source, track);
    this.#set(source, { opening: 0, track });
  }

  /**
   * It was unplugged, or is not allowed any more. It does not come back by itself: who is
   * told that it is off relies on that.
   */
  #ended(source, track) {
    if (this.state[source].track === track) this.#set(source, { ...unopened(this.state[source]), isOn: false, problem: 'ended' });
  }

  /** The browser has not answered yet. */
  get isAsking() {
    return SOURCES.some((source) => this.state[source].opening);
  }

  /** Something that the person has chosen is neither open nor known to fail. */
  get isWaiting() {
    return this.isAsking || SOURCES.some((source) => this.#isDue(source) && !this.state[source].problem);
  }

  /** Waits until the browser has answered for all that is requested now. */
  async settled() {
    while (this.isAsking)
      await new Promise((resolve) => { this.addEventListener('change', resolve, { once: true }); });
  }

  /** Stops everything; what is chosen stays. */
  close() {
    for (const source of SOURCES) {
      this.#stop(source);
      this.#set(source, { problem: '' });
    }
  }
}
