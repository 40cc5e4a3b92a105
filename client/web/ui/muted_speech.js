// Somebody who speaks while the microphone is muted is told so. What it hears goes nowhere: a copy of the track is
// looked at, as long as the microphone is muted.

import { levelOf } from './level.js';
import { onTouch } from './touch.js';

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
    const context = new AudioContext({ latencyHint: 'playback' }); // the cheapest
    const analyser = context.createAnalyser();
    const samples = new Float32Array(analyser.fftSize);
    context.createMediaStreamSource(new MediaStream([copy])).connect(analyser);
    const endTouches = onTouch(() => context.state === 'suspended' && context.resume().catch(() => {}));
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      if (this.speech.read(levelOf(samples), performance.now())) this.onSpeech();
    }, INTERVAL);
    return () => {
      clearInterval(timer);
      endTouches();
      context.close();
      copy.stop();
    };
  }
}
