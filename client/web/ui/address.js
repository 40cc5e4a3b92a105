// What the address of the page chooses, and what of it cannot be. Pure.

import { TOPOLOGIES, isReconnectionTime } from '../call_options.js';
import { texts } from '../i18n.js';
import { isolated } from './name.js';

const RECONNECT_EXAMPLE = 'autoWait:3000,maxRestarts:2';
const SAID_MAX = 60; // characters that are shown of what the address says

/** What may be chosen, by parameter. */
export const choices = Object.freeze({
  language: Object.keys(texts),
  topology: TOPOLOGIES,
  source: ['canvas', 'none'],
  autojoin: ['1', '0'],
  data: ['0', '1'],
  simulcast: ['0', '1'],
});

const shortened = (said) => (said.length > SAID_MAX ? `${said.slice(0, SAID_MAX)}…` : said);

/** "autoWait:3000,maxRestarts:2": see reconnect.js. @returns {[string, number][]} */
const timesOf = (value) => value.split(',').map((entry) => entry.split(':')).map(([key, time]) => [key, time ? Number(time) : NaN]);

/**
 * @param {URLSearchParams} parameters
 * @returns {{language: string|null, topology: string|null, source: string|null, joinsAtOnce: boolean, hasData: boolean,
 *   isSimulcast: boolean, reconnection: object, wrong: [string, {said: string, known: string}][]}}
 *   joinsAtOnce: without a click, never with a camera or a microphone, since any site can lead people to such an
 *   address; wrong: texts of i18n.js with their values, for what is as if the address did not say it
 */
export function readAddress(parameters) {
  const wrong = [];
  const tell = (said, ...known) => wrong.push(['addressWrong', { said: isolated(shortened(said)), known: isolated(known.join(', ')) }]);
  const chosen = Object.fromEntries(Object.entries(choices).map(([name, known]) => {
    const value = parameters.get(name) || null;
    if (value === null || known.includes(value)) return [name, value];
    tell(`${name}=${value}`, ...known.map((one) => `${name}=${one}`));
    return [name, null];
  }));
  const times = parameters.get('reconnect') ? timesOf(parameters.get('reconnect')) : [];
  const isRight = times.every(([key, time]) => isReconnectionTime(key, time));
  if (!isRight) tell(`reconnect=${parameters.get('reconnect')}`, `reconnect=${RECONNECT_EXAMPLE}`);
  return {
    ...chosen,
    joinsAtOnce: chosen.autojoin === '1' && chosen.source !== null,
    hasData: chosen.data !== '0',
    isSimulcast: chosen.simulcast !== '0',
    reconnection: isRight ? Object.fromEntries(times) : {},
    wrong,
  };
}
