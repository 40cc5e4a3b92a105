// A camera's picture with all that is not the person blurred. MediaPipe's selfie segmentation says where the person is
// (6.3 MB, of which 250 kB are the network; `./dev effects` fetched it). Each frame is looked at and painted before the
// next one is taken: the frames that come meanwhile are left out, so no picture goes out with the mask of another.

const FILES = 'effects/';
const SEEN = Object.freeze({ width: 256, height: 144 }); // the picture that the network looks at
const COARSE = 16; // the blurred picture has so many times less columns and lines
const COARSE_BLUR = 'blur(1.5px)'; // of those

/** Chromium's way to get at frames also while the page is hidden; others have none that this could use. */
export const canBlur = () => Boolean(globalThis.MediaStreamTrackProcessor && globalThis.MediaStreamTrackGenerator && globalThis.OffscreenCanvas && globalThis.WebAssembly);

function loadScript(url) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), { src: url, onload: resolve, onerror: () => reject(new Error(`background blur: no ${url}`)) });
    document.head.append(script);
  });
}

/** @returns {Promise<(picture: HTMLCanvasElement) => Promise<ImageBitmap>>} opaque where there is a person */
async function loadSegmentation() {
  if (!globalThis.SelfieSegmentation) await loadScript(`${FILES}selfie_segmentation.js`);
  const network = new globalThis.SelfieSegmentation({ locateFile: (name) => new URL(`${FILES}${name}`, document.baseURI).href });
  network.setOptions({ modelSelection: 1, selfieMode: false }); // 1: the network for landscape
  let mask;
  network.onResults((results) => { mask = results.segmentationMask; });
  await network.initialize();
  let last = Promise.resolve();
  return (image) => { // one after the other: when the camera is changed, two may ask
    last = last.catch(() => {}).then(() => network.send({ image })).then(() => mask);
    return last;
  };
}

let segmentation = null; // one for the page, as its memory is never given back

/** Paints frames with their background blurred. */
class Painter {
  constructor(segment) {
    this.segment = segment;
    this.seen = Object.assign(document.createElement('canvas'), SEEN);
    this.whole = new OffscreenCanvas(1, 1);
    this.coarse = new OffscreenCanvas(1, 1);
  }

  /** @param {VideoFrame} frame @returns {Promise<OffscreenCanvas>} holds until the next one */
  async paint(frame) {
    const { displayWidth: width, displayHeight: height } = frame;
    this.#fit(width, height);
    this.seen.getContext('2d').drawImage(frame, 0, 0, SEEN.width, SEEN.height);
    const mask = await this.segment(this.seen);
    const coarse = this.coarse.getContext('2d');
    coarse.filter = COARSE_BLUR;
    coarse.drawImage(frame, 0, 0, this.coarse.width, this.coarse.height);
    const whole = this.whole.getContext('2d');
    const draw = (operation, image) => {
      whole.globalCompositeOperation = operation;
      whole.drawImage(image, 0, 0, width, height);
    };
    draw('copy', mask);
    draw('source-in', frame);
    draw('destination-over', this.coarse);
    return this.whole;
  }

  #fit(width, height) {
    if (this.whole.width === width && this.whole.height === height) return;
    Object.assign(this.whole, { width, height });
    Object.assign(this.coarse, { width: Math.ceil(width / COARSE), height: Math.ceil(height / COARSE) });
  }
}

/** @type {import('./own_effects.js').EffectMaker} */
export async function blurBackground(track, onFailed) {
  segmentation ??= loadSegmentation();
  const painter = new Painter(await segmentation.catch((error) => {
    segmentation = null; // the next time it is tried again
    throw error;
  }));
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  const sent = new MediaStreamTrackGenerator({ kind: 'video' });
  const writer = sent.writable.getWriter();
  const close = () => {
    sent.stop();
    reader.cancel().catch(() => {});
  };
  /** @returns {Promise<boolean>} false: there is no frame any more */
  const pass = async () => {
    const { value: frame, done } = await reader.read();
    if (done) return false;
    try {
      const painted = await painter.paint(frame);
      if (sent.readyState === 'live') await writer.write(new VideoFrame(painted, { timestamp: frame.timestamp }));
      return sent.readyState === 'live';
    } finally {
      frame.close();
    }
  };
  const passAll = async () => {
    while (await pass());
  };
  try {
    await pass(); // the first says whether this machine can do it at all
  } catch (error) {
    close();
    throw error;
  }
  passAll().catch(onFailed);
  return { track: sent, close };
}
