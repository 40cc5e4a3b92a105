// The join form: name, room, camera and microphone with a preview.

import { text } from '../i18n.js';
import { listDevices, openCanvas, openDevices, stopStream } from '../media.js';

const ROOM_FORM = /^[A-Za-z0-9._-]{1,64}$/;
const byId = (id) => document.getElementById(id);

export class Lobby {
  /** @param {(choice: {name: string, room: string, stream: MediaStream}) => void} onJoin */
  constructor(parameters, onJoin) {
    this.onJoin = onJoin;
    this.isCanvas = parameters.get('source') === 'canvas';
    const [width, height] = (parameters.get('size') ?? '640x360').split('x').map(Number);
    this.canvasSize = { width, height };
    this.isWithout = parameters.get('source') === 'none';
    this.stream = null;
    this.form = byId('join-form');
    byId('name').value = parameters.get('name') ?? localStorage.getItem('name') ?? '';
    byId('room').value = parameters.get('room') ?? '';
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.submit();
    };
    byId('camera').onchange = () => this.preview();
    byId('microphone').onchange = () => this.preview();
  }

  async show() {
    byId('lobby').hidden = false;
    await this.preview();
    byId(byId('name').value ? 'join' : 'name').focus();
  }

  notice(message) {
    byId('notice').textContent = message;
    byId('notice').hidden = !message;
  }

  /** Opens what is chosen; without devices or permission one can still join. */
  async preview() {
    stopStream(this.stream);
    this.stream = new MediaStream();
    this.notice('');
    try {
      if (this.isCanvas) this.stream = openCanvas({ label: byId('name').value, ...this.canvasSize });
      else if (!this.isWithout) this.stream = await this.#open();
    } catch (error) {
      this.notice(text(error.name === 'NotAllowedError' ? 'noPermission' : 'noDevices'));
    }
    byId('preview').srcObject = this.stream.getVideoTracks().length > 0 ? this.stream : null; // an empty one holds up `load`
    await this.#fillChoices();
  }

  async #open() {
    const choice = (id) => (byId(id).value === 'none' ? false : byId(id).value);
    const wanted = { video: choice('camera'), audio: choice('microphone') };
    if (wanted.video === false && wanted.audio === false) return new MediaStream();
    try {
      return await openDevices(wanted);
    } catch (error) {
      if (error.name !== 'NotFoundError' || wanted.video === false || wanted.audio === false) throw error;
      return openDevices({ ...wanted, video: false }).catch(() => openDevices({ ...wanted, audio: false }));
    }
  }

  async #fillChoices() {
    const devices = await listDevices();
    for (const [id, kind] of [['camera', 'videoinput'], ['microphone', 'audioinput']]) {
      const chosen = byId(id).value;
      const option = (value, label) => Object.assign(document.createElement('option'), { value, textContent: label });
      const found = devices.filter((device) => device.kind === kind && device.deviceId);
      byId(id).replaceChildren(option('', text('any')), ...found.map(({ deviceId, label }) => option(deviceId, label || deviceId.slice(0, 8))), option('none', text('none')));
      byId(id).value = [...byId(id).options].some(({ value }) => value === chosen) ? chosen : '';
    }
  }

  submit() {
    const name = byId('name').value.trim();
    const room = byId('room').value.trim();
    if (!name || name.length > 64) {
      this.notice(text('badName'));
      byId('name').focus();
    } else if (!ROOM_FORM.test(room)) {
      this.notice(text('badRoom'));
      byId('room').focus();
    } else {
      localStorage.setItem('name', name);
      byId('lobby').hidden = true;
      this.onJoin({ name, room, stream: this.stream });
    }
  }
}
