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

const COUNT_MOST = 99; // more have no place

/** How much is new where a button leads to; its class `unread` shows that. */
export function setCount(id, count) {
  document.getElementById(id).dataset.count = count > COUNT_MOST ? `${COUNT_MOST}+` : String(count);
}

/** @param {string} icon of index.html, without "icon-" */
export function setIcon(id, icon) {
  document.getElementById(id).querySelector('use').setAttribute('href', `#icon-${icon}`);
}
