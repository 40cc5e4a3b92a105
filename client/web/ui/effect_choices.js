// What may be done to one's own sound and picture: offered where the server has the files and the browser can, off
// until the person chooses it, and remembered.

import { blurBackground, canBlur } from '../background_blur.js';
import { canSuppressNoise, suppressNoise } from '../noise_suppression.js';
import { recall, remember } from './saved.js';

const EFFECTS = Object.freeze({
  microphone: { file: 'effects/rnnoise.js', can: canSuppressNoise, make: suppressNoise },
  camera: { file: 'effects/selfie_segmentation.js', can: canBlur, make: blurBackground },
});

/**
 * What can be offered here. The server leaves out of the page's head what it does not have.
 * @returns {Partial<Record<import('../devices.js').DeviceSource, import('../own_effects.js').EffectMaker>>}
 */
export function effectMakers() {
  const files = [...document.querySelectorAll('meta[name="effect"]')].map(({ content }) => content);
  return Object.fromEntries(Object.entries(EFFECTS).filter(([, { file, can }]) => files.includes(file) && can()).map(([source, { make }]) => [source, make]));
}

/** @param {import('../own_effects.js').OwnEffects} effects to be as they were chosen in an earlier call */
export function recallEffects(effects) {
  const chosen = (recall('effects') ?? '').split(' ');
  for (const source of Object.keys(effects.makers)) effects.turn(source, chosen.includes(source));
}

export class EffectChoices {
  /**
   * @param {HTMLElement[]} hosts each with a checkbox for each effect
   * @param {import('../own_effects.js').OwnEffects} effects
   */
  constructor(hosts, effects) {
    this.boxes = hosts.flatMap((host) => [...host.querySelectorAll('[data-effect]')]).filter(({ dataset }) => dataset.effect in effects.makers);
    this.effects = effects;
    for (const box of this.boxes) {
      box.closest('label').hidden = false;
      box.onchange = () => {
        effects.turn(box.dataset.effect, box.checked);
        remember('effects', Object.keys(effects.makers).filter((source) => effects.isOn(source)).join(' '));
      };
    }
    effects.addEventListener('change', () => this.#update());
    this.#update();
  }

  #update() {
    for (const box of this.boxes) {
      box.checked = this.effects.isOn(box.dataset.effect);
      box.setAttribute('aria-busy', String(this.effects.isPending(box.dataset.effect)));
    }
  }
}
