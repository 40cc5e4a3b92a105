// How an encrypted frame looks to those that cannot read it: a packetizer that cuts it, a depacketizer that joins it, a
// router that looks for keyframes. PROTOCOL.md, "End-to-end encryption". client/e2ee/frame_format.h is the same in C
// for the codecs that the C client has. No DOM.
//
// A format splits a frame into parts, {clear, plain}: the bytes that stay in the clear, and those to be encrypted. It
// makes a frame of the clear bytes and what became of the others, and splits that again, {clear, encrypted}; null: it
// is no frame of this codec.

import { join } from './sframe.js';

/** Formats in which the frame's first bytes stay in the clear. @param {(frame: Uint8Array) => number} clearOf */
function prefixed(clearOf) {
  const cut = (frame, name) => {
    const length = clearOf(frame);
    return length > frame.length ? null : [{ clear: frame.subarray(0, length), [name]: frame.subarray(length) }];
  };
  return {
    split: (frame) => cut(frame, 'plain'),
    make: ([{ clear }], [encrypted]) => join(clear, encrypted),
    parse: (frame) => cut(frame, 'encrypted'),
    restore: ([{ clear }], [plain]) => join(clear, plain),
  };
}

/** Formats in which the whole frame is encrypted, and put into something that looks like one. */
function enveloped(wrap, unwrap) {
  const clear = new Uint8Array();
  return {
    split: (frame) => [{ clear, plain: frame }],
    make: ([{ plain }], [encrypted]) => wrap(encrypted, plain),
    parse(frame) {
      const encrypted = unwrap(frame);
      return encrypted && [{ clear, encrypted }];
    },
    restore: (parts, [plain]) => plain,
  };
}

// VP8's frame header (RFC 6386 section 9.1), whose lowest bit is 0 in a keyframe, which then has a start code and its
// size, too: depacketizers read both.
const vp8 = prefixed((frame) => (frame.length > 0 && (frame[0] & 1) === 0 ? 10 : 3));
const vp9 = prefixed(() => 0); // all that others need is in the payload descriptor, outside of the frame
const opus = prefixed(() => 1); // RFC 6716 section 3.1

// AV1: packetizers and depacketizers read OBUs. All is in one of the type metadata, of a kind that is nobody's
// (AV1 specification section 6.7.1): a decoder without the key leaves it out.
const OBU_METADATA = (5 << 3) | 2; // obu_has_size_field
const METADATA_TYPE = 31;

function leb128(number) {
  const bytes = [];
  for (let rest = number; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | (rest >= 128 ? 128 : 0));
  return Uint8Array.from(bytes);
}

const av1 = enveloped(
  (encrypted) => join(Uint8Array.of(OBU_METADATA), leb128(encrypted.length + 1), Uint8Array.of(METADATA_TYPE), encrypted),
  (frame) => {
    if (frame[0] !== OBU_METADATA) return null;
    let at = 1;
    while (frame[at] >= 128) at += 1;
    return frame[at + 1] === METADATA_TYPE ? frame.subarray(at + 2) : null;
  },
);

// H.264 (Annex B): depacketizers want parameter sets and the beginning of a slice, of which they read the picture's
// parameter set. These are copied in front; the frame, with these, is encrypted in the rest of a slice, in which no
// start code may come about (section 7.4.1).
const SLICE_COPIED = 4;
const NAL_SLICES = [1, 2, 3, 4, 5];
const NAL_PARAMETERS = [7, 8];
const START_CODE = Uint8Array.of(0, 0, 0, 1);
const END = 0x80; // not 0, which could belong to a start code; its lower bits: how many bytes were copied

/** The NAL units, without their start codes. */
function* units(frame) {
  let begin = -1;
  for (let at = 0; at + 2 < frame.length; at++) {
    if (frame[at] !== 0 || frame[at + 1] !== 0 || frame[at + 2] !== 1) continue;
    if (begin >= 0) yield frame.subarray(begin, frame[at - 1] === 0 ? at - 1 : at);
    begin = at + 3;
    at += 2;
  }
  if (begin >= 0) yield frame.subarray(begin);
}

