// One tile: a participant's camera or screen, its name, its statistics. Names are text, never markup.

import { setLabel, text } from '../i18n.js';
import { fillsTile } from './layout.js';
import { isolated, shownName } from './name.js';

const kilobits = (bps) => (bps >= 1e6 ? `${(bps / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bps / 1000)} kbit/s`);

const REACTION_TIME = 4000;
const REACTIONS = 3; // of one person at once
const SYMBOLS = { muted: 'microphone-off' };
const ICONS = ['handUp', ...Object.keys(SYMBOLS)];
const inParentheses = (codec) => (codec ? ` (${codec})` : '');

/** What a person sees as one character: an emoji of a family is several code points. */
const firstCharacter = (name) => (Intl.Segmenter ? [...new Intl.Segmenter().segment(name)][0]?.segment : [...name][0]);

export class Tile {
  /**
   * @param {{isScreen?: boolean, isSecond?: boolean, isSelf?: boolean, isMix?: boolean}} kind
   *   isSecond: a second camera or screen; isMix: one picture of everybody
   * @param {() => void} onPin it is to be large, or no more
   * @param {() => void} onShape its picture has another shape
   */
  constructor({ isScreen = false, isSecond = false, isSelf = false, isMix = false } = {}, onPin = () => {}, onShape = () => {}) {
    this.isSelf = isSelf;
    this.isMix = isMix;
    this.element = document.createElement('article');
    this.element.className = 'tile';
    this.element.classList.toggle('screen', isScreen);
    this.element.classList.toggle('mirrored', isSelf && !isScreen && !isSecond);
    this.video = this.#add('video', '');
    this.video.autoplay = true;
    this.video.playsInline = true;
    this.video.muted = true; // audio has elements of its own (audio.js), so that participants without a visible tile are heard
    this.video.addEventListener('resize', () => { // the first picture, too
      onShape();
      this.#showInitial();
    });
    this.initial = this.#add('div', 'initial');
    this.initialCharacter = document.createElement('span');
    this.initial.append(this.initialCharacter);
    this.notice = this.#add('div', 'notice');
    this.caption = this.#add('div', 'caption');
    for (const element of [this.initial, this.caption]) element.setAttribute('aria-hidden', 'true'); // the tile's label says it
    this.reactions = this.#add('div', 'reactions');
    this.statistics = this.#add('div', 'statistics');
    this.statistics.hidden = true;
    this.pin = this.#add('button', 'pin');
    this.pin.type = 'button';
    this.pin.innerHTML = '<svg class="glyph" aria-hidden="true"><use href="#icon-pin"/></svg>';
    this.pin.onclick = onPin;
  }

