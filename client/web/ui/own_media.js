// What a call sends of the person's devices: each is published when it is there for the first time; from then on
// another track takes its place, and while there is none, the others see it as muted.

import { cameraEncodings, isLive } from '../media.js';

const kinds = { microphone: 'audio', camera: 'video' }; // the voice first: its m-line is there whatever becomes of the others

export class OwnMedia {
  /**
   * @param {import('../call.js').Call} call
   * @param {import('../devices.js').Devices} devices
   * @param {import('../own_effects.js').OwnEffects} effects
   * @param {{codec: string, isSimulcast: boolean}} options of the camera; every browser sends vp8 in simulcast with
   *   temporal layers
   */
  constructor(call, devices, effects, { codec, isSimulcast }) {
    this.call = call;
    this.devices = devices;
    this.effects = effects;
    this.codec = codec;
    this.isSimulcast = isSimulcast;
    this.stream = new MediaStream(); // one for both: receivers keep video and audio of a stream together
    this.sync = () => Object.keys(kinds).forEach((source) => this.#sync(source));
    effects.addEventListener('change', this.sync);
    this.sync();
  }

  /** To send; while an effect is made, what is sent already. */
  #track(source, known) {
    if (!this.effects.isPending(source)) return this.effects.track(source);
    return known && isLive(known.track) ? known.track : null;
  }

  #sync(source) {
    const { track: ofDevice, isOn, opening } = this.devices.state[source];
    if (opening) return;
    const known = this.call.sources.get(source);
    const track = this.#track(source, known);
    const muted = !track || !isOn;
    if (!known && track) this.call.publish({ source, kind: kinds[source], track, stream: this.stream, muted, ...(source === 'camera' ? this.#cameraOptions(ofDevice) : {}) });
    if (known && track && track !== known.track) this.call.replaceTrack(source, track);
    if (known && known.muted !== muted) this.call.setMuted(source, muted);
  }

  #cameraOptions(track) {
    return { codec: this.codec, encodings: this.isSimulcast ? cameraEncodings(track, this.codec) : undefined };
  }

  close() {
    this.effects.removeEventListener('change', this.sync);
  }
}
