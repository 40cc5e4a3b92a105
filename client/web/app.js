// The page: the lobby, then a call. It wires buttons and keys to the call and draws what the call says.

import { Call } from './call.js';
import { chooseLanguage, currentLanguage, setLabel, setText, text } from './i18n.js';
import { cameraEncodings, isLive, openScreen, stopStream } from './media.js';
import { StatsReader } from './stats.js';
import { Chat } from './ui/chat.js';
import { Lobby, joinsAtOnce } from './ui/lobby.js';
import { refusalKey } from './ui/refusal.js';
import { recall, remember } from './ui/saved.js';
import { Stage } from './ui/stage.js';
import { StatusLine } from './ui/status.js';

const STATISTICS_INTERVAL = 1000;
const byId = (id) => document.getElementById(id);
const parameters = new URLSearchParams(location.search);

/** A button whose text says what it will do has no `aria-pressed` as well: "Unmute, pressed" would say the opposite. */
function setButton(id, isOn, key) {
  const button = byId(id);
  button.dataset.on = String(isOn);
  if (button.hasAttribute('aria-pressed')) button.setAttribute('aria-pressed', String(isOn));
  setText(button.querySelector('[data-text]'), key);
  setLabel(button, key); // narrow windows show the icon only
}

/** Which button mutes an own source, and what it says while the source is on, muted, or missing. */
const muteButtons = {
  microphone: { id: 'mute', whileOn: 'mute', whileMuted: 'unmute', without: 'noMicrophone' },
  camera: { id: 'camera-toggle', whileOn: 'cameraOff', whileMuted: 'cameraOn', without: 'noCamera' },
};

/** The person has no such device, or it was unplugged. */
function showWithout(source) {
  const { id, without } = muteButtons[source];
  byId(id).disabled = true;
  setButton(id, false, without);
}

function showMuted(source, muted) {
  const { id, whileOn, whileMuted } = muteButtons[source];
  setButton(id, muted, muted ? whileMuted : whileOn);
}

/** "autoWait:3000,maxRestarts:2": see reconnect.js. */
function readReconnection() {
  const entries = (parameters.get('reconnect') ?? '').split(',').map((entry) => entry.split(':'));
  return Object.fromEntries(entries.filter(([, value]) => Number(value) > 0).map(([key, value]) => [key, Number(value)]));
}

/** One call on the screen, from joining to leaving. */
class CallView {
  constructor({ name, room, stream }) {
    this.choice = { name, room, stream };
    this.call = new Call({ page: location.href, room, name, token: parameters.get('token') ?? undefined, topology: parameters.get('topology') ?? undefined, reconnection: readReconnection() });
    this.stage = new Stage(byId('stage'), this.call);
    this.chat = new Chat(this.call, () => this.showUnread());
    this.status = new StatusLine(byId('status'), () => rejoin());
    this.stats = new StatsReader();
    this.isClosed = false;
    this.#listen();
    this.#resetControls();
    this.#publish(stream);
    byId('call').hidden = false;
    byId('room-name').textContent = room;
    this.timer = setInterval(() => this.#readStats(), STATISTICS_INTERVAL);
    this.call.join();
    this.update();
  }

  #listen() {
    const on = (type, handler) => this.call.addEventListener(type, ({ detail }) => this.isClosed || handler(detail));
    for (const type of ['joined', 'participants', 'track', 'track-ended', 'topology']) on(type, () => this.update());
    on('status', () => {
      this.showStatus();
      this.update();
    });
    on('speakers', (speakers) => this.stage.setSpeakers(speakers));
    on('chat', (message) => this.chat.receive(message));
    on('topology', () => this.stage.setSpeakers([])); // only the router says who speaks
    on('refused', ({ code, message }) => endCall(refusalKey(code), { text: message }));
    on('warning', ({ text: message }) => console.warn(message));
  }

  showStatus() {
    this.status.show({ ...this.call.status(), isDown: this.call.isDown, isOffline: !navigator.onLine });
  }

