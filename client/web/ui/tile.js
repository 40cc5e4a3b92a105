// One tile: a participant's camera or screen, its name, its figures. Names are text, never markup.

import { text } from '../i18n.js';
import { fillsTile } from './layout.js';
import { shownName } from './name.js';

const kilobits = (bps) => (bps >= 1e6 ? `${(bps / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bps / 1000)} kbit/s`);

/** A name within a sentence (U+2068 and U+2069 do what <bdi> does). */
const isolated = (name) => `\u2068${name}\u2069`;
const inParentheses = (codec) => (codec ? ` (${codec})` : '');

/** What a person sees as one character: an emoji of a family is several code points. */
const firstSign = (name) => (Intl.Segmenter ? [...new Intl.Segmenter().segment(name)][0]?.segment : [...name][0]);

export class Tile {
  /** @param {{isScreen?: boolean, isSelf?: boolean}} kind */
  constructor({ isScreen = false, isSelf = false } = {}) {
    this.isSelf = isSelf;
    this.element = document.createElement('article');
    this.element.className = 'tile';
    this.element.classList.toggle('screen', isScreen);
    this.element.classList.toggle('mirrored', isSelf && !isScreen);
    this.video = this.#add('video', '');
    this.video.autoplay = true;
    this.video.playsInline = true;
    this.video.muted = true; // audio has elements of its own (audio.js), so that participants without a visible tile are heard
    this.video.addEventListener('resize', () => this.fit());
    this.initial = this.#add('div', 'initial');
    this.notice = this.#add('div', 'notice');
    this.caption = this.#add('div', 'caption');
    for (const element of [this.initial, this.caption]) element.setAttribute('aria-hidden', 'true'); // the tile's label says it
    this.figures = this.#add('div', 'figures');
    this.figures.hidden = true;
  }

  #add(name, className) {
    const element = document.createElement(name);
    element.className = className;
    this.element.append(element);
    return element;
  }

  /** @param {(ms: number) => void} [swapped] told how long the video stood still when another track takes over */
  setTrack(track, swapped) {
    const current = this.video.srcObject?.getTracks()[0];
    if (current === track) return;
    this.video.srcObject = track ? new MediaStream([track]) : null;
    if (!current || !track || !swapped) return;
    const since = performance.now();
    this.video.requestVideoFrameCallback?.(() => swapped(performance.now() - since));
  }

  /** A picture fills its tile if enough of it is seen then. Call when the tile's size has changed. */
  fit() {
    const { videoWidth, videoHeight } = this.video;
    const { clientWidth, clientHeight } = this.element;
    const fills = !(videoWidth * videoHeight * clientWidth * clientHeight) || fillsTile(videoWidth / videoHeight, clientWidth / clientHeight);
    this.element.classList.toggle('whole', !fills);
  }

  /** @param {{name: string, isScreen: boolean, audioMuted: boolean, videoMuted: boolean, isAway: boolean, isPaused?: boolean,
   *   isSpeaking?: boolean, unplayable?: {video?: string, audio?: string}}} what unplayable: codecs that this device cannot play */
  describe({ name, isScreen, audioMuted, videoMuted, isAway, isPaused = false, isSpeaking = false, unplayable = {} }) {
    this.element.classList.toggle('speaking', isSpeaking && !audioMuted); // the router says a moment later that who muted is silent
    const notes = [];
    if (this.isSelf) notes.push(text('you'));
    if (isScreen) notes.push(text('screen'));
    if (audioMuted) notes.push(text('muted'));
    if (isAway) notes.push(text('away'));
    if (isPaused) notes.push(text('paused'));
    const visible = shownName(name);
    const shown = visible || text('nameless');
    this.#caption(shown, notes);
    this.initial.textContent = firstSign(visible)?.toUpperCase() ?? '?';
    this.notice.textContent = [
      unplayable.video !== undefined && !videoMuted ? text('cannotPlay', { name: isolated(shown), codec: inParentheses(unplayable.video) }) : '',
      unplayable.audio !== undefined && !audioMuted ? text('cannotHear', { name: isolated(shown), codec: inParentheses(unplayable.audio) }) : '',
    ].join(' ').trim();
    this.notice.hidden = this.notice.textContent === '';
    this.initial.hidden = !videoMuted && !isAway && !isPaused && unplayable.video === undefined && Boolean(this.video.srcObject);
  }

  /** The page's notes are elements of their own beside the name, so that somebody who is called "Ann (you)" fools nobody. */
  #caption(name, notes) {
    const label = `“${name.replace(/[“”]/g, '"')}”${notes.map((note) => `, ${note}`).join('')}`;
    if (this.element.getAttribute('aria-label') === label) return;
    this.element.setAttribute('aria-label', label);
    const who = document.createElement('bdi');
    who.textContent = name;
    this.caption.replaceChildren(who, ...notes.map((note) => {
      const element = document.createElement('span');
      element.className = 'note';
      element.textContent = note;
      return element;
    }));
  }

  /** @param {import('../stats.js').TileStats | undefined} video @param {import('../stats.js').TileStats | undefined} audio */
  showFigures(video, audio, wanted) {
    this.figures.hidden = !wanted || (!video && !audio);
    if (this.figures.hidden) return;
    const lines = [];
    if (video) lines.push(`${video.width}×${video.height} ${Math.round(video.fps)} fps`, kilobits(video.bitrate), `lost ${video.lost}`, `rtt ${video.rtt} ms`);
    if (audio) lines.push(`audio ${kilobits(audio.bitrate)}, lost ${audio.lost}`);
    this.figures.textContent = lines.join('\n');
  }
}
