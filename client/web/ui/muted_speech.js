// Somebody who speaks while the microphone is muted is told so. What it hears goes nowhere: a copy of the track is
// looked at, as long as the microphone is muted.

import { listenToLevel } from './level.js';

const INTERVAL = 100;
const LOUD = 0.42; // of levelOf(): -35 dB, a voice and not a room
const WINDOW = 8; // levels
const LOUD_IN_WINDOW = 6; // of them: half a second of speech, not a door
const AGAIN = 30000; // it is not said again before

/** Whether levels are those of somebody who speaks. Pure. */
export class SpeechWhileMuted {
  constructor() {
    this.levels = [];
    this.toldAt = -Infinity;
  }

  /** @param {number} level @param {number} now in ms @returns {boolean} the person is to be told */
  read(level, now) {
    this.levels = [...this.levels.slice(1 - WINDOW), level];
    if (now - this.toldAt < AGAIN || this.levels.filter((one) => one >= LOUD).length < LOUD_IN_WINDOW) return false;
    this.toldAt = now;
    return true;
  }
}

export class MutedSpeech {
  /** @param {() => void} onSpeech */
  constructor(onSpeech) {
    this.onSpeech = onSpeech;
    this.speech = new SpeechWhileMuted();
    this.track = null;
    this.end = () => {};
  }

  /** @param {MediaStreamTrack|null} track of the microphone while it is muted */
  watch(track) {
    if (track === this.track) return;
    this.track = track;
    this.end();
    this.end = track ? this.#listen(track) : () => {};
  }

  #listen(track) {
    const copy = track.clone();
    copy.enabled = true;
    const end = listenToLevel(copy, INTERVAL, (level) => this.speech.read(level, performance.now()) && this.onSpeech());
    return () => {
      end();
      copy.stop();
    };
  }
}