  #add(name, className) {
    const element = document.createElement(name);
    element.className = className;
    this.element.append(element);
    return element;
  }

  /** Call it when the tile is on the stage: the browser paused its video when it was taken away. */
  play() {
    if (this.video.srcObject && this.video.paused) this.video.play().catch(() => {}); // rejected: taken away again
  }

  /** Width / height of the picture; undefined before there is one. */
  get ratio() {
    return this.video.videoHeight > 0 ? this.video.videoWidth / this.video.videoHeight : undefined;
  }

  /** Pictures shown so far; 0 where the browser does not tell. */
  get frames() {
    return this.video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0;
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

  /**
   * A picture fills its tile if enough of it is seen then; a mix has faces and names at its edges. Call when the
   * tile's size has changed.
   */
  fit() {
    const { videoWidth, videoHeight } = this.video;
    const { clientWidth, clientHeight } = this.element;
    const fills = !this.isMix && (!(videoWidth * videoHeight * clientWidth * clientHeight) || fillsTile(videoWidth / videoHeight, clientWidth / clientHeight));
    this.element.classList.toggle('whole', !fills);
  }

  /**
   * @param {{name: string, isScreen: boolean, audioMuted: boolean, videoMuted: boolean, isAway: boolean,
   *   isPaused?: boolean, isSpeaking?: boolean, isPinned?: boolean, isFrozen?: boolean, isHandUp?: boolean,
   *   isUnheard?: boolean, isLeftOut?: boolean, hasWrongKey?: boolean, quality?: import('../quality.js').Level,
   *   unplayable?: {video?: string, audio?: string}}} what unplayable: codecs that this device cannot play;
   *   hasWrongKey: what it sends cannot be decrypted; said in words, else it would look as if its camera were off
   */
  describe({ name, isScreen, isSecond = false, audioMuted, videoMuted, isAway, isPaused = false, isSpeaking = false, isPinned = false, isFrozen = false, isHandUp = false, isUnheard = false, isLeftOut = false,
    hasWrongKey = false, quality, unplayable = {} }) {
    this.element.classList.toggle('speaking', isSpeaking && !audioMuted && !hasWrongKey); // the router says a moment later that who muted is silent
    if (this.pin.dataset.label !== (isPinned ? 'unpin' : 'pin')) setLabel(this.pin, isPinned ? 'unpin' : 'pin');
    const states = [['handUp', isHandUp], ['muted', audioMuted], ['you', this.isSelf], ['screen', isScreen && !isSecond], ['screen2', isScreen && isSecond], ['camera2', isSecond && !isScreen], ['away', isAway], ['paused', isPaused], ['unheard', isUnheard && !audioMuted], ['frozen', isFrozen], ['wrongKeyHere', hasWrongKey]];
    const notes = states.filter(([, is]) => is).map(([state]) => state);
    this.element.classList.toggle('frozen', isFrozen);
    const visible = shownName(name);
    const shown = visible || text('nameless');
    this.#caption(shown, notes, quality);
    this.initialCharacter.textContent = firstCharacter(visible)?.toUpperCase() ?? '?';
    this.notice.textContent = [
      unplayable.video !== undefined && !videoMuted ? text('cannotPlay', { name: isolated(shown), codec: inParentheses(unplayable.video) }) : '',
      unplayable.audio !== undefined && !audioMuted ? text('cannotHear', { name: isolated(shown), codec: inParentheses(unplayable.audio) }) : '',
    ].join(' ').trim();
    this.notice.hidden = this.notice.textContent === '';
    this.isPictured = !videoMuted && !isAway && !isPaused && !isLeftOut && !hasWrongKey && unplayable.video === undefined && Boolean(this.video.srcObject);
    this.#showInitial();
  }

  /** A participant that is to be seen, but not yet, has its initial instead of a black tile. */
  #showInitial() {
    this.initial.hidden = this.isPictured && this.video.videoWidth > 0;
  }

  /**
   * The page's notes are elements of their own beside the name, so that somebody who is
   * called "Ann (you)" fools nobody.
   */
  #caption(name, notes, quality) {
    const words = notes.map((note) => text(note));
    const said = quality === undefined || quality === 'good' ? words : [...words, text(quality)];
    const label = `“${name.replace(/[“”]/g, '"')}”${said.map((note) => `, ${note}`).join('')}`;
    if (this.element.getAttribute('aria-label') === label && this.quality === quality) return;
    this.element.setAttribute('aria-label', label);
    this.quality = quality;
    const who = document.createElement('bdi');
    who.textContent = name;
    const mark = document.createElement('span');
    mark.className = 'quality';
    mark.hidden = quality === undefined; // nothing comes in by which it could be told
    mark.dataset.level = quality ?? '';
    mark.title = quality ? text(quality) : '';
    this.caption.classList.toggle('passing', said.join() === text('screen'));
    this.caption.classList.toggle('icons', notes.every((note) => ICONS.includes(note))); // which are narrow: one line holds them
    this.caption.replaceChildren(mark, who, ...notes.map((note) => this.#note(note)));
  }

  /** What is on many tiles at once is an icon, its words a tooltip. */
  #note(note) {
    const element = document.createElement('span');
    element.className = 'note';
    element.title = text(note);
    if (SYMBOLS[note]) element.innerHTML = `<svg aria-hidden="true"><use href="#icon-${SYMBOLS[note]}"/></svg>`;
    else element.textContent = note === 'handUp' ? '✋' : text(note);
    return element;
  }

  /** A reaction, for a moment, after those that are there. The page says it in words, too. @param {string} emoji */
  showReaction(emoji) {
    const element = Object.assign(document.createElement('div'), { className: 'reaction', textContent: emoji });
    element.setAttribute('aria-hidden', 'true');
    this.reactions.append(element);
    if (this.reactions.children.length > REACTIONS) this.reactions.children[0].remove();
    setTimeout(() => element.remove(), REACTION_TIME);
  }

  /**
   * @param {import('../stats.js').TileStats | undefined} video
   * @param {import('../stats.js').TileStats | undefined} audio
   */
  showStatistics(video, audio, areRequested) {
    const lines = [];
    if (video) lines.push(`${video.width}×${video.height} ${Math.round(video.fps)} fps`, kilobits(video.bitrate), text('statsLost', { n: video.lost }), text('statsRtt', { n: video.rtt }));
    if (audio) lines.push(text('statsAudio', { rate: kilobits(audio.bitrate), n: audio.lost }));
    this.#showLines(lines, areRequested);
  }

  /** Of one's own tile: what goes out, in all encodings and to all. */
  showSent(sent, areRequested) {
    const rate = (kind) => kilobits(sent.filter((one) => one.kind === kind).reduce((sum, { bitrate }) => sum + bitrate, 0));
    const [largest] = sent.filter(({ width }) => width > 0).sort((a, b) => b.width - a.width);
    const lines = largest ? [`${largest.width}×${largest.height}`, text('statsSent', { rate: rate('video') })] : [];
    if (sent.some(({ kind }) => kind === 'audio')) lines.push(text('statsSentAudio', { rate: rate('audio') }));
    this.#showLines(lines, areRequested);
  }

  #showLines(lines, areRequested) {
    this.statistics.hidden = !areRequested || lines.length === 0;
    this.statistics.textContent = lines.join('\n');
  }
}
