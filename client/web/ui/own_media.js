// What a call sends of the person's devices: each is published when it is there for the first time; from then on
// another track takes its place, and while there is none, the others see it as muted.

import { cameraEncodings } from '../media.js';

const kinds = { microphone: 'audio', camera: 'video' }; // the voice first: its m-line is there whatever becomes of the others

export class OwnMedia {
  /**
   * @param {import('../call.js').Call} call
   * @param {import('../devices.js').Devices} devices
   * @param {{codec: string, isSimulcast: boolean}} options of the camera; every browser sends vp8 in simulcast with
   *   temporal layers
   */
  constructor(call, devices, { codec, isSimulcast }) {
    this.call = call;
    this.devices = devices;
    this.codec = codec;
    this.isSimulcast = isSimulcast;
    this.stream = new MediaStream(); // one for both: receivers keep video and audio of a stream together
    this.sync = () => Object.keys(kinds).forEach((source) => this.#sync(source));
    devices.addEventListener('change', this.sync);
    this.sync();
  }

  #sync(source) {
    const { track, isOn, opening } = this.devices.state[source];
    if (opening) return;
    const known = this.call.sources.get(source);
    const muted = !track || !isOn;
    if (!known && track) this.call.publish({ source, kind: kinds[source], track, stream: this.stream, muted, ...(source === 'camera' ? this.#cameraOptions(track) : {}) });
    if (known && track && track !== known.track) this.call.replaceTrack(source, track);
    if (known && known.muted !== muted) this.call.setMuted(source, muted);
  }

  #cameraOptions(track) {
    return { codec: this.codec, encodings: this.isSimulcast ? cameraEncodings(track, this.codec) : undefined };
  }

  close() {
    this.devices.removeEventListener('change', this.sync);
  }
}
