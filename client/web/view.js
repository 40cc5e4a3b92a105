// Which publications have an m-line of their own, and what the shared m-lines show. Pure.

/** @typedef {import('./protocol.js').Publication} Publication */

/**
 * The first `limit` of each kind have m-lines of their own, which keeps audio and video together; the rest shares.
 * @param {Publication[]} publications @param {number} limit
 * @returns {{own: Publication[], rest: Publication[]}}
 */
export function divide(publications, limit) {
  const counts = { audio: 0, video: 0 };
  const own = [];
  const rest = [];
  for (const publication of publications) {
    counts[publication.kind] += 1;
    (counts[publication.kind] <= limit ? own : rest).push(publication);
  }
  return { own, rest };
}

/**
 * Puts publications on shared m-lines; one that has an m-line keeps it.
 * @param {Map<string, string>} shown what each m-line was last asked to show, by mid
 * @param {string[]} requested publications
 * @returns {Map<string, string>} the same for now; '' where nothing is requested
 */
export function share(shown, requested) {
  const result = new Map([...shown].map(([mid, publication]) => [mid, requested.includes(publication) ? publication : '']));
  const placed = new Set(result.values());
  const waiting = requested.filter((publication) => !placed.has(publication));
  for (const [mid, publication] of result) if (publication === '' && waiting.length > 0) result.set(mid, waiting.shift());
  return result;
}

/** The size of a tile in pixels of the screen, rounded so that small changes are not told. */
export function sizeOf(width, height, ratio = 1) {
  const round = (value) => Math.min(16384, Math.ceil((value * ratio) / 16) * 16);
  return { width: round(width), height: round(height) };
}
