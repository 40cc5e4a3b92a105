// The menu of what one sees: the layout, which pictures come, full screen, picture-in-picture; and for those
// that may choose it, the topology of the room.

import { text } from '../i18n.js';
import { connectionWords, MIX_KEYS, PIN_KEYS } from './connection_words.js';
import { Menu } from './menu.js';

const LAYOUTS = { grid: 'grid', speaker: 'speaker', sidebar: 'sidebar' };
const MIX_LAYOUTS = { grid: 'grid', speaker: 'speaker' };
const PICTURES = { all: 'picturesAll', small: 'picturesSmall', none: 'picturesNone' };

export class ViewMenu {
  /**
   * @param {import('../call.js').Call} call @param {import('./stage.js').Stage} stage
   * @param {{setLayout: (layout: string) => void, setPictures: (pictures: string) => void,
   *   setMix: (mix: string) => void}} what
   */
  constructor(call, stage, { setLayout, setPictures, setMix }) {
    this.call = call;
    this.stage = stage;
    this.setLayout = setLayout;
    this.setPictures = setPictures;
    this.setMix = setMix;
    this.menu = new Menu(document.getElementById('view-menu'));
  }

  /** @param {string} group its words @param {Record<string, string>} choices keys of texts */
  #choices(group, choices, chosen, choose) {
    const items = Object.entries(choices).map(([choice, key]) => ({ label: text(key), isChosen: choice === chosen, run: () => choose(choice) }));
    return [{ group }, ...items];
  }

  open(opener) {
    const { call, stage } = this;
    this.menu.open(opener, [
      ...(call.mixed.shown ? [] : this.#choices(text('layoutGroup'), LAYOUTS, stage.layout, this.setLayout)), // the mixer arranges all
      ...this.#choices(text('picturesGroup'), PICTURES, stage.requested, this.setPictures),
      ...(call.encryption ? [] : this.#choices(text('mixGroup'), MIX_KEYS, call.mix, this.setMix)),
      ...this.#screenItems(),
      ...(call.mixed.shown && this.#mayPin ? this.#choices(text('mixLayoutGroup'), MIX_LAYOUTS, call.layout, (layout) => call.setLayout(layout)) : []),
      ...(this.#mayPin ? this.#choices(connectionWords(call), this.#pins(), call.pin, (pin) => call.setPin(pin)) : [{ group: connectionWords(call) }]),
    ]);
  }

  get #mayPin() {
    return this.call.permissions.pin || this.call.isHost;
  }

  /** A mixer would have to see and hear what only those who have the key can. */
  #pins() {
    const { mcu, ...others } = PIN_KEYS;
    return this.call.encryption ? others : { ...others, mcu };
  }

  #screenItems() {
    const items = [];
    const isFull = Boolean(document.fullscreenElement);
    if (document.fullscreenEnabled) items.push({ label: text(isFull ? 'fullScreenEnd' : 'fullScreen'), run: () => (isFull ? document.exitFullscreen() : document.documentElement.requestFullscreen()) });
    const video = this.stage.mainVideo();
    if (document.pictureInPictureElement) items.push({ label: text('smallWindowEnd'), run: () => document.exitPictureInPicture() });
    else if (document.pictureInPictureEnabled && video?.videoWidth > 0) items.push({ label: text('smallWindow'), run: () => video.requestPictureInPicture().catch(() => {}) });
    return items.length > 0 ? [{ group: text('windowGroup') }, ...items] : items;
  }

  close() {
    this.menu.close();
    if (document.pictureInPictureElement) document.exitPictureInPicture();
  }
}
