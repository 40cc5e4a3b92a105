// How many columns a grid of tiles has, and which tiles a page shows. Pure.

export const TILES_PER_PAGE = 25;
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
