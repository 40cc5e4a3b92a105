// How a room is connected, why so, and who chose it. Pure but for the language.

import { text } from '../i18n.js';
import { isolated, nameWords } from './name.js';

const modes = { mesh: 'modeMesh', sfu: 'modeSfu', mcu: 'modeMcu' };
const reasons = {
  none: 'whyNone', server: 'whyServer', capability: 'whyCapability', alone: 'whyAlone', pair: 'whyPair', unproven: 'whyUnproven',
  'no-mixer': 'whyNoMixer', 'mixers-busy': 'whyMixersBusy', needed: 'whyNeeded', count: 'whyCount', uplink: 'whyUplink', cpu: 'whyCpu',
  own: 'whyOwn', 'weak-link': 'whyWeakLink', 'weak-device': 'whyWeakDevice',
};
const of = (table, name) => (Object.hasOwn(table, name) ? table[name] : '');

/** @param {string} topology @returns {string} key of a text, '' for none */
export const modeKey = (topology) => of(modes, topology);

/** What each wish for the mix is called where one is chosen. */
export const MIX_KEYS = { auto: 'pinAuto', on: 'mixOn', off: 'mixOff' };

/** What `auto` and each topology is called where one is chosen. */
export const PIN_KEYS = { auto: 'pinAuto', mesh: 'pinMesh', sfu: 'pinSfu', mcu: 'pinMcu' };

const byWhom = (pinBy) => isolated(nameWords(pinBy));

/**
 * What was chosen, in a sentence. @param {{pin: string, pinBy: string}} call
 * @returns {[string, object]} key of a text, and its values
 */
export function pinSentence({ pin, pinBy }) {
  const mode = text(of(PIN_KEYS, pin));
  return pinBy ? ['pinToldBy', { name: byWhom(pinBy), mode }] : ['pinTold', { mode }];
}

/** What is chosen and so is reason enough; what is chosen and not so has the server's reason, too. */
function whyWords({ topology, pin, pinBy, reason }) {
  if (pin === topology) return pinBy ? text('whyPinBy', { name: byWhom(pinBy) }) : text('whyPin');
  const why = of(reasons, reason), mode = text(modeKey(pin));
  const chosen = pin !== 'auto' && (pinBy ? text('pinnedBy', { name: byWhom(pinBy), mode }) : text('pinned', { mode }));
  return [why && text(why), chosen].filter(Boolean).join('; ');
}

/**
 * How the room is connected, and why.
 * @param {{topology: string, pin: string, pinBy: string, reason: string}} call
 */
export function connectionWords(call) {
  const why = whyWords(call);
  return text('connectionIs', { mode: text(modeKey(call.topology)) }) + (why ? ` (${why})` : '');
}
