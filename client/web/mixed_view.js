// In a room with a mixer one video and one audio of all come instead of everybody's: which of both
// is asked for, and which is shown. What was shown stays until the other comes out of the
// decoders. Screens and second cameras are shown beside either. No DOM.

const POLL_INTERVAL = 40;
const LIMIT = 10000; // a mix that is not requested any more is not shown for longer
// Whose audio has not come by then counts as silent: a device may be, and some that are off send nothing.
const SILENT = 2000;

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
  }

  /** @param {string} mixer '' for none */
  follow(mixer) {
    if (mixer === this.requested) return;
    this.requested = mixer;
    this.before = new Map();
    this.since = performance.now();
    this.call.changed();
    this.#poll();
  }

  /** Everybody has another id: nothing of before is shown any more. */
  reset() {
    clearTimeout(this.timer);
    Object.assign(this, { requested: '', shown: '', timer: null });
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
    return isBeside(publication) || (isMix ? publication.startsWith(`${this.shown}/`) : this.shown === '');
  }

  /** Whether the publication is asked for now. */
  isReceived({ id }) {
    return this.needsOthers || isBeside(id);
  }

  async #poll() {
    clearTimeout(this.timer);
    const goal = this.requested;
    const awaited = goal ? mixOf(goal) : this.call.others().filter(({ id }) => !isBeside(id));
    const counts = await Promise.all(awaited.map(({ id }) => this.call.decoded(id)));
    if (goal !== this.requested || goal === this.shown) return;
    awaited.forEach(({ id }, index) => this.before.has(id) || this.before.set(id, counts[index]));
    const since = performance.now() - this.since;
    const hasCome = ({ id, kind }, index) => counts[index] > this.before.get(id) || (goal === '' && kind === 'audio' && since >= SILENT);
    if ((goal === '' && since >= LIMIT) || awaited.every(hasCome)) {
      this.shown = goal;
      this.call.changed();
    } else {
      this.timer = setTimeout(() => this.#poll(), POLL_INTERVAL);
    }
  }
}
