// Which publications have an m-line of their own, and what the shared m-lines show. Pure.

/** @typedef {import('./protocol.js').Publication} Publication */
/**
 * Sizes of videos on the screen, by publication; null: all, large.
 * @typedef {Map<string, {width: number, height: number, priority: number}>|null} View
 */

const HIDDEN = { width: 0, height: 0, priority: 0 };
const NEXT = { width: 640, height: 360, priority: 100 }; // what is to take the place of what is shown has no tile yet

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

/**
 * How many m-lines are shared: for video as many as a page of such videos alone needs: to
 * turn to it then takes no offer.
 * @param {Publication[]} rest
 * @param {number} audioSlots
 * @param {View} view
 */
export function sharedLines(rest, audioSlots, view) {
  const videos = rest.filter(({ kind }) => kind === 'video').length;
  return { audio: rest.some(({ kind }) => kind === 'audio') ? audioSlots : 0, video: view ? Math.min(videos, view.size) : videos };
}

/** @param {Publication[]} rest @param {View} view @returns {string[]} the videos among them that are on the screen */
export function videosOnScreen(rest, view) {
  return rest.filter(({ id, kind }) => kind === 'video' && (!view || view.has(id))).map(({ id }) => id);
}

/**
 * What the router is asked to send on an m-line.
 * @param {{mid: string, kind: string, publication: string|null}} line
 * @param {Map<string, string>} requested on shared m-lines, by mid
 * @param {View} view
 * @param {boolean} isChanging a mix takes over, or everybody's media
 * @returns {object|false} false: nothing need be said
 */
export function requestOf({ mid, kind, publication }, requested, view, isChanging) {
  if (kind === 'audio') return publication === null && { mid, show: 'speaker', width: 0, height: 0, priority: 0 };
  const show = publication ?? requested.get(mid);
  const seen = view.get(show) ?? (isChanging ? NEXT : HIDDEN);
  return { mid, show: publication === null ? show : '', ...seen };
}

/** The size of a tile in pixels of the screen, rounded so that small changes are not told. */
export function sizeOf(width, height, ratio = 1) {
  const round = (value) => Math.min(16384, Math.ceil((value * ratio) / 16) * 16);
  return { width: round(width), height: round(height) };
}