  #publish(stream) {
    const [audio] = stream.getAudioTracks().filter(isLive);
    const [video] = stream.getVideoTracks().filter(isLive);
    const codec = parameters.get('codec') ?? 'vp8'; // every browser sends it in simulcast with temporal layers
    const encodings = parameters.get('simulcast') === '0' ? undefined : video && cameraEncodings(video, codec);
    if (audio) this.#publishTrack({ source: 'microphone', kind: 'audio', track: audio, stream });
    if (video) this.#publishTrack({ source: 'camera', kind: 'video', track: video, stream, encodings, codec });
  }

  /** A track that was muted before "Join again" stays muted. When a track ends (its device was unplugged), it is unpublished. */
  #publishTrack(source) {
    const { id } = muteButtons[source.source];
    const muted = !source.track.enabled;
    this.call.publish({ ...source, muted });
    byId(id).disabled = false;
    showMuted(source.source, muted);
    source.track.onended = () => {
      this.call.unpublish(source.source);
      showWithout(source.source);
      this.update();
    };
  }

  #resetControls() {
    for (const source of Object.keys(muteButtons)) showWithout(source);
    byId('share').disabled = !navigator.mediaDevices?.getDisplayMedia;
    for (const [id, key] of Object.entries({ share: 'share', 'chat-toggle': 'chat', statistics: 'statistics', layout: 'speaker', copy: 'copy' }))
      setButton(id, false, key);
    byId('chat-toggle').classList.remove('unread');
    this.stage.setLayout('grid');
  }

  update() {
    this.stage.update();
    this.#showLayout();
    byId('alone').hidden = this.call.participants.size > 0 || !this.call.self || this.call.status().state !== 'connected';
    byId('pages').hidden = this.stage.pages <= 1;
    byId('page-previous').disabled = this.stage.page === 0;
    byId('page-next').disabled = this.stage.page === this.stage.pages - 1;
    byId('page-number').textContent = text('page', { n: this.stage.page + 1, m: this.stage.pages });
    byId('mode').textContent = [text('participants', { n: this.call.participants.size + 1 }), this.call.topology && text(this.call.topology === 'mesh' ? 'modeMesh' : 'modeSfu')].filter(Boolean).join(' · ');
  }

  async #readStats() {
    if (!this.stage.showsFigures) return;
    const { remotes } = await this.stats.read(this.call);
    this.stage.showFigures(remotes);
  }

  toggleMute(source) {
    const known = this.call.sources.get(source);
    if (!known) return;
    this.call.setMuted(source, !known.muted);
    showMuted(source, known.muted);
    this.update();
  }

  async toggleScreen() {
    if (this.screen) {
      this.stopScreen();
      return;
    }
    byId('share').disabled = true; // while the browser asks
    const stream = await openScreen().catch(() => null); // null: the person changed their mind
    if (this.isClosed) {
      stopStream(stream);
      return;
    }
    byId('share').disabled = false;
    if (!stream) return;
    this.screen = stream;
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    this.call.publish({ source: 'screen', kind: 'video', track: video, stream, muted: false });
    if (audio) this.call.publish({ source: 'screen-audio', kind: 'audio', track: audio, stream, muted: false });
    video.onended = () => this.stopScreen();
    setButton('share', true, 'unshare');
  }

  stopScreen() {
    stopStream(this.screen);
    this.screen = null;
    this.call.unpublish('screen');
    this.call.unpublish('screen-audio');
    setButton('share', false, 'share');
  }

  toggleChat() {
    setButton('chat-toggle', this.chat.toggle(), 'chat');
    byId('chat-toggle').classList.remove('unread');
  }

  /** A message never opens the panel: that would cover the tiles that the person looks at, and take the focus. */
  showUnread() {
    if (byId('chat-toggle').classList.contains('unread')) return;
    setLabel(byId('chat-toggle'), 'chatUnread');
    byId('chat-toggle').classList.add('unread');
  }

  toggleLayout() {
    this.stage.setLayout(this.stage.layout === 'grid' ? 'speaker' : 'grid');
    this.#showLayout();
  }

  /** The button names the other layout. */
  #showLayout() {
    setButton('layout', false, this.stage.layout === 'grid' ? 'speaker' : 'grid');
  }

  toggleFigures() {
    this.stage.showsFigures = !this.stage.showsFigures;
    setButton('statistics', this.stage.showsFigures, 'statistics');
    this.stage.showFigures([]);
    this.#readStats();
  }

  async copyLink() {
    const link = `${location.origin}${location.pathname}?room=${encodeURIComponent(this.choice.room)}`;
    const isCopied = await (navigator.clipboard?.writeText(link) ?? Promise.reject()).then(() => true, () => false);
    setButton('copy', false, isCopied ? 'copied' : 'notCopied');
    setTimeout(() => setButton('copy', false, 'copy'), 2000);
  }

  /** Ends the call and what it shows. Camera and microphone stay open: they may go on in another call. */
  close() {
    this.isClosed = true;
    clearInterval(this.timer);
    if (this.screen) this.stopScreen();
    this.call.leave();
    this.stage.close();
    this.status.close();
    byId('alone').hidden = true;
    byId('call').hidden = true;
  }
}

