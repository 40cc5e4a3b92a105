// Where each tile is, which tiles a page shows, and how a picture fits into its tile. Pure.

export const TILES_PER_PAGE = 25;
export const TILES_BESIDE_MAIN = 6;
const WIDEST = 16 / 9; // of a tile
const NARROWEST = 4 / 3; // so cameras of 16:9, which fill their tile, lose a quarter of their width at most
const SEEN_AT_LEAST = 0.7; // of a picture that fills its tile
const STRIP = { share: 0.18, min: 120, max: 260 }; // width of the column beside a main tile
const ROW = { share: 0.18, min: 64, max: 160 }; // height of the row below it
const SIDEBAR = { share: 0.32, min: 180, max: 560 }; // width
const LEAST = { width: 160, height: 90, beside: 64 }; // of a tile that is worth its place
const MAIN_SHARE = 0.6; // of the height, where the others are below
const AROUND_WORDS = 16; // over the tiles
const ABOVE_NAMES = 6;

const ZERO = { left: 0, top: 0, width: 0, height: 0 };

/** The largest tile that a cell holds. */
const tileIn = (width, height) => ({ width: Math.min(width, height * WIDEST), height: Math.min(height, width / NARROWEST) });

/** How much a tile shows: its area; and how large, since a camera's picture is as high as its tile. */
const worth = ({ width, height }) => width * height * height;

/**
 * `count` tiles of one size in a box, as large as possible; the last row is in the middle.
 * @param {number} seats for how many tiles there is to be room, at least: a last page's are no larger than the others'
 */
function grid(count, box, gap, { minColumns = 1, seats = count } = {}) {
  let best = { columns: 1, width: 0, height: 0 };
  for (let columns = minColumns; columns <= Math.max(seats, minColumns); columns += 1) {
    const rows = Math.ceil(seats / columns);
    const tile = tileIn((box.width - gap * (columns - 1)) / columns, (box.height - gap * (rows - 1)) / rows);
    if (tile.width > 0 && tile.height > 0 && worth(tile) > worth(best)) best = { columns, ...tile };
  }
  const { columns, width, height } = best;
  const rows = Math.ceil(count / columns);
  const along = (number, size) => number * size + (number - 1) * gap;
  const top = box.top + (box.height - along(rows, height)) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = box.left + (box.width - along(inRow, width)) / 2;
    return { left: left + (index - row * columns) * (width + gap), top: top + row * (height + gap), width, height };
  });
}

/** A column of small tiles at the right; the rest is the main one's. */
function withColumn(others, box, gap, seats) {
  const width = Math.min(STRIP.max, Math.max(STRIP.min, box.width * STRIP.share), box.width / 3);
  const height = Math.min(width / WIDEST, (box.height - gap * (seats - 1)) / seats);
  const left = box.left + box.width - width;
  return {
    main: { ...box, width: box.width - width - gap },
    others: Array.from({ length: others }, (_, index) => ({ left, top: box.top + index * (height + gap), width, height })),
  };
}

/** A row of small tiles below the main one. */
function withRow(others, box, gap, seats) {
  const height = Math.min(ROW.max, Math.max(ROW.min, box.height * ROW.share), box.height / 3);
  return { main: { ...box, height: box.height - height - gap }, others: grid(others, { ...box, top: box.top + box.height - height, height }, gap, { minColumns: seats }) };
}

/** A grid at the right, beside the main tile. */
function withSidebar(others, box, gap, seats) {
  const width = Math.min(SIDEBAR.max, Math.max(SIDEBAR.min, box.width * SIDEBAR.share), box.width / 2 - gap);
  return { main: { ...box, width: box.width - width - gap }, others: grid(others, { ...box, left: box.left + box.width - width, width }, gap, { seats }) };
}

/** Of two arrangements the one in which the main picture is larger. */
function better(one, other, ratio) {
  const seen = ({ main }) => Math.min(main.width, main.height * ratio);
  return seen(one) >= seen(other) ? one : other;
}

/** The main tile above, the others below, all of them together in the middle. */
function withRows(others, box, gap, seats) {
  const height = Math.min(box.width / NARROWEST, box.height * MAIN_SHARE);
  const tiles = grid(others, { ...box, top: 0, height: box.height - height - gap }, gap, { minColumns: 2, seats });
  const [above, below] = [tiles[0].top, tiles.at(-1).top + tiles.at(-1).height];
  const top = box.top + (box.height - height - gap - (below - above)) / 2;
  return { main: { ...box, top, height }, others: tiles.map((tile) => ({ ...tile, top: tile.top - above + top + height + gap })) };
}

/** @typedef {'grid'|'speaker'|'sidebar'} Layout */

/**
 * How many tiles a stage has a place for, oneself included: in a grid, or beside the main one.
 * @param {Layout} layout
 */
