// What is special about each video codec that a page may send with (`codec` of a Source). No DOM.

const DEPENDENCY_DESCRIPTOR = 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';

/** `isSpatial`: sent as one stream of spatial layers, the others in simulcast; `extension`: without it the layers cannot be told apart. */
const CODECS = Object.freeze({
  vp8: { isSpatial: false },
  h264: { isSpatial: false },
  vp9: { isSpatial: true },
  av1: { isSpatial: true, extension: DEPENDENCY_DESCRIPTOR },
});

export const DEFAULT_CODEC = 'vp8'; // every browser sends it in simulcast with temporal layers

/** @param {string} [codec] */
export const isSpatial = (codec) => CODECS[codec]?.isSpatial ?? false;

/** Header extensions that browsers know and do not offer by themselves. */
export const EXTENSIONS = Object.freeze(Object.values(CODECS).flatMap(({ extension }) => extension ?? []));
