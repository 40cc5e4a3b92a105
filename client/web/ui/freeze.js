// A picture that stands still looks like somebody who listens; so it is told. Pure.

const FROZEN_AFTER = { live: 2500, lost: 1000 }; // milliseconds without a new frame; lost: while a connection is known to be lost

/** Watches the frames of one tile. */
export class FreezeDetector {
  constructor() {
    this.frames = -1;
    this.since = 0;
  }

  /**
   * @param {number} frames that were shown so far
   * @param {number} now milliseconds
   * @param {{isExpected: boolean, isLost: boolean}} what isExpected: the picture should move; isLost: its connection is
   *   lost
   * @returns {boolean} whether it stands still
   */
  read(frames, now, { isExpected, isLost }) {
    if (!isExpected || frames !== this.frames) {
      this.frames = frames;
      this.since = now;
      return false;
    }
    return frames > 0 && now - this.since >= (isLost ? FROZEN_AFTER.lost : FROZEN_AFTER.live);
  }
}
