// What a call is asked for, checked before anything begins: what is wrong is named. Pure.

import { PAYLOAD_MAX, TOPIC_MAX, policies } from './envelope.js';
import { defaults } from './reconnect.js';

const ROOM_FORM = /^[A-Za-z0-9._-]{1,64}$/;
const NAME_MAX = 64; // characters
const ENCODINGS_MAX = 3;
export const TOPOLOGIES = Object.freeze(['auto', 'mesh', 'sfu', 'mcu']);
const MIX_LAYOUTS = Object.freeze(['grid', 'speaker']);

const MIXES = Object.freeze(['auto', 'on', 'off']);

export const REACTIONS = Object.freeze(['thumbs-up', 'clap', 'heart', 'laugh', 'surprise', 'party']);

const isText = (value) => typeof value === 'string' && value !== '';
const isBoolean = (value) => typeof value === 'boolean';
const isObject = (value) => typeof value === 'object' && value !== null;
const oneOf = (values) => [(value) => values.includes(value), values.join(', ')];

/** Whether a room may have this name. @param {unknown} value */
export const isRoom = (value) => isText(value) && ROOM_FORM.test(value);
/** Whether a participant may. @param {unknown} value */
export const isName = (value) => isText(value) && [...value].length <= NAME_MAX;

/** Whether `reconnection` may have this. @param {string} key @param {unknown} value */
export const isReconnectionTime = (key, value) => Object.hasOwn(defaults, key) && typeof value === 'number' && value >= 0 && value < Infinity;

function isAddress(value) {
  try {
    return ['http:', 'https:'].includes(new URL(value).protocol);
  } catch {
    return false;
  }
}

function isReconnection(value) {
  return isObject(value) && Object.entries(value).every(([key, time]) => isReconnectionTime(key, time));
}

/** By option: whether a value of it can be, and in words what can. */
const forms = {
  page: [isAddress, 'the address of a call page (http or https)'],
  room: [isRoom, '1 to 64 letters, digits, dots, dashes, underscores'],
  name: [isName, `1 to ${NAME_MAX} characters`],
  token: [isText, 'an access token'],
  topology: oneOf(TOPOLOGIES),
  mix: oneOf(MIXES),
  reconnection: [isReconnection, `an object of numbers, none negative: ${Object.keys(defaults).join(', ')}`],
  data: [isBoolean, 'true or false'],
  key: [isText, 'a passphrase'],
  worker: [(value) => isText(value) || value instanceof URL, 'the address of e2ee/worker.js'],
  socket: [(value) => typeof value?.send === 'function', 'a WebSocket'], // of the server's own page alone
  connect: [(value) => typeof value === 'function', 'a function'],
  returns: [isText, 'what `place` of the call before was'],
};
const SHOWN = Object.freeze(Object.keys(forms).filter((name) => name !== 'socket'));
const NEEDED = Object.freeze(['page', 'room', 'name']);

const KINDS = Object.freeze({
  camera: 'video', microphone: 'audio', screen: 'video', 'screen-audio': 'audio', 'camera-2': 'video', 'screen-2': 'video', 'screen-2-audio': 'audio',
});

/** Throws a TypeError that says what of a source cannot be published: an offer with it would be refused, and all of
 * it. @param {import('./peer_connection.js').Source} source */
export function checkSource({ source, kind, track, stream, muted = false, codec, encodings }) {
  const refuse = (name, words) => { throw new TypeError(`publish(): "${name}" is to be ${words}`); };
  if (!Object.hasOwn(KINDS, source)) refuse('source', Object.keys(KINDS).join(', '));
  if (kind !== KINDS[source]) refuse('kind', `${KINDS[source]} of the source ${source}`);
  if (!isObject(track)) refuse('track', 'a MediaStreamTrack');
  if (!isObject(stream)) refuse('stream', 'a MediaStream');
  if (!isBoolean(muted)) refuse('muted', 'true or false');
  if (codec !== undefined && !isText(codec)) refuse('codec', 'vp8, vp9, av1 or h264'); // one that the browser has not changes nothing
  if (encodings !== undefined && !(Array.isArray(encodings) && encodings.length <= ENCODINGS_MAX)) refuse('encodings', `an array of at most ${ENCODINGS_MAX}`);
}

const SWITCH = [isBoolean, 'true or false'];
const isBytes = (value) => Object.prototype.toString.call(value) === '[object Uint8Array]'; // of another window's, too
const isFile = (value) => isObject(value) && typeof value.slice === 'function' && Number.isSafeInteger(value.size);
const isTopic = (value) => typeof value === 'string' && new TextEncoder().encode(value).length <= TOPIC_MAX;

/** By argument of the methods: whether a value of it can be, and in words what can. */
const argumentForms = {
  payload: [(value) => isBytes(value) && value.length <= PAYLOAD_MAX, `a text or a Uint8Array of at most ${PAYLOAD_MAX} bytes`],
  how: [isObject, 'an object of to, topic, policy'],
  to: [(value) => typeof value === 'string', 'the id of a participant; without: to all'],
  topic: [isTopic, `a text of at most ${TOPIC_MAX} bytes`],
  policy: oneOf(policies),
  text: [isText, 'a text'],
  file: [isFile, 'a File or a Blob'],
  name: [(value) => typeof value === 'string', 'a text'],
  reason: [(value) => typeof value === 'string', 'a text'],
  reaction: oneOf(REACTIONS),
  topology: oneOf(TOPOLOGIES),
  layout: oneOf(MIX_LAYOUTS),
  mix: oneOf(MIXES),
  source: oneOf(Object.keys(KINDS)),
  track: [isObject, 'a MediaStreamTrack'],
  target: [isText, 'the id of a participant'],
  raised: SWITCH,
  muted: SWITCH,
  locked: SWITCH,
  enabled: SWITCH,
  view: [(value) => value instanceof Map, 'a Map of publication to { width, height, priority }'],
};

/**
 * Throws a TypeError that says which argument is wrong.
 * @param {string} method @param {Record<string, unknown>} given what it got, by the argument's name, with a '?' if it
 *   may be undefined
 */
export function checkArguments(method, given) {
  for (const [name, value] of Object.entries(given)) {
    if (name.endsWith('?') && value === undefined) continue;
    const known = name.replace('?', '');
    const [isRight, words] = argumentForms[known];
    if (!isRight(value)) throw new TypeError(`${method}(): "${known}" is to be ${words}`);
  }
}

/**
 * Throws a TypeError that says what of a message cannot be sent: one that was counted and cannot be read by the others
 * would hold up all that come after it.
 * @param {unknown} payload in bytes @param {any} how of sendData()
 */
export function checkMessage(payload, how) {
  checkArguments('sendData', { payload, how });
  const { to, topic, policy, ...others } = how;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`sendData(): there is no option "${unknown}"; there are to, topic, policy`);
  checkArguments('sendData', { 'to?': to, 'topic?': topic, 'policy?': policy });
}

/** Throws a TypeError that says which option is missing, unknown or wrong. @param {object} [options] of `new Call()` */
export function checkOptions(options = {}) {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const [missing] = NEEDED.filter((name) => !given.some(([known]) => known === name));
  if (missing) throw new TypeError(`new Call(): the option "${missing}" is missing: ${forms[missing][1]}`);
  for (const [name, value] of given) {
    if (!Object.hasOwn(forms, name)) throw new TypeError(`new Call(): there is no option "${name}"; there are ${SHOWN.join(', ')}`);
    const [isRight, words] = forms[name];
    if (!isRight(value)) throw new TypeError(`new Call(): the option "${name}" is to be ${words}`);
  }
}
