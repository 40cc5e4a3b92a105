// How loud one hears a participant: asked in a dialog, and heard at once.

import { setText } from '../i18n.js';
import { isolated, nameWords } from './name.js';

const byId = (id) => document.getElementById(id);

/** @param {import('./audio.js').AudioElements} audio @param {import('../protocol.js').Participant} person */
export function askVolume(audio, { id, name }) {
  const slider = byId('volume');
  const show = () => { byId('volume-percent').textContent = `${slider.value} %`; };
  setText(byId('volume-words'), 'volumeOf', { name: isolated(nameWords(name)) });
  slider.value = Math.round(audio.volumeOf(id) * 100);
  slider.oninput = () => {
    audio.setVolume(id, Number(slider.value) / 100);
    show();
  };
  show();
  byId('volume-question').showModal();
}
