// The worker of an encrypted call, around call_frames.js: every frame that the browser sends or receives passes here
// (webrtc-encoded-transform).

import { CallFrames } from './call_frames.js';

const KEYFRAME_INTERVAL = 500; // between two requests for keyframes of a stream

/** @type {CallFrames} */
let frames;

function keyframeAsker(transformer) {
  let last = -KEYFRAME_INTERVAL;
  return () => {
    const now = performance.now();
    if (now - last < KEYFRAME_INTERVAL) return;
    last = now;
    transformer.sendKeyFrameRequest?.().catch(() => {}); // the m-line has no video, or none yet
  };
}

onrtctransform = ({ transformer }) => {
  const { line } = transformer.options; // null: it sends
  const transform = line === null ? frames.sending() : frames.receiving(line, keyframeAsker(transformer));
  const through = new TransformStream({
    async transform(frame, controller) {
      if (await transform(frame).catch(() => false)) controller.enqueue(frame);
    },
  });
  transformer.readable.pipeThrough(through).pipeTo(transformer.writable).catch(() => {}); // the connection was closed
};

const handlers = {
  start({ passphrase, room }) {
    const [random] = crypto.getRandomValues(new BigUint64Array(1));
    frames = new CallFrames(passphrase, room, random, postMessage.bind(globalThis), () => performance.now());
  },
  self: ({ participant }) => frames.setSelf(participant),
  others: ({ ids }) => frames.setOthers(ids),
  expect: ({ line, expected }) => frames.expect(line, expected),
};

onmessage = ({ data }) => handlers[data.type](data);
