// How loud a microphone is, as a bar.

import { onTouch } from './touch.js';

const INTERVAL = 80;
const QUIETEST_DB = -60; // an empty bar

/** @param {Float32Array} samples @returns {number} 0 (silence) to 1 (as loud as can be) */
export function levelOf(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return Math.min(1, Math.max(0, 1 - (10 * Math.log10(power)) / QUIETEST_DB));
}

/**
 * Looks at a track's level, again and again.
 * @param {MediaStreamTrack} track @param {number} interval in ms @param {(level: number) => void} show
 * @returns {() => void} ends that
 */
export function listenToLevel(track, interval, show) {
  const context = new AudioContext({ latencyHint: 'playback' }); // the cheapest: nothing is played
  const analyser = context.createAnalyser();
  const samples = new Float32Array(analyser.fftSize);
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const endTouches = onTouch(() => context.state === 'suspended' && context.resume().catch(() => {})); // asked before, the browser would complain
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    show(levelOf(samples));
  }, interval);
  return () => {
    clearInterval(timer);
    endTouches();
    context.close();
  };
}

export class LevelMeter {
  /** @param {HTMLElement} element with role=meter and the bar inside */
  constructor(element) {
    this.element = element;
    this.track = null;
    this.end = () => {};
  }

  /** @param {MediaStreamTrack|null} track */
  watch(track) {
    if (track === this.track) return;
    this.track = track;
    this.end();
    this.#show(0);
    this.end = track ? listenToLevel(track, INTERVAL, (level) => this.#show(level)) : () => {};
  }

  #show(level) {
    this.element.setAttribute('aria-valuenow', Math.round(level * 100));
    this.element.firstElementChild.style.transform = `scaleX(${level})`;
  }
}
