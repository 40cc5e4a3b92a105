// Turning through the pages of a large room: how long after the click each picture of the new page is on the screen.

/**
 * Clicks on the button with this id, as `page-next`.
 * @returns {Promise<{page: number, ms: number[], drawn: number}>} ms: of each picture, the first one first; one that
 *   did not come is Infinity; drawn: how often everything was drawn meanwhile
 */
export const turnPage = (page, button, limit = 10000) => page.evaluate(async ([id, longest]) => {
  const { view } = window.heddle;
  const { stage } = view;
  let drawn = 0;
  view.update = () => { // of this view alone
    drawn += 1;
    Object.getPrototypeOf(view).update.call(view);
  };
  const before = new Set(stage.element.children);
  const begun = performance.now();
  document.getElementById(id).click();
  const videos = [...stage.element.children].filter((tile) => !before.has(tile)).map((tile) => tile.querySelector('video'));
  const shown = (video) => new Promise((resolve) => {
    video.requestVideoFrameCallback(() => resolve(performance.now() - begun));
    setTimeout(() => resolve(Infinity), longest);
  });
  const ms = await Promise.all(videos.map(shown));
  delete view.update;
  return { page: stage.page, drawn, ms: ms.sort((a, b) => a - b) };
}, [button, limit]);
