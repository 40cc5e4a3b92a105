// The choice of camera, microphone and loudspeaker with a level meter and a test sound: on
// the prejoin page, and in a call's settings.

import { NONE } from '../devices.js';
import { setText, translatePage } from '../i18n.js';
import { listDevices } from '../media.js';
import { LevelMeter } from './level.js';
import { playTestSound } from './test_sound.js';

const kinds = { camera: 'videoinput', microphone: 'audioinput', loudspeaker: 'audiooutput' };

export class DeviceChoices {
  /**
   * @param {HTMLElement} host is filled @param {import('../devices.js').Devices} devices
   * @param {() => void} onChosen the person chose something
   */
  constructor(host, devices, onChosen) {
    this.host = host;
    this.devices = devices;
    host.append(document.getElementById('device-choices').content.cloneNode(true));
    translatePage(host);
    this.selects = Object.fromEntries(Object.keys(kinds).map((source) => [source, host.querySelector(`[data-device="${source}"]`)]));
    for (const [source, select] of Object.entries(this.selects)) {
      select.onchange = () => {
        if (source === 'loudspeaker') devices.chooseLoudspeaker(select.value);
        else devices.choose(source, select.value);
        onChosen();
      };
    }
    this.meter = new LevelMeter(host.querySelector('.level'));
    const sound = host.querySelector('[data-sound]');
    sound.onclick = async () => {
      sound.disabled = true;
      const isPlayed = await playTestSound(devices.state.loudspeaker).then(() => true, () => false);
      sound.disabled = false;
      setText(sound, isPlayed ? 'testSound' : 'noTestSound');
    };
    devices.addEventListener('change', () => this.#update());
    navigator.mediaDevices?.addEventListener('devicechange', () => this.#update());
  }

  /** Shown or hidden; while hidden, it costs nothing. */
  show(isShown) {
    this.isShown = isShown;
    this.#update();
  }

  async #update() {
    this.meter.watch(this.isShown ? this.devices.state.microphone.track : null);
    if (!this.isShown) return;
    this.host.hidden = !navigator.mediaDevices; // without https: there is nothing to choose
    if (this.host.hidden) return;
    const found = await listDevices();
    for (const [source, kind] of Object.entries(kinds)) this.#fill(source, found.filter((device) => device.kind === kind && device.deviceId));
    const isChoice = 'setSinkId' in HTMLMediaElement.prototype && found.some(({ kind }) => kind === kinds.loudspeaker);
    this.selects.loudspeaker.closest('label').hidden = !isChoice;
  }

  #fill(source, found) {
    const option = (value, label) => Object.assign(document.createElement('option'), { value, textContent: label });
    const word = (value, key) => {
      const element = option(value, '');
      setText(element, key);
      return element;
    };
    const options = [word('', 'any'), ...found.filter(({ deviceId }) => deviceId !== 'default').map(({ deviceId, label }) => option(deviceId, label || deviceId.slice(0, 8)))];
    if (source !== 'loudspeaker') options.push(word(NONE, 'none'));
    const select = this.selects[source];
    const words = (all) => [...all].map(({ value, textContent }) => `${value} ${textContent}`).join('\n');
    if (words(options) !== words(select.options)) select.replaceChildren(...options); // a list that is open stays open
    const chosen = source === 'loudspeaker' ? this.devices.state.loudspeaker : this.devices.state[source].id;
    select.value = options.some(({ value }) => value === chosen) ? chosen : '';
  }
}