export function placesOn(layout, width, height) {
  const within = (least, count, most) => Math.max(least, Math.min(Math.floor(count), most));
  if (layout === 'grid') return within(4, Math.max(2, Math.floor(width / LEAST.width)) * Math.max(2, Math.floor(height / LEAST.height)), TILES_PER_PAGE);
  const fit = height > width ? TILES_BESIDE_MAIN : height / (LEAST.beside + 8);
  return layout === 'sidebar' ? within(2, 2 * fit, 2 * TILES_BESIDE_MAIN) : within(2, fit, TILES_BESIDE_MAIN);
}

/**
 * @param {number} count of tiles @param {number} main the number of the large one, or -1: all are alike
 * @param {number} width @param {number} height of the stage @param {number} gap around and between tiles
 * @param {{layout?: Layout, ratio?: number, first?: number}} how ratio: width / height of the main picture; first: how
 *   many tiles the first page has, which are not smaller than those of this one
 * @returns {{left: number, top: number, width: number, height: number}[]}
 */
export function placeTiles(count, main, width, height, gap, { layout = 'speaker', ratio = WIDEST, first = count } = {}) {
  const box = { left: gap, top: gap, width: width - 2 * gap, height: height - 2 * gap };
  if (box.width <= 0 || box.height <= 0) return Array(count).fill(ZERO);
  if (main < 0) return grid(count, box, gap, { seats: Math.max(count, first) });
  if (count === 1) return [box];
  const seats = Math.max(count, first) - 1; // beside the main tile
  const parts = box.width < box.height ? withRows(count - 1, box, gap, seats)
    : layout === 'sidebar' ? withSidebar(count - 1, box, gap, seats)
      : better(withColumn(count - 1, box, gap, seats), withRow(count - 1, box, gap, seats), ratio);
  parts.others.splice(main, 0, parts.main);
  return parts.others;
}

/**
 * How far from the bottom of the stage words over it end: below the tiles where they have room there, else above the
 * names of the last row.
 * @param {number} height of the words @param {number} below how far from the bottom the tiles end
 * @param {number} names how far from the bottom the highest name of the last row begins
 */
export const clearOfNames = (height, below, names) => (height + 2 * AROUND_WORDS <= below ? AROUND_WORDS : names + ABOVE_NAMES);

/**
 * Whether a picture may fill its tile: not when that hides too much of it, as of a phone
 * held upright. Ratios are width / height.
 */
export const fillsTile = (pictureRatio, tileRatio) => Math.min(pictureRatio, tileRatio) / Math.max(pictureRatio, tileRatio) >= SEEN_AT_LEAST;

/**
 * @param {string[]} known in the order in which they came @param {string[]} present
 * @returns {string[]} those that are present, in the order in which they came
 */
export const newestLast = (known, present) => [...known.filter((one) => present.includes(one)), ...present.filter((one) => !known.includes(one))];

/** @returns {{page: number, pages: number, first: number, end: number}} a valid page near the requested one */
export function pageOf(count, requested, perPage = TILES_PER_PAGE) {
  const pages = Math.max(1, Math.ceil(count / perPage));
  const page = Math.min(Math.max(0, requested), pages - 1);
  return { page, pages, first: page * perPage, end: Math.min(count, (page + 1) * perPage) };
}

/**
 * What is shown of `tiles`, in their order. Beside a main tile the others take pages of
 * their own. One's own tile is on every page.
 * @template T
 * @param {T[]} tiles
 * @param {T} self one's own
 * @param {T | null} main
 * @param {number} requested page
 * @param {number} places as of placesOn()
 * @returns {{page: number, pages: number, shown: T[]}}
 */
export function tilesOf(tiles, self, main, requested, places = main !== null ? TILES_BESIDE_MAIN : TILES_PER_PAGE) {
  const paged = tiles.filter((tile) => tile !== main && tile !== self);
  const { page, pages, first, end } = pageOf(paged.length, requested, self === main ? places : places - 1);
  const shown = new Set(paged.slice(first, end)).add(main).add(self);
  return { page, pages, shown: tiles.filter((tile) => shown.has(tile)) };
}

/**
 * Participants that speak are to be seen: one that has no place on the first page changes places with the one
 * of that page that has been silent longest.
 * @param {string[]} order of keys
 * @param {string[]} speakers keys
 * @param {Map<string, number>} spoke when each spoke last
 * @param {number} places on the first page
 * @returns {string[]} in which all others are where they were
 */
export function speakersFirst(order, speakers, spoke, places) {
  const result = [...order];
  for (const speaker of speakers) {
    const at = result.indexOf(speaker);
    if (at < places) continue;
    const silent = result.slice(0, places).filter((key) => !speakers.includes(key)).sort((a, b) => (spoke.get(a) ?? 0) - (spoke.get(b) ?? 0))[0];
    if (silent === undefined) break;
    result[result.indexOf(silent)] = speaker;
    result[at] = silent;
  }
  return result;
}