let view = null;

function start(choice) {
  const address = new URL(location.href);
  address.searchParams.set('room', choice.room);
  history.replaceState(null, '', address);
  view = new CallView(choice);
}

/** Back to the lobby, with camera and microphone off. @param {string} key of the text that says why */
function endCall(key, values) {
  const { choice } = view;
  view.close();
  view = null;
  stopStream(choice.stream);
  lobby.showAgain(key, values);
}

/** After a failure: the same person, room and devices, on fresh connections. */
function rejoin() {
  const { choice } = view;
  view.close();
  start(choice);
}

const actions = {
  mute: () => view.toggleMute('microphone'),
  'camera-toggle': () => view.toggleMute('camera'),
  share: () => view.toggleScreen(),
  layout: () => view.toggleLayout(),
  'chat-toggle': () => view.toggleChat(),
  statistics: () => view.toggleFigures(),
  copy: () => view.copyLink(),
  leave: () => endCall('left'),
  'page-previous': () => { view.stage.turnPage(-1); view.update(); },
  'page-next': () => { view.stage.turnPage(1); view.update(); },
};
for (const [id, action] of Object.entries(actions)) byId(id).onclick = action;

byId('chat').addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.isComposing) return;
  view.toggleChat();
  byId('chat-toggle').focus();
});

const keys = { m: 'mute', v: 'camera-toggle', s: 'share', c: 'chat-toggle', i: 'statistics', l: 'leave', ArrowLeft: 'page-previous', ArrowRight: 'page-next' };
addEventListener('keydown', (event) => {
  const isTyping = event.target.matches('input, select, textarea') || event.ctrlKey || event.metaKey || event.altKey;
  const isLatin = /^[a-z]$/i.test(event.key);
  const id = keys[isLatin ? event.key.toLowerCase() : event.code.startsWith('Key') ? event.code.slice(3).toLowerCase() : event.key];
  if (!view || isTyping || !id) return;
  event.preventDefault(); // else the letter would be typed into the chat that opens
  if (!event.repeat && !byId(id).disabled) byId(id).click();
});

addEventListener('online', () => {
  view?.showStatus();
  view?.call.networkChanged();
});
addEventListener('offline', () => view?.showStatus());
navigator.connection?.addEventListener('change', () => view?.call.networkChanged());
addEventListener('pagehide', () => view?.call.leave());
addEventListener('pageshow', ({ persisted }) => {
  if (persisted && view) endCall('left'); // the browser kept the page, but not the call
});

byId('lobby-language').onclick = () => {
  chooseLanguage(currentLanguage() === 'en' ? 'ko' : 'en');
  remember('language', currentLanguage());
};

chooseLanguage(parameters.get('language') ?? recall('language') ?? navigator.language.slice(0, 2));
const lobby = new Lobby(parameters, start);
lobby.show().then(() => {
  if (joinsAtOnce(parameters)) lobby.submit();
});

/** For tests and scripts: the call and its figures. */
window.heddle = {
  get call() { return view?.call; },
  get view() { return view; },
  async stats() {
    const { call, stats } = view;
    return {
      participant: call.self, room: call.room, topology: call.topology, status: call.status().state,
      participants: [...call.participants.values()], recoveries: call.recoveries, switches: call.switches, ...(await stats.read(call)),
    };
  },
};
