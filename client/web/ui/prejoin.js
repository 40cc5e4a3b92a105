// The join form: name, room, and a preview of what the others will see.

import { setButton, setIcon } from './buttons.js';
import { buttonOf, problemKeys } from './device_words.js';
import { isName, isRoom } from '../call_options.js';
import { currentLanguage, setText } from '../i18n.js';
import { suggestRoom } from './room_suggestion.js';
import { recall, remember } from './saved.js';

const WAIT_UNTOLD = 1000; // until "waiting for permission" is shown; devices that are allowed open faster
const byId = (id) => document.getElementById(id);
const hasWebRtc = () => globalThis.RTCPeerConnection !== undefined;
const toggles = { camera: 'prejoin-camera', microphone: 'prejoin-microphone' };

export class Prejoin {
  /**
   * @param {URLSearchParams} parameters of the address
   * @param {import('../devices.js').Devices} devices
   * @param {import('../own_effects.js').OwnEffects} effects
   * @param {{show: (isShown: boolean) => void}} choices of devices
   * @param {{onJoin: (choice: {name: string, room: string}) => void, onChosen: () => void}} tell onChosen: to be seen
   *   or heard, or not
   */
  constructor(parameters, devices, effects, choices, { onJoin, onChosen }) {
    this.devices = devices;
    this.effects = effects;
    this.choices = choices;
    this.onJoin = onJoin;
    this.timer = null;
    this.told = []; // keys of what is said of the devices
    this.wasAsking = false; // the browser, for the devices
    this.track = null; // that the preview shows
    byId('name').value = parameters.get('name') ?? recall('name') ?? '';
    byId('room').value = parameters.get('room') ?? '';
    this.suggest();
    byId('join-form').onsubmit = (event) => {
      event.preventDefault();
      this.submit();
    };
    for (const [source, id] of Object.entries(toggles)) {
      byId(id).onclick = () => {
        devices.turn(source, !this.#isOn(source));
        onChosen();
      };
    }
    effects.addEventListener('change', () => this.#update()); // and devices with them
  }

  /** Suggests a room, in the language of the page. */
  suggest() {
    byId('room').placeholder = suggestRoom(currentLanguage(), Math.random);
  }

  /** What the person sees is what a click changes: a camera that failed is "off". */
  #isOn(source) {
    return !buttonOf(source, this.devices.state[source]).isOff;
  }

  async show() {
    this.#appear();
    await this.devices.open();
    byId(byId('name').value ? 'join' : 'name').focus();
  }

  /**
   * After a call: with its devices closed, until somebody joins or chooses others.
   * @param {string} key of the text why
   */
  showAgain(key, values) {
    this.#appear();
    this.notice([key], values);
    byId(key === 'refusedRemoved' ? 'room' : 'join').focus(); // who was removed is not back by one press of a key
  }

  #appear() {
    byId('prejoin').hidden = false;
    this.choices.show(true);
    this.#update();
  }

  /** @param {string[]} keys of texts; none: there is nothing to say */
  notice(keys, values) {
    byId('notice').hidden = keys.length === 0;
    byId('notice').replaceChildren(...keys.map((key) => {
      const sentence = document.createElement('span');
      setText(sentence, key, values);
      return sentence;
    }));
    this.told = [];
  }

  /** Draws what the devices are. */
  #update() {
    if (byId('prejoin').hidden) return;
    const { state } = this.devices;
    for (const [source, id] of Object.entries(toggles)) {
      const { key, icon, isOff } = buttonOf(source, state[source]);
      setButton(id, isOff, key);
      setIcon(id, icon);
    }
    const isPending = this.effects.isPending('camera');
    const track = isPending ? null : this.effects.track('camera');
    if (this.track !== track) byId('preview').srcObject = track && new MediaStream([track]); // an empty stream would delay the page's `load`
    this.track = track;
    byId('preview-off').hidden = Boolean(track);
    const isOpening = state.camera.opening || isPending;
    setText(byId('preview-off'), isOpening ? 'previewOpening' : this.#isOn('camera') ? 'previewWhenJoined' : 'previewOff');
    const { isAsking } = this.devices;
    if (!isAsking) this.#tell(hasWebRtc() ? problemKeys(state) : ['noWebRtc']);
    else if (!this.wasAsking) this.#tell([]);
    this.#wait(isAsking);
  }

  /** The person may not have seen that the browser asks. */
  #wait(isAsking) {
    if (isAsking === this.wasAsking) return;
    this.wasAsking = isAsking;
    clearTimeout(this.timer);
    if (isAsking) this.timer = setTimeout(() => this.#tell(['waiting']), WAIT_UNTOLD);
  }

  /** What is said of the devices takes no other words away. */
  #tell(keys) {
    if (keys.join() === this.told.join()) return;
    this.notice(keys);
    this.told = keys;
  }

  /**
   * Joins; while the browser still asks for the devices, as soon as that is answered. When they cannot be opened, the
   * person is told so first, and the next press joins.
   */
  async submit() {
    if (byId('join').disabled || !this.#isComplete()) return;
    if (this.devices.isWaiting) {
      byId('join').disabled = true;
      this.devices.open();
      if (this.devices.isAsking) this.#tell(['waiting']);
      await this.devices.settled();
      byId('join').disabled = false;
      if (problemKeys(this.devices.state).length > 0) return;
    }
    byId('prejoin').hidden = true;
    byId('preview').srcObject = null;
    this.track = null;
    this.choices.show(false);
    remember('name', this.name);
    byId('room').value = this.room;
    this.onJoin({ name: this.name, room: this.room });
  }

  get name() {
    return byId('name').value.trim();
  }

  /** What is suggested where none was typed. */
  get room() {
    return this.typedRoom || byId('room').placeholder;
  }

  get typedRoom() {
    return byId('room').value.trim();
  }

  #isComplete() {
    const wrong = !isName(this.name) ? 'name' : !isRoom(this.room) ? 'room' : '';
    if (!hasWebRtc()) this.notice(['noWebRtc']);
    else if (wrong) {
      this.notice([wrong === 'name' ? 'badName' : 'badRoom']);
      byId(wrong).focus();
    }
    return hasWebRtc() && !wrong;
  }
}
