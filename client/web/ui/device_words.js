// What is said of camera and microphone: on their buttons, and when they cannot be used. Pure.

import { NONE, SOURCES } from '../devices.js';

const words = {
  camera: { on: 'cameraOff', off: 'cameraOn', without: 'addCamera', denied: 'cameraDenied', busy: 'cameraBusy', missing: 'cameraMissing', ended: 'cameraEnded' },
  microphone: { on: 'mute', off: 'unmute', without: 'addMicrophone', denied: 'microphoneDenied', busy: 'microphoneBusy', missing: 'microphoneMissing', ended: 'microphoneEnded' },
  both: { denied: 'bothDenied', busy: 'bothBusy', missing: 'bothMissing', ended: 'bothEnded' },
};

/**
 * A device that is closed between two calls is on where the person chose that: joining opens it.
 * @param {import('../devices.js').DeviceSource} source @param {import('../devices.js').Device} device
 * @returns {{key: string, icon: string, isOff: boolean}} key: of the text that says what the button will do
 */
export function buttonOf(source, { id, isOn, problem }) {
  const isOff = !isOn || id === NONE || problem !== '';
  const state = problem || id === NONE ? 'without' : isOff ? 'off' : 'on';
  return { key: words[source][state], icon: isOff ? `${source}-off` : source, isOff };
}

/**
 * Why something cannot be used and what mends that.
 * @returns {string[]} keys of texts: none, one for both, or one for each
 */
export function problemKeys({ camera, microphone }) {
  const problems = [camera.problem, microphone.problem];
  if (problems.includes('insecure')) return ['insecure'];
  if (problems[0] && problems[0] === problems[1]) return [words.both[problems[0]]];
  return SOURCES.map((source, index) => words[source][problems[index]]).filter(Boolean);
}
