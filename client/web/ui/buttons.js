// How buttons say what they do.

import { setLabel, setText } from '../i18n.js';

/** A button whose text says what it will do has no `aria-pressed` as well: "Unmute, pressed" would say the opposite. */
export function setButton(id, isOn, key) {
  const button = document.getElementById(id);
  button.dataset.on = String(isOn);
  if (button.hasAttribute('aria-pressed')) button.setAttribute('aria-pressed', String(isOn));
  const words = button.querySelector('[data-text]');
  if (words) setText(words, key);
  setLabel(button, key); // narrow windows show the icon only
}

/** @param {string} icon of icons.svg */
export function setIcon(id, icon) {
  document.getElementById(id).querySelector('use').setAttribute('href', `icons.svg#${icon}`);
}
