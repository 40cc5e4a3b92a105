// Cameras, microphones, screens, and a drawn picture for machines without a camera. No
// DOM but for the canvas of that picture.

/** Simulcast toward the router, lowest encoding first, three temporal layers each. */
const simulcast = Object.freeze([
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150000, scalabilityMode: 'L1T3' },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500000, scalabilityMode: 'L1T3' },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1700000, scalabilityMode: 'L1T3' },
]);

/** What browsers send as one stream of spatial layers; all others they send in simulcast. */
const SPATIAL_CODECS = Object.freeze(['vp9', 'av1']);

/** One stream of `spatial` spatial layers. */
const svc = (spatial) => [{ maxBitrate: 1700000, scalabilityMode: spatial > 1 ? `L${spatial}T3_KEY` : 'L1T3' }];

/** Whether this browser can send videos in a codec. @param {string} codec */
export function canSend(codec) {
  const all = RTCRtpSender.getCapabilities?.('video')?.codecs;
  return !all || all.some(({ mimeType }) => mimeType.toLowerCase() === `video/${codec}`);
}

/** The encodings for a camera's track. A small video gets fewer: browsers would not send anything in some of them. */
export function cameraEncodings(track, codec) {
  const { height = 720 } = track.getSettings();
  if (SPATIAL_CODECS.includes(codec)) return svc(height >= 540 ? 3 : height >= 270 ? 2 : 1);
  if (height >= 540) return simulcast.map((encoding) => ({ ...encoding }));
  return height >= 270 ? simulcast.slice(1).map((encoding) => ({ ...encoding })) : undefined;
}

const ideal = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

/**
 * Opens devices. `audio` and `video` are device ids, '' (any) or false (none); a camera
 * may give another size than the ideal.
 */
export async function openDevices({ audio = '', video = '' }) {
  const choose = (device, more) => (device === false ? false : { ...(device ? { deviceId: { exact: device } } : {}), ...more });
  return navigator.mediaDevices.getUserMedia({
    audio: choose(audio, { echoCancellation: true, noiseSuppression: true, autoGainControl: true }),
    video: choose(video, ideal),
  });
}

/** @returns {Promise<MediaDeviceInfo[]>} none where they cannot be listed; labels only after permission was given */
export async function listDevices() {
  return await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
}

/** @param {'camera'|'microphone'} name @returns {Promise<PermissionStatus|null>} null: this browser does not tell */
async function permissionOf(name) {
  return await navigator.permissions?.query({ name }).catch(() => null) ?? null; // not every browser knows these names
}

/** Whether the browser is told never to give this. @param {'camera'|'microphone'} name */
export async function isDenied(name) {
  return (await permissionOf(name))?.state === 'denied';
}

/** @param {'camera'|'microphone'} name @param {() => void} tell it is allowed from now on */
export async function onAllowed(name, tell) {
  const permission = await permissionOf(name);
  permission?.addEventListener('change', () => permission.state === 'granted' && tell());
}

export function openScreen() {
  return navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15 } }, audio: true });
}

/** A moving pattern with a frame counter. It is drawn until its track is stopped. */
function openPattern({ width, height, frameRate, label }) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  let frame = 0;
  const draw = () => {
    if (frame > 0 && !isLive(track)) clearInterval(timer); // stop() fires no event
    frame += 1;
    const hue = (frame * 2) % 360;
    context.fillStyle = `hsl(${hue} 45% 22%)`;
    context.fillRect(0, 0, width, height);
    for (let i = 0; i < 12; i += 1) {
      context.fillStyle = `hsl(${(hue + i * 30) % 360} 70% 55%)`;
      const x = ((frame * (3 + i)) % (width + 80)) - 80;
      context.fillRect(x, (i * height) / 12, 80, height / 14);
    }
    context.fillStyle = '#fff';
    context.font = `${Math.round(height / 9)}px sans-serif`;
    context.fillText(`${label} ${frame}`, width / 16, height / 2);
  };
  draw();
  const timer = setInterval(draw, 1000 / frameRate);
  const [track] = canvas.captureStream(frameRate).getVideoTracks();
  return track;
}

/** A quiet tone. It ends when its track is stopped. */
function openTone() {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const gain = audio.createGain();
  const sink = audio.createMediaStreamDestination();
  gain.gain.value = 0.05;
  tone.frequency.value = 300 + Math.random() * 300;
  tone.connect(gain).connect(sink);
  tone.start();
  const [track] = sink.stream.getAudioTracks();
  const timer = setInterval(() => {
    if (isLive(track)) return;
    clearInterval(timer);
    audio.close();
  }, 1000);
  return track;
}

/**
 * @param {string | null} text like "640x360", or "640x360@15": fifteen frames a second
 * @returns {{width: number, height: number, frameRate: number} | null} null: no size that can be drawn and sent
 */
export function readSize(text) {
  const [, width, height, frameRate = '30'] = /^([1-9]\d{1,3})x([1-9]\d{1,3})(?:@([1-9]\d?))?$/.exec(text ?? '') ?? [];
  if (!width || width > 4096 || height > 2304 || frameRate > 60) return null;
  return { width: Number(width), height: Number(height), frameRate: Number(frameRate) };
}

/** A drawn picture and a tone instead of devices; takes what `openDevices` takes. */
export function openCanvas({ audio = '', video = '', width = 640, height = 360, frameRate = 30, label = '' } = {}) {
  const picture = video === false ? [] : [openPattern({ width, height, frameRate, label })];
  return new MediaStream([...picture, ...(audio === false ? [] : [openTone()])]);
}

export function stopStream(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

export function isLive(track) {
  return track.readyState === 'live';
}
