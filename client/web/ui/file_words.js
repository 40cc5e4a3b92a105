// What is said of files that are sent and received. Pure.

import { currentLanguage, text } from '../i18n.js';
import { isolated } from './name.js';

const RECEIVERS_MAX = 5; // are named, more are counted
const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/** @param {number} bytes @returns {string} as people say it: 1.2 MB */
export function sizeWords(bytes) {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const options = { style: 'unit', unit: units[power], unitDisplay: power === 0 ? 'long' : 'short', maximumFractionDigits: power === 0 ? 0 : 1 };
  return new Intl.NumberFormat(currentLanguage(), options).format(bytes / 1000 ** power);
}

const NAME_SHOWN = 60; // characters
const TAIL_SHOWN = 20;

/** Its end says what kind of file it is, so that a long name lacks its middle. @param {string} name */
export function shortName(name) {
  const characters = [...name];
  if (characters.length <= NAME_SHOWN) return name;
  return `${characters.slice(0, NAME_SHOWN - TAIL_SHOWN - 1).join('')}…${characters.slice(-TAIL_SHOWN).join('')}`;
}

const percent = (received, size) => text('filePercent', { n: size > 0 ? Math.floor(100 * received / size) : 0 });

const incomingKeys = { cancelled: 'fileWithdrawn', unreadable: 'fileUnreadable', unsaved: 'fileUnsaved', different: 'fileDifferent', left: 'fileLeft', lost: 'fileLost' };

/** @param {import('../incoming_file.js').IncomingFile} file @param {string} name of who offered it */
export function incomingWords({ state, reason, received, size, blob }, name) {
  if (state === 'offered') return '';
  if (state === 'receiving') return percent(received, size);
  if (state === 'done') return text(blob ? 'fileToSave' : 'fileSaved');
  if (state === 'refused' && reason === 'cancelled') return text('fileCancelled');
  return text(incomingKeys[reason] ?? 'fileLost', { name });
}

const receiverKeys = { declined: 'fileDeclined', cancelled: 'fileGivenUp', unsaved: 'fileCannotSave', 'too-many': 'fileDeclined', 'too-large': 'fileDeclined', left: 'fileTheyLeft' };

function receiverWords({ state, reason, received }, size) {
  if (state === 'receiving') return percent(received, size);
  if (state === 'stopped') return text('fileFailed'); // by oneself
  return text(state === 'done' ? 'fileHas' : receiverKeys[reason] ?? 'fileFailed');
}

const endKeys = { cancelled: 'fileCancelled', unreadable: 'fileUnreadable' };

/** Of a file that nobody took or declined, or that nobody gets any more. */
function generalWords({ isOpen, to, reason, receivers }, names, isAlone) {
  const name = isolated(names.get(to) || text('nameless'));
  if (endKeys[reason]) return text(endKeys[reason]);
  if (receivers.size > 0) return '';
  if (!isOpen) return text('fileLeftBefore', { name });
  if (to === '') return text(isAlone ? 'fileForLater' : 'fileNotYet');
  return text('fileNotYetByOne', { name });
}

/**
 * @param {import('../outgoing_file.js').OutgoingFile} file
 * @param {Map<string, string>} names of others, also that left
 * @param {boolean} [isAlone] nobody else is in the room
 */
export function outgoingWords(file, names, isAlone = false) {
  const { receivers, size } = file;
  const words = [...receivers.values()].slice(0, RECEIVERS_MAX).map((receiver) => text('fileTheirs', { name: isolated(names.get(receiver.id) || text('nameless')), words: receiverWords(receiver, size) }));
  if (receivers.size > RECEIVERS_MAX) words.push(text('fileMore', { n: receivers.size - RECEIVERS_MAX }));
  return [generalWords(file, names, isAlone), ...words].filter(Boolean).join(' · ');
}
