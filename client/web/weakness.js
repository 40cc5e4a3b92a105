// Whether everybody's pictures are too much: for the link, when the router leaves some out although it could not send
// them smaller, or for this device, when it does not decode what comes. Either has to last. Pure.

const LASTS = 5000;
const DECODED_SHARE = 0.75; // of the frames that came; less is trouble
const FRAMES_LEAST = 10; // of all pictures together between two readings: fewer say nothing

export class Weakness {
  constructor() {
    this.frames = new Map(); // of the last reading, by publication
    this.since = { link: Infinity, device: Infinity }; // since when there is trouble without a break
  }

  #decodesAll(remotes) {
    let [came, decoded] = [0, 0];
    for (const { publication, framesReceived, frames } of remotes) {
      const before = this.frames.get(publication);
      came += Math.max(0, framesReceived - (before?.framesReceived ?? framesReceived));
      decoded += Math.max(0, frames - (before?.frames ?? frames));
    }
    this.frames = new Map(remotes.map((stats) => [stats.publication, stats]));
    return came < FRAMES_LEAST || decoded >= DECODED_SHARE * came;
  }

  /**
   * @param {{remotes: {publication: string, kind: string, framesReceived: number, frames: number}[], isCut: boolean}}
   *   what isCut: the router sends pictures of others not at all, for want of bandwidth
   * @param {number} now milliseconds
   * @returns {'link'|'device'|''} what has been too weak for so long; '': nothing
   */
  look({ remotes, isCut }, now) {
    const hasTrouble = { link: isCut, device: !this.#decodesAll(remotes.filter(({ kind }) => kind === 'video')) };
    for (const [of, has] of Object.entries(hasTrouble)) this.since[of] = has ? Math.min(this.since[of], now) : Infinity;
    return ['link', 'device'].find((of) => now - this.since[of] >= LASTS) ?? '';
  }
}
