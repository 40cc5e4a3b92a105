// How many columns a grid of tiles has, and which tiles a page shows. Pure.

export const TILES_PER_PAGE = 25;
export const TILES_BESIDE_MAIN = 6; // as many rows as style.css gives the speaker layout
const TILE_RATIO = 16 / 9;

/** The number of columns that makes `count` tiles largest in a stage of this size. */
export function gridColumns(count, width, height) {
  let best = { columns: 1, size: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const tileWidth = Math.min(width / columns, (height / rows) * TILE_RATIO);
    if (tileWidth > best.size) best = { columns, size: tileWidth };
  }
  return best.columns;
}

/** @returns {{page: number, pages: number, first: number, end: number}} a valid page near the wanted one */
export function pageOf(count, wanted, perPage = TILES_PER_PAGE) {
  const pages = Math.max(1, Math.ceil(count / perPage));
  const page = Math.min(Math.max(0, wanted), pages - 1);
  return { page, pages, first: page * perPage, end: Math.min(count, (page + 1) * perPage) };
}

/**
 * What is shown of `tiles`, in their order. Beside a main tile the others take pages of their own.
 * @template T @param {T[]} tiles @param {T | null} main @param {number} wanted page
 * @returns {{page: number, pages: number, shown: T[]}}
 */
export function tilesOf(tiles, main, wanted) {
  const paged = main !== null ? tiles.filter((tile) => tile !== main) : tiles;
  const { page, pages, first, end } = pageOf(paged.length, wanted, main !== null ? TILES_BESIDE_MAIN : TILES_PER_PAGE);
  const shown = new Set(paged.slice(first, end)).add(main);
  return { page, pages, shown: tiles.filter((tile) => shown.has(tile)) };
}
