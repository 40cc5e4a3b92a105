// Everybody in the room in a row, one's own camera to all of them, and messages by data channels.
import { Call } from '../index.js';

const parameters = new URLSearchParams(location.search);
const byId = (id) => document.getElementById(id);
const page = parameters.get('server');
if (!page) {
  byId('status').textContent = 'Which server? Its address goes into that of this page: ?server=https://calls.example/';
  throw new Error('the address of this page has no "server"');
}
const call = new Call({ page, room: parameters.get('room') ?? 'weaving', name: parameters.get('name') ?? 'Ann', data: true });
const elements = new Map(); // by publication

call.addEventListener('status', ({ detail: { state } }) => { byId('status').textContent = state; });
call.addEventListener('refused', ({ detail: { code, message } }) => { byId('status').textContent = `${code}: ${message}`; });
call.addEventListener('track', ({ detail: { publication, track } }) => {
  elements.get(publication)?.remove();
  const element = document.createElement(track.kind);
  Object.assign(element, { autoplay: true, playsInline: true, srcObject: new MediaStream([track]) });
  elements.set(publication, element);
  byId('videos').append(element);
  show();
});
call.addEventListener('track-ended', ({ detail: { publication } }) => {
  elements.get(publication)?.remove();
  elements.delete(publication);
  show();
});
call.addEventListener('data', ({ detail: { from, payload } }) => {
  const line = document.createElement('li');
  line.textContent = `${call.participants.get(from)?.name}: ${new TextDecoder().decode(payload)}`;
  byId('said').append(line);
});

/** Tells the router how large each video is here. */
function show() {
  const videos = [...elements].filter(([, { tagName }]) => tagName === 'VIDEO');
  call.setView(new Map(videos.map(([publication]) => [publication, { width: 320, height: 180, priority: 1 }])));
}

async function open(constraints) {
  const stream = await navigator.mediaDevices.getUserMedia(constraints);
  return { stream, track: stream.getTracks()[0] };
}

byId('hello').onclick = () => call.sendData('hello', { topic: 'words' });
byId('camera').onclick = async () => call.replaceTrack('camera', (await open({ video: true })).track);

call.join();
addEventListener('pagehide', () => call.leave());
window.call = call; // to be looked at

/** Each by itself: who has no camera is heard all the same. */
async function send(source, constraints, how) {
  try {
    call.publish({ source, ...await open(constraints), muted: false, ...how });
  } catch (error) {
    byId('missing').textContent += `No ${source}: ${error.message}. `;
  }
}

send('camera', { video: { width: 640, height: 360 } }, { kind: 'video', codec: 'vp8', encodings: [{ maxBitrate: 600000 }] });
send('microphone', { audio: true }, { kind: 'audio' });
