// The join form: name, room, camera and microphone with a preview.

import { setText } from '../i18n.js';
import { listDevices, openCanvas, openDevices, stopStream } from '../media.js';
import { recall, remember } from './saved.js';

const DEVICE_ERRORS = { NotAllowedError: 'noPermission', NotReadableError: 'busyDevices' };
const WAIT_UNTOLD = 1000; // until "waiting for permission" is shown; devices that are allowed open faster
const ROOM_FORM = /^[A-Za-z0-9._-]{1,64}$/;
const byId = (id) => document.getElementById(id);
const hasWebRtc = () => globalThis.RTCPeerConnection !== undefined;

/** Whether the browser is told never to give this. @param {'camera'|'microphone'} name */
async function isDenied(name) {
  const permission = await navigator.permissions?.query({ name }).catch(() => null); // not every browser knows these names
  return permission?.state === 'denied';
}

/** Why nothing could be opened. @returns {string} key of a text */
function problemOf(error) {
  if (globalThis.isSecureContext === false) return 'insecure';
  return DEVICE_ERRORS[error.name] ?? 'noDevices';
}

/** Joining without a click: never with a camera or a microphone, since any site can lead people to such an address. */
export function joinsAtOnce(parameters) {
  return parameters.get('autojoin') === '1' && ['canvas', 'none'].includes(parameters.get('source'));
}

export class Lobby {
  /** @param {(choice: {name: string, room: string, stream: MediaStream}) => void} onJoin */
  constructor(parameters, onJoin) {
    this.onJoin = onJoin;
    this.isCanvas = parameters.get('source') === 'canvas';
    const [width, height] = (parameters.get('size') ?? '640x360').split('x').map(Number);
    this.canvasSize = { width, height };
    this.isWithout = parameters.get('source') === 'none';
    this.stream = null; // until it is known what can be opened
    this.opening = null; // the newest preview()
    this.opened = () => {}; // called when it has ended
    this.timer = null;
    this.form = byId('join-form');
    byId('name').value = parameters.get('name') ?? recall('name') ?? '';
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
    this.#fillChoices(); // "None" is a way out while the browser still asks
    await this.preview();
    byId(byId('name').value ? 'join' : 'name').focus();
  }

  /** After a call: with its devices closed, until somebody joins or chooses others. @param {string} key of the text why */
  showAgain(key, values) {
    byId('lobby').hidden = false;
    this.#fillChoices();
    this.notice(key, values);
    byId('join').focus();
  }

  /** @param {string} [key] of a text; without it there is nothing to say */
  notice(key, values) {
    byId('notice').hidden = !key;
    if (key) setText(byId('notice'), key, values);
  }

  /** Opens what is chosen; without devices or permission one can still join. Of several at once the last one counts. */
  preview() {
    stopStream(this.stream);
    this.stream = null;
    this.notice();
    const opening = this.#open().catch((error) => ({ stream: new MediaStream(), problem: problemOf(error) }))
      .then((opened) => this.#opened(opening, opened));
    this.opening = opening;
    this.#tellWaiting();
    return opening;
  }

  #tellWaiting() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.notice('waiting'), WAIT_UNTOLD);
  }

  async #opened(opening, { stream, problem }) {
    if (this.opening !== opening) {
      stopStream(stream);
      return;
    }
    this.stream = stream;
    clearTimeout(this.timer);
    if (!hasWebRtc()) this.notice('noWebRtc');
    else if (problem || byId('notice').dataset.text === 'waiting') this.notice(problem);
    this.opened();
    byId('preview').srcObject = stream.getVideoTracks().length > 0 ? stream : null; // an empty stream would delay the page's `load`
    await this.#fillChoices();
  }

  /** @returns {Promise<{stream: MediaStream, problem?: string}>} `problem`: key of a text */
  async #open() {
    if (this.isCanvas) return { stream: openCanvas({ label: byId('name').value, ...this.canvasSize }) };
    if (this.isWithout) return { stream: new MediaStream() };
    const choice = (id) => (byId(id).value === 'none' ? false : byId(id).value);
    const wanted = { video: choice('camera'), audio: choice('microphone') };
    if (wanted.video === false && wanted.audio === false) return { stream: new MediaStream() };
    try {
      return { stream: await openDevices(wanted) };
    } catch (error) { // when only the camera is in use or not allowed, the microphone still opens
      if (wanted.video === false || wanted.audio === false) throw error;
      if (error.name === 'NotAllowedError') return this.#openAllowed(wanted, error);
      const stream = await openDevices({ ...wanted, video: false }).catch(() => openDevices({ ...wanted, audio: false })).catch(() => { throw error; });
      return { stream, problem: error.name === 'NotFoundError' ? undefined : 'oneDevice' };
    }
  }

  /** Opens the device that the browser's settings still allow. A person who has just said no is not asked again. */
  async #openAllowed(wanted, error) {
    const [video, audio] = await Promise.all([isDenied('camera'), isDenied('microphone')]);
    if (video === audio) throw error;
    const stream = await openDevices(video ? { ...wanted, video: false } : { ...wanted, audio: false });
    return { stream, problem: video ? 'noCameraPermission' : 'noMicrophonePermission' };
  }

  async #fillChoices() {
    const devices = await listDevices().catch(() => []); // the default one can still be chosen
    for (const [id, kind] of [['camera', 'videoinput'], ['microphone', 'audioinput']]) {
      const chosen = byId(id).value;
      const option = (value, label) => Object.assign(document.createElement('option'), { value, textContent: label });
      const word = (value, key) => {
        const element = option(value, '');
        setText(element, key);
        return element;
      };
      const found = devices.filter((device) => device.kind === kind && device.deviceId);
      byId(id).replaceChildren(word('', 'any'), ...found.map(({ deviceId, label }) => option(deviceId, label || deviceId.slice(0, 8))), word('none', 'none'));
      byId(id).value = [...byId(id).options].some(({ value }) => value === chosen) ? chosen : '';
    }
  }

  /**
   * Joins; while the browser still asks for the devices, as soon as that is answered. When they cannot be opened, the person is
   * told so first, and the next press joins.
   */
  async submit() {
    if (byId('join').disabled || !this.#isComplete()) return;
    if (!this.stream) {
      byId('join').disabled = true;
      await this.#whenOpened();
      byId('join').disabled = false;
      if (!byId('notice').hidden) return;
    }
    const { stream } = this;
    this.stream = null;
    this.opening = null;
    byId('preview').srcObject = null;
    byId('lobby').hidden = true;
    remember('name', this.name);
    this.onJoin({ name: this.name, room: this.room, stream });
  }

  /** Waits until the devices chosen last are open. For those chosen before, the browser may never answer. */
  async #whenOpened() {
    if (!this.opening) this.preview();
    this.#tellWaiting();
    while (!this.stream) await new Promise((resolve) => { this.opened = resolve; });
  }

  get name() {
    return byId('name').value.trim();
  }

  get room() {
    return byId('room').value.trim();
  }

  #isComplete() {
    if (!hasWebRtc()) {
      this.notice('noWebRtc');
      return false;
    }
    const wrong = !this.name || [...this.name].length > 64 ? 'name' : !ROOM_FORM.test(this.room) ? 'room' : '';
    if (!wrong) return true;
    this.notice(wrong === 'name' ? 'badName' : 'badRoom');
    byId(wrong).focus();
    return false;
  }
}
