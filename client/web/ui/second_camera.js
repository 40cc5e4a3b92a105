// A second camera, chosen in a call's settings: of a document or the room, beside oneself. It is sent as it is, without
// effects. "Camera off" turns it off, too: who presses that is not to be seen.

import { setText, text } from '../i18n.js';
import { cameraEncodings, listDevices, stopStream } from '../media.js';

const SOURCE = 'camera-2';
const byId = (id) => document.getElementById(id);

export class SecondCamera {
  /**
   * @param {import('../call.js').Call} call @param {import('../devices.js').Devices} devices
   * @param {{codec: string, isSimulcast: boolean}} options as of the first camera
   * @param {{say: (words: string) => void, notice: import('./notice.js').CallNotice, changed: () => void}} told
   *   changed: there is another own tile, or one less
   */
  constructor(call, devices, { codec, isSimulcast }, told) {
    Object.assign(this, { call, devices, codec, isSimulcast, told });
    this.id = ''; // of the device; '': there is none
    this.stream = null;
    this.isClosed = false;
    this.wasOn = devices.state.camera.isOn;
    this.select = byId('second-camera');
    this.select.onchange = () => this.choose(this.select.value);
    this.follow = () => this.#follow();
    this.plugged = () => this.offer();
    devices.addEventListener('change', this.follow);
    navigator.mediaDevices?.addEventListener('devicechange', this.plugged);
    this.offer();
  }

  /** Shows which cameras can be a second one, if there is any. */
  async offer() {
    const cameras = (await listDevices()).filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId);
    if (this.isClosed) return;
    const { track, id } = this.devices.state.camera;
    const first = track?.getSettings().deviceId ?? id;
    const isFirst = cameras.some(({ deviceId }) => deviceId === first) ? ({ deviceId }) => deviceId === first : (camera) => camera === cameras[0];
    const others = cameras.filter((camera) => camera.deviceId === this.id || !isFirst(camera));
    const option = (value, textContent) => Object.assign(document.createElement('option'), { value, textContent });
    const none = option('', '');
    setText(none, 'none');
    this.select.replaceChildren(none, ...others.map(({ deviceId, label }) => option(deviceId, label || deviceId.slice(0, 8))));
    this.select.value = this.id;
    byId('second-camera-row').hidden = this.call.permissions[SOURCE] !== true || others.length === 0;
  }

  /** @param {string} id of a device; '' for none */
  async choose(id) {
    if (id === this.id) return;
    if (id === '') {
      this.stop();
      return;
    }
    this.id = id;
    stopStream(this.stream); // two at once may be more than their connection carries
    const stream = await this.devices.openStream({ video: id, audio: false }).catch(() => null);
    if (this.isClosed || this.id !== id) stopStream(stream); // the person has chosen something else meanwhile
    else if (stream) this.#show(stream);
    else {
      this.stop();
      this.told.notice.flash('second-camera', ['secondCameraFailed']);
    }
  }

  #show(stream) {
    const [track] = stream.getVideoTracks();
    const isNew = !this.call.sources.has(SOURCE);
    this.stream = stream;
    track.onended = () => this.stop(); // unplugged, or not allowed any more
    const encodings = this.isSimulcast ? cameraEncodings(track, this.codec) : undefined;
    if (isNew) this.call.publish({ source: SOURCE, kind: 'video', track, stream, muted: false, codec: this.codec, encodings });
    else this.call.replaceTrack(SOURCE, track);
    this.told.changed();
    if (isNew) this.told.say(text('secondCameraOn'));
  }

  stop() {
    this.id = '';
    this.select.value = '';
    if (!this.stream) return;
    stopStream(this.stream);
    this.stream = null;
    this.call.unpublish(SOURCE);
    this.told.changed();
    this.told.say(text('secondCameraOff'));
  }

  #follow() {
    const { isOn, problem } = this.devices.state.camera;
    if (this.wasOn && !isOn && !problem) this.stop();
    this.wasOn = isOn;
    if (byId('settings').open) this.offer();
  }

  close() {
    this.isClosed = true;
    this.devices.removeEventListener('change', this.follow);
    navigator.mediaDevices?.removeEventListener('devicechange', this.plugged);
    this.stop();
  }
}
