// What the page remembers between calls. A browser may forbid that (storage blocked, a full disk): then it forgets.

function read(storage, key) {
  try {
    return globalThis[storage].getItem(key);
  } catch {
    return null;
  }
}

function write(storage, key, value) {
  try {
    globalThis[storage].setItem(key, value);
  } catch { /* the call goes on without */ }
}

/** @param {string} key @returns {string | null} */
export const recall = (key) => read('localStorage', key);
/** @param {string} key @param {string} value */
export const remember = (key, value) => write('localStorage', key, value);

/** The same for this tab only, and until it is closed: for secrets. */
export const recallInTab = (key) => read('sessionStorage', key);
export const rememberInTab = (key, value) => write('sessionStorage', key, value);

/**
 * What brings a page that is loaded again back to its place in a room. Only from one page to the next: a tab that is
 * duplicated has a copy of all that the other has, and must not take its place.
 * @param {string} room @param {string|null} place
 */
export const rememberPlace = (room, place) => rememberInTab('place', place ? JSON.stringify({ room, place }) : '');

/** Forgets it, too. @param {string} room @returns {string|undefined} */
export function takePlace(room) {
  const saved = recallInTab('place');
  rememberInTab('place', '');
  try {
    const known = JSON.parse(saved || '{}');
    return known.room === room && known.place ? known.place : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @typedef {{camera: {id: string, isOn: boolean}, microphone: {id: string, isOn: boolean}, loudspeaker: string}}
 *   SavedDevices
 */

/** @param {SavedDevices} state as devices.js has it */
export function rememberDevices({ camera, microphone, loudspeaker }) {
  const choice = ({ id, isOn }) => ({ id, isOn });
  remember('devices', JSON.stringify({ camera: choice(camera), microphone: choice(microphone), loudspeaker }));
}

/** @returns {SavedDevices} what was never chosen, or cannot be read, is the default device, on */
export function recallDevices() {
  let saved = null;
  try {
    saved = JSON.parse(recall('devices'));
  } catch { /* of another version, or edited */ }
  const text = (value) => (typeof value === 'string' ? value : '');
  const choice = (device) => ({ id: text(device?.id), isOn: device?.isOn !== false });
  return { camera: choice(saved?.camera), microphone: choice(saved?.microphone), loudspeaker: text(saved?.loudspeaker) };
}