const typeOf = (unit) => unit[0] & 31;

function escape(data) {
  const out = [];
  let zeros = 0;
  for (const byte of data) {
    if (zeros === 2 && byte <= 3) {
      out.push(3);
      zeros = 0;
    }
    out.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Uint8Array.from(out);
}

function unescape(data) {
  const out = [];
  let zeros = 0;
  for (const byte of data) {
    if (zeros === 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    out.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Uint8Array.from(out);
}

const h264 = enveloped(
  (encrypted, frame) => {
    const all = [...units(frame)];
    const slice = all.find((unit) => NAL_SLICES.includes(typeOf(unit)));
    if (!slice) return null;
    const head = slice.subarray(0, 1 + SLICE_COPIED);
    const parameters = all.filter((unit) => NAL_PARAMETERS.includes(typeOf(unit)));
    const body = join(head, Uint8Array.of(END), escape(encrypted), Uint8Array.of(END | (head.length - 1)));
    return join(...[...parameters, body].flatMap((unit) => [START_CODE, unit]));
  },
  (frame) => {
    const slice = [...units(frame)].find((unit) => NAL_SLICES.includes(typeOf(unit)));
    const copied = slice ? slice[slice.length - 1] - END : -1;
    return copied >= 0 && copied <= SLICE_COPIED ? unescape(slice.subarray(2 + copied, slice.length - 1)) : null;
  },
);

// RED (RFC 2198): the blocks are encrypted each, so that a router can take the newest one out. Only lengths change.
const RED_OLDER_MAX = 1023;
const RED_BLOCKS_MAX = 4; // each costs a receiver as much as a frame; what is older comes too late

function redBlocks(payload) {
  const heads = [];
  let at = 0;
  for (; payload[at] >= 128; at += 4) {
    if (at + 4 >= payload.length) return null;
    heads.push({ head: payload.subarray(at, at + 4), length: ((payload[at + 2] & 3) << 8) | payload[at + 3] });
  }
  if (at >= payload.length) return null;
  heads.push({ head: payload.subarray(at, at + 1) });
  at += 1;
  for (const block of heads) {
    block.data = payload.subarray(at, at + (block.length ?? payload.length - at));
    if (block.data.length < (block.length ?? 0)) return null;
    at += block.data.length;
  }
  return heads;
}

function makeRed(parts, datas) {
  const blocks = parts.map(({ head, clear }, index) => ({ head, data: join(clear, datas[index]) }));
  const kept = blocks.filter(({ head, data }) => head.length === 1 || data.length <= RED_OLDER_MAX);
  const heads = kept.map(({ head, data }) => (head.length === 1 ? head : Uint8Array.of(head[0], head[1], (head[2] & 0xfc) | (data.length >> 8), data.length & 255)));
  return join(...heads, ...kept.map(({ data }) => data));
}

/** The blocks that are not empty; null: it is no RED, or the newest one is. */
function filledBlocks(payload) {
  const all = redBlocks(payload);
  return all?.at(-1).data.length > 0 ? all.filter(({ data }) => data.length > 0) : null;
}

const redParts = (blocks, name) => blocks.map(({ head, data }) => ({ head, clear: data.subarray(0, 1), [name]: data.subarray(1) }));

function splitRed(payload) {
  const blocks = filledBlocks(payload);
  return blocks && redParts(blocks.slice(-RED_BLOCKS_MAX), 'plain');
}

function parseRed(payload) {
  const blocks = filledBlocks(payload);
  return blocks && blocks.length <= RED_BLOCKS_MAX ? redParts(blocks, 'encrypted') : null;
}

const red = { split: splitRed, make: makeRed, parse: parseRed, restore: makeRed };

const formats = { vp8, vp9, av1, h264, opus, red };

/** @param {string} codec "vp8", "opus"... */
export const formatOf = (codec) => formats[codec];
