// A microphone without noise, by RNNoise: a neural network of 157 kB in an audio worklet; `./dev effects` fetched it.

const FILES = 'effects/';
const PROCESSOR = '@sapphi-red/web-noise-suppressor/rnnoise'; // the name that rnnoise.js registers
const RATE = 48000; // that the network was trained for
const START_TIMEOUT = 5000;

export const canSuppressNoise = () => Boolean(globalThis.AudioWorkletNode && globalThis.WebAssembly);

/** The worklet does not tell when it cannot use it, and would be silent; what the page can compile, it can. */
async function loadNetwork() {
  const answer = await fetch(`${FILES}rnnoise_simd.wasm`);
  if (!answer.ok) throw new Error(`noise suppression: ${answer.status}`);
  const wasmBinary = await answer.arrayBuffer();
  await WebAssembly.compile(wasmBinary);
  return wasmBinary;
}

/** A browser that cannot play sound may never start: then the voice would be lost. */
async function start(context) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('noise suppression: no sound comes through')), START_TIMEOUT);
  });
  await Promise.race([context.resume(), late]).finally(() => clearTimeout(timer));
}

/** @type {import('./own_effects.js').EffectMaker} */
export async function suppressNoise(track, onFailed) {
  const context = new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
  try {
    const [wasmBinary] = await Promise.all([loadNetwork(), context.audioWorklet.addModule(`${FILES}rnnoise.js`), start(context)]);
    const mono = { channelCount: 1, channelCountMode: 'explicit', outputChannelCount: [1] };
    const processor = new AudioWorkletNode(context, PROCESSOR, { ...mono, processorOptions: { wasmBinary, maxChannels: 1 } });
    const sink = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    processor.onprocessorerror = onFailed;
    context.createMediaStreamSource(new MediaStream([track])).connect(processor).connect(sink);
    const [sent] = sink.stream.getAudioTracks();
    const close = () => {
      sent.stop();
      context.close();
    };
    return { track: sent, close };
  } catch (error) {
    context.close();
    throw error;
  }
}
