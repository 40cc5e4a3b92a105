// Two people see each other: how long after the click on "Join".
const LIMIT = 20000; // ms

export const EACH_OTHER = 1000; // ms: what is promised (docs/test_bounds.md)

/** In a page: `firstFrameOfOther` becomes when, by the clock, somebody else's first frame was on the screen. */
function watch(limit) {
  const other = () => [...(window.heddle.view?.stage.tiles ?? [])].find(([key]) => key !== 'self')?.[1].video;
  window.firstFrameOfOther = new Promise((resolve) => {
    setTimeout(resolve, limit, Infinity);
    const look = () => {
      if (other()) other().requestVideoFrameCallback(() => resolve(Date.now()));
      else requestAnimationFrame(look);
    };
    look();
  });
}

/**
 * `late`, a page that has not joined yet, joins `there`, who is alone in the room.
 * @returns {Promise<number[]>} ms from the click to the first frame of the other: where one joins, and where one is
 */
export async function joinBeside(there, late) {
  for (const page of [there, late]) await page.evaluate(watch, LIMIT);
  const begun = await late.evaluate(() => {
    const now = Date.now();
    document.getElementById('join').click();
    return now;
  });
  const frames = await Promise.all([late, there].map((page) => page.evaluate(() => window.firstFrameOfOther)));
  return frames.map((frame) => frame - begun);
}
