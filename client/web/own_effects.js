// What is done to one's own sound and picture before it is sent, when the person wants that: of each device the track
// to send, which is the device's own or one made of it. Making it takes a while: until then what was sent before goes
// on, and a camera that was opened for it is not seen as it is. No DOM.

/** @typedef {import('./devices.js').DeviceSource} DeviceSource */
/** @typedef {{track: MediaStreamTrack, close: () => void}} Effect a track that is made of another until `close()` */
/** @typedef {(track: MediaStreamTrack, onFailed: () => void) => Promise<Effect>} EffectMaker onFailed: later */

/**
 * Events: `change` (detail: {source}), when `track()` or `isPending()` may be another one; `failed` (detail: {source}):
 * the effect is off now, and for a camera the camera, too, since the person did not mean it to be seen as it is.
 */
export class OwnEffects extends EventTarget {
  /** @param {import('./devices.js').Devices} devices @param {Partial<Record<DeviceSource, EffectMaker>>} makers */
  constructor(devices, makers) {
    super();
    this.devices = devices;
    this.makers = makers;
    /** Of each source that has one: what it is made of, and the effect; null while it is made. */
    this.running = new Map();
    this.wanted = new Set();
    devices.addEventListener('change', ({ detail: { source } }) => this.#follow(source));
  }

  /** @param {DeviceSource} source */
  isOn(source) {
    return this.wanted.has(source);
  }

  /** @param {DeviceSource} source @param {boolean} isOn */
  turn(source, isOn) {
    if (isOn) this.wanted.add(source);
    else this.wanted.delete(source);
    this.#follow(source);
  }

  /** The effect is being made: what is sent stays as it is. @param {DeviceSource} source */
  isPending(source) {
    return this.running.get(source)?.effect === null;
  }

  /** @param {DeviceSource} source @returns {MediaStreamTrack|null} to send; while pending: what there is without it */
  track(source) {
    return this.running.get(source)?.effect?.track ?? this.devices.state[source]?.track ?? null;
  }

  #follow(source) {
    const make = this.makers[source];
    const track = (make && this.isOn(source) && this.devices.state[source].track) || null;
    const before = this.running.get(source);
    if (track !== (before?.track ?? null)) {
      this.running.delete(source);
      before?.effect?.close();
      if (track) this.#start(source, track, make);
    }
    this.#tell('change', source);
  }

  async #start(source, track, make) {
    const run = { track, effect: null };
    this.running.set(source, run);
    const isCurrent = () => this.running.get(source) === run;
    const fail = () => isCurrent() && this.#fail(source);
    try {
      const effect = await make(track, fail);
      if (!isCurrent()) {
        effect.close();
        return;
      }
      run.effect = effect;
      this.#tell('change', source);
    } catch {
      fail();
    }
  }

  #fail(source) {
    if (source === 'camera') this.devices.turn(source, false);
    this.turn(source, false);
    this.#tell('failed', source);
  }

  #tell(type, source) {
    this.dispatchEvent(new CustomEvent(type, { detail: { source } }));
  }
}
