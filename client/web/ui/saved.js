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
