// How good the connection is: one's own, and what comes from each of the others. What is bad of one's own
// link is bad of everybody, so another's mark is told only where it is worse than one's own: nobody is
// blamed for what is at one's own end. No DOM.

/** @typedef {'good'|'fair'|'poor'} Level */

const LEVELS = ['good', 'fair', 'poor'];
const LINK = { rttMs: [250, 500], lossShare: [0.03, 0.1] }; // from which value on a link is fair, poor
const MEDIA = { frozenShare: [0.05, 0.25], concealedShare: [0.05, 0.2] }; // of the time; of the audio

/** @param {Record<string, number>} values @param {Record<string, number[]>} bounds @returns {Level} the worst of all */
function worst(values, bounds) {
  const ranks = Object.entries(bounds).map(([name, limits]) => limits.filter((limit) => values[name] >= limit).length);
  return LEVELS[Math.max(...ranks)];
}

/** @param {{rttMs: number, lossShare: number}} link @returns {Level} */
export const levelOfLink = (link) => worst(link, LINK);

/** @param {{frozenShare: number, concealedShare: number}} media @returns {Level} */
export const levelOfMedia = (media) => worst(media, MEDIA);

const rank = (level) => LEVELS.indexOf(level);
const share = (part, whole) => (whole > 0 ? Math.min(1, Math.max(0, part) / whole) : 0);

/** Compares each reading of the counters (stats.js) with the one before. */
export class QualityReader {
  constructor() {
    this.last = new Map(); // readings by publication
    this.muted = new Set(); // publications that were, at the last reading
    this.lastAt = 0;
  }

  #since(stats) {
    const before = this.last.get(stats.publication);
    const grown = (name) => (before ? Math.max(0, stats[name] - before[name]) : 0);
    return { packets: grown('packets'), lost: grown('lost'), freezeSeconds: grown('freezeSeconds'), concealed: grown('concealed'), samples: grown('samples') };
  }

  /**
   * @param {{remotes: import('./stats.js').TileStats[], links: {remote: string, rtt: number, lossShare: number}[]}}
   *   stats lossShare: of what we send, as the remote end says
   * @param {number} now milliseconds
   * @param {Set<string>} [muted] publications that are: of what was just muted, or comes again, a part is missing,
   *   and nobody's link is bad
   * @returns {{own: Level, others: Map<string, Level>}} others: by participant
   */
  read({ remotes, links }, now, muted = new Set()) {
    const seconds = (now - this.lastAt) / 1000;
    const grown = remotes.map((stats) => ({ ...stats, ...this.#since(stats) }));
    this.last = new Map(remotes.map((stats) => [stats.publication, stats]));
    this.lastAt = now;
    const ofLinks = links.map(({ remote, rtt, lossShare }) => {
      const came = grown.filter((stats) => stats.remote === remote);
      const sum = (name) => came.reduce((total, stats) => total + stats[name], 0);
      return levelOfLink({ rttMs: rtt, lossShare: Math.max(lossShare, share(sum('lost'), sum('lost') + sum('packets'))) });
    });
    const own = ofLinks.length > 0 ? LEVELS[Math.min(...ofLinks.map(rank))] : 'good'; // if one link is well, the own end is
    const others = new Map();
    const isWhole = ({ publication }) => !muted.has(publication) && !this.muted.has(publication);
    for (const stats of grown) {
      const [participant] = stats.publication.split('/');
      const level = !isWhole(stats) ? 'good' : levelOfMedia({ frozenShare: share(stats.freezeSeconds, seconds), concealedShare: share(stats.concealed, stats.samples) });
      if (rank(level) > rank(others.get(participant) ?? 'good')) others.set(participant, level);
      else if (!others.has(participant)) others.set(participant, 'good');
    }
    for (const [participant, level] of others) if (rank(level) <= rank(own)) others.set(participant, 'good');
    this.muted = muted;
    return { own, others };
  }
}
