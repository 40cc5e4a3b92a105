// In a room with a mixer one video and one audio of all come instead of everybody's: which of both
// is asked for, and which is shown. What was shown stays until the other comes out of the
// decoders. Screens and second cameras are shown beside either, but where the mix has them: in a speaker
// view. No DOM.

const POLL_INTERVAL = 40;
const LIMIT = 10000; // a mix that is not requested any more is not shown for longer
// Whose audio has not come by then counts as silent: a device may be, and some that are off send nothing.
const SILENT = 2000;
const LAYOUT_HOLD = 1000; // until the mix has what was beside it

// For so long audio comes before it counts: a browser's jitter buffer begins almost empty, and runs dry once or twice.
const SETTLES = 200;

/** Screens with their audio, and second cameras. */
const isBeside = (publication) => /\/(screen|camera-2)/.test(publication);

/** @param {string} mixer @returns {import('./protocol.js').Publication[]} */
export const mixOf = (mixer) => [
  { id: `${mixer}/mix-video`, kind: 'video', source: 'mix-video', muted: false },
  { id: `${mixer}/mix`, kind: 'audio', source: 'mix', muted: false },
];

export class MixedView {
  /**
   * @param {{others: () => import('./protocol.js').Publication[], decoded: (publication: string) => Promise<number>,
   *   changed: () => void}} call
   *   others: of people, those that are not muted; decoded: frames or packets that came out of its decoder so far
   */
  constructor(call) {
    this.call = call;
    this.requested = ''; // the room's mixer; '': there is none
    this.shown = ''; // the mixer whose video and audio are shown; '': everybody's
    this.timer = null;
    this.layout = 'grid'; // of the mix
    this.hasAll = false; // the mix has screens and second cameras, too
  }

  /** @param {'grid'|'speaker'} layout of the mixer's picture */
  arrange(layout) {
    if (layout === this.layout) return;
    this.layout = layout;
    clearTimeout(this.hold);
    const apply = () => {
      this.hasAll = layout === 'speaker';
      this.call.changed();
    };
    if (layout === 'speaker') this.hold = setTimeout(apply, LAYOUT_HOLD);
    else apply();
  }

  /** Whether screens and second cameras are in the mix that is shown, and so nowhere else. */
  get coversAll() {
    return this.hasAll && this.shown !== '';
  }

  /** @param {string} mixer '' for none */
  follow(mixer) {
    if (mixer === this.requested) return;
    this.requested = mixer;
    this.before = new Map();
    this.came = new Map(); // when something of a publication came first
    this.since = performance.now();
    this.call.changed();
    this.#poll();
  }

  /** Everybody has another id: nothing of before is shown any more. */
  reset() {
    clearTimeout(this.timer);
    clearTimeout(this.hold);
    Object.assign(this, { requested: '', shown: '', timer: null, layout: 'grid', hasAll: false });
  }

  /** The mixers whose publications are to come in. */
  get mixers() {
    return [...new Set([this.requested, this.shown])].filter(Boolean);
  }

  /** Whether everybody's are. */
  get needsOthers() {
    return this.requested === '' || this.shown !== this.requested;
  }

  /** What is shown is not yet what is requested. */
  get isChanging() {
    return this.requested !== this.shown;
  }

  isShown(publication) {
    const isMix = /\/mix/.test(publication);
    if (isBeside(publication)) return !this.coversAll;
    return isMix ? publication.startsWith(`${this.shown}/`) : this.shown === '';
  }

  /** Whether the publication is asked for now. */
  isReceived({ id }) {
    return this.needsOthers || (isBeside(id) && !this.hasAll);
  }

  async #poll() {
    clearTimeout(this.timer);
    const goal = this.requested;
    const awaited = goal ? mixOf(goal) : this.call.others().filter(({ id }) => !isBeside(id));
    const counts = await Promise.all(awaited.map(({ id }) => this.call.decoded(id)));
    if (goal !== this.requested || goal === this.shown) return;
    const now = performance.now(), since = now - this.since;
    awaited.forEach(({ id }, index) => {
      if (!this.before.has(id)) this.before.set(id, counts[index]);
      if (counts[index] > this.before.get(id) && !this.came.has(id)) this.came.set(id, now);
    });
    const isThere = ({ id, kind }) => (kind === 'audio' ? now - (this.came.get(id) ?? Infinity) >= SETTLES || (goal === '' && since >= SILENT) : this.came.has(id));
    if ((goal === '' && since >= LIMIT) || awaited.every(isThere)) {
      this.shown = goal;
      this.call.changed();
    } else {
      this.timer = setTimeout(() => this.#poll(), POLL_INTERVAL);
    }
  }
}
