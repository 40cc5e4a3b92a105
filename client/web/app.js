// The page: what comes before a call, and the call. It wires buttons and keys to the call and draws what the call says.

import { Call } from './call.js';
import { Devices, NONE, SOURCES } from './devices.js';
import { chooseLanguage, currentLanguage, setLabel, setText, text } from './i18n.js';
import { canSend, isDenied, listDevices, onAllowed, openCanvas, openDevices, readSize } from './media.js';
import { OwnEffects } from './own_effects.js';
import { QualityReader } from './quality.js';
import { StatsReader } from './stats.js';
import { Weakness } from './weakness.js';
import { RoomPreview } from './ui/room_preview.js';
import { readAddress } from './ui/address.js';
import { Announcer, comingsAndGoings } from './ui/announcer.js';
import { AudioElements } from './ui/audio.js';
import { WakeLock } from './ui/wake_lock.js';
import { setButton, setCount, setIcon } from './ui/buttons.js';
import { HandAndReactions } from './ui/hand_and_reactions.js';
import { HostNotices } from './ui/host_notices.js';
import { Captions } from './ui/captions.js';
import { Chat } from './ui/chat.js';
import { connectionWords, modeKey } from './ui/connection_words.js';
import { DeviceChoices } from './ui/device_choices.js';
import { buttonOf, problemKeys } from './ui/device_words.js';
import { EffectChoices, effectMakers, recallEffects } from './ui/effect_choices.js';
import { EncryptChoice } from './ui/encrypt_choice.js';
import { FileList } from './ui/files.js';
import { claimsOf, invitationUrl, isInvitation, takeSecrets } from './ui/invitation.js';
import { Keys } from './ui/keys.js';
import { Lock } from './ui/lock.js';
import { PinNotice } from './ui/pin_notice.js';
import { Prejoin } from './ui/prejoin.js';
import { MoreMenu, seenButton } from './ui/more_menu.js';
import { MutedSpeech } from './ui/muted_speech.js';
import { isolated, nameWords } from './ui/name.js';
import { CallNotice } from './ui/notice.js';
import { OnceAFrame } from './ui/once_a_frame.js';
import { OwnMedia } from './ui/own_media.js';
import { People, askPerson } from './ui/people.js';
import { Recording } from './ui/recording.js';
import { refusalKey, refusalText } from './ui/refusal.js';
import { recall, recallDevices, recallInTab, remember, rememberDevices, rememberInTab, rememberPlace, takePlace } from './ui/saved.js';
import { SecondCamera } from './ui/second_camera.js';
import { Sharing } from './ui/sharing.js';
import { Stage } from './ui/stage.js';
import { StatusLine } from './ui/status.js';
import { playTestSound } from './ui/test_sound.js';
import { ViewMenu } from './ui/view_menu.js';
import { askVolume } from './ui/volume.js';
import { WaitingRoom } from './ui/waiting.js';

const STATISTICS_INTERVAL = 1000;
const PICTURES_INTERVAL = 500;
const byId = (id) => document.getElementById(id);
const parameters = new URLSearchParams(location.search);
const asked = readAddress(parameters);
const { token: givenToken, key: givenKey, address } = takeSecrets(location.href);
if (givenToken || givenKey) history.replaceState(null, '', address);
if (givenToken) rememberInTab('token', givenToken);

/** The access token for a room: the one of the address, or, after "reload", the one that the address had. */
function tokenFor(room) {
  if (givenToken) return givenToken;
  const kept = recallInTab('token');
  return kept && claimsOf(kept).room === room ? kept : null;
}

/** Which button turns an own source on and off. */
const sourceButtons = { microphone: 'mute', camera: 'camera-toggle' };

/** What early.js opened, once. */
function takeEarlySocket() {
  const { earlySocket } = window;
  window.earlySocket = undefined;
  return earlySocket;
}

/** Whether one picture of all is to come instead of everybody's, as it was chosen last. */
const recalledMix = () => ['on', 'off'].find((mix) => mix === recall('mix')) ?? 'auto';

/** One call on the screen, from joining to leaving. */
class CallView {
  /** @param {{name: string, room: string, key: string|null}} choice @param {Devices} devices */
  constructor({ name, room, key }, devices) {
    this.choice = { name, room, key };
    this.devices = devices;
    this.place = takePlace(room); // that brings a page back that is loaded again
    this.call = new Call({ page: location.href, room, name, token: tokenFor(room) ?? undefined, topology: asked.topology ?? undefined, mix: recalledMix(), reconnection: asked.reconnection, data: asked.hasData, key: key ?? undefined, socket: takeEarlySocket(), returns: this.place });
    this.announcer = new Announcer(byId('announcer'));
    this.notice = new CallNotice(byId('call-notice'), (words) => this.announcer.say(words));
    this.sharing = new Sharing(this.call, (words) => this.announcer.say(words));
    this.audio = new AudioElements((isBlocked) => this.notice.show('audio', isBlocked ? ['soundBlocked'] : []));
    this.stage = new Stage(byId('stage'), this.call, this.audio, () => this.update(), (words) => this.announcer.say(words));
    this.captions = new Captions(byId('captions'), this.call);
    this.viewMenu = new ViewMenu(this.call, this.stage, { setLayout: (layout) => this.setLayout(layout), setPictures: (pictures) => this.setPictures(pictures), setMix: (mix) => this.setMix(mix) });
    this.moreMenu = new MoreMenu();
    this.wakeLock = new WakeLock();
    this.chat = new Chat(this.call, () => this.showUnread());
    this.files = new FileList(this.call, { chat: this.chat, notice: this.notice, say: (words) => this.announcer.say(words), onUnread: () => this.showUnread(), open: () => byId('chat').hidden && this.toggleChat() });
    this.unread = 0; // messages
    this.hostNotices = new HostNotices(this.call, this.notice, devices);
    this.mutedSpeech = new MutedSpeech(() => this.notice.flash('muted', ['mutedSpeech'], { key: 'unmute', run: () => devices.turn('microphone', true) }));
    this.people = new People(this.call, { writeTo: (participant) => this.writeTo(participant), setVolume: (participant) => askVolume(this.audio, participant), tell: (key, values) => this.notice.flash('act', [[key, values]]), ask: askPerson });
    this.waitingRoom = new WaitingRoom(this.call, this.notice, { openList: () => this.togglePeople(), ring: () => playTestSound(devices.state.loudspeaker).catch(() => {}) });
    this.lock = new Lock(this.call, this.notice);
    this.pinNotice = new PinNotice(this.call, this.notice);
    this.recording = new Recording(this.call, this.notice, (words) => this.announcer.say(words), askPerson);
    this.reactions = new HandAndReactions(this.call, this.stage, (words) => this.announcer.say(words), this.notice);
    this.status = new StatusLine(byId('status'), () => rejoin());
    this.stats = new StatsReader();
    this.weakness = new Weakness();
    this.isClosed = false;
    this.drawing = new OnceAFrame(() => this.update());
    this.#listen();
    this.#resetControls();
    this.notice.show('address', asked.wrong);
    const codec = parameters.get('codec') ?? 'vp8';
    if (!canSend(codec)) this.notice.show('codec', [['codecUnknown', { codec: isolated(codec) }]]);
    const size = parameters.get('size');
    if (size !== null && !readSize(size)) this.notice.show('size', [['sizeUnknown', { size: isolated(size) }]]);
    const cameraOptions = { codec, isSimulcast: asked.isSimulcast };
    this.ownMedia = new OwnMedia(this.call, devices, effects, cameraOptions);
    this.secondCamera = new SecondCamera(this.call, devices, cameraOptions, { say: (words) => this.announcer.say(words), notice: this.notice, changed: () => this.update() });
    this.devicesChanged = () => this.#devicesChanged();
    devices.addEventListener('change', this.devicesChanged);
    this.names = null; // of the others, by id; null: not joined yet
    this.hasMet = false; // somebody else was here
    byId('call').hidden = false;
    for (const id of ['room-name', 'call-title']) byId(id).textContent = room;
    this.quality = new QualityReader();
    this.timers = [setInterval(() => this.#readStats(), STATISTICS_INTERVAL), setInterval(() => this.stage.watchPictures(performance.now()), PICTURES_INTERVAL)];
    this.call.join();
    this.#devicesChanged();
  }

  #listen() {
    const on = (type, handler) => this.call.addEventListener(type, ({ detail }) => this.isClosed || handler(detail));
    for (const type of ['joined', 'waiting', 'waiting-list', 'participants', 'track', 'track-ended', 'topology', 'encryption']) on(type, () => this.drawing.soon()); // they come by the dozen: a page is turned, many join
    on('joined', ({ resumed }) => {
      this.place = this.call.place ?? undefined;
      if (resumed) return;
      this.names = null; // everybody has another id now
      this.hostNotices.reset();
    });
    on('participants', () => this.#announce());
    on('waiting', () => this.showStatus());
    on('status', ({ state }) => {
      if (state !== 'connected') this.stage.setSpeakers([]); // who speaks now is not heard of
      this.showStatus();
      this.drawing.soon();
    });
    on('speakers', (speakers) => this.stage.setSpeakers(speakers));
    on('chat', (message) => this.chat.receive(message));
    on('chat-history', (messages) => this.chat.receiveHistory(messages));
    on('reaction', (reaction) => this.reactions.show(reaction));
    on('muted', (what) => this.#mutedByHost(what));
    on('unmute-request', (request) => this.hostNotices.askedFor(request));
    on('topology', (detail) => this.#showMix(detail));
    on('topology', () => this.stage.setSpeakers([])); // only the router says who speaks
    on('refused', (refusal) => this.#refused(refusal));
    on('warning', ({ text: message, code, request }) => {
      console.warn(message);
      if (request === 'pin' && code === 'too-often') this.pinNotice.refused();
    });
  }

  #refused({ code, message, by, reason, ...wrong }) {
    if (code === 'removed') rememberPlace(this.choice.room, this.place); // by which the server knows us when we try again
    endCall(refusalKey(code, by), { text: refusalText(message, wrong), by: isolated(nameWords(by)), reason: reason ? `“${isolated(reason)}”` : '' });
  }

  showStatus() {
    const lostBy = this.call.lostByOthers().map(({ name }) => isolated(nameWords(name)));
    if (this.call.isWaiting) this.status.close(); // what it waits for is said in its place
    else this.status.show({ ...this.call.status(), isDown: this.call.isDown, isOffline: !navigator.onLine, isLoopbackOnly: this.call.isLoopbackOnly, lostBy });
  }

  /** What the devices are is on their buttons, and in words where one cannot be used. */
  #devicesChanged() {
    const { state } = this.devices;
    for (const [source, id] of Object.entries(sourceButtons)) {
      const { key, icon, isOff } = buttonOf(source, state[source]);
      setButton(id, isOff, key);
      setIcon(id, icon);
      byId(id).setAttribute('aria-busy', String(state[source].opening > 0));
    }
    this.mutedSpeech.watch(state.microphone.isOn ? null : state.microphone.track);
    if (state.microphone.isOn) this.notice.show('muted', []);
    if (!this.devices.isAsking) this.notice.show('devices', problemKeys(state));
    this.routeSound();
    this.update();
  }

  /** A loudspeaker that is chosen and was unplugged would be silence; when it is back, it plays again. */
  async routeSound() {
    const { loudspeaker } = this.devices.state;
    const isThere = loudspeaker !== '' && (await listDevices()).some(({ kind, deviceId }) => kind === 'audiooutput' && deviceId === loudspeaker);
    this.audio.setLoudspeaker(isThere ? loudspeaker : '');
  }

  /** A host muted an own source: it is off, as if the person had pressed the button. */
  #mutedByHost(what) {
    if (what.source in sourceButtons) this.devices.turn(what.source, false);
    else if (what.source === 'camera-2') this.secondCamera.stop();
    else this.sharing.stop(what.source);
    this.hostNotices.muted(what);
  }

  #announce() {
    const names = new Map([...this.call.participants.values()].map(({ id, name }) => [id, name]));
    if (this.names) for (const sentence of comingsAndGoings(this.names, names)) this.announcer.say(sentence);
    this.names = names;
  }

  #resetControls() {
    for (const [id, key] of Object.entries({ 'chat-toggle': 'chat', statistics: 'statistics', layout: 'viewMenu', copy: 'copy' }))
      setButton(id, false, key);
    byId('chat-toggle').classList.remove('unread');
    setButton('people-toggle', false, 'people');
    this.stage.setLayout('grid');
    this.#showPictures(['small', 'none'].find((pictures) => pictures === recall('pictures')) ?? 'all');
  }

  update() {
    this.drawing.cancel();
    this.stage.update();
    this.people.update();
    this.waitingRoom.update();
    this.recording.update();
    this.lock.update();
    this.pinNotice.update();
    this.reactions.update();
    this.hostNotices.update();
    this.chat.update();
    this.files.update();
    this.#showTitle();
    this.hasMet ||= this.call.participants.size > 0;
    setText(byId('alone-words'), this.hasMet ? 'aloneAgain' : 'alone');
    byId('alone').hidden = this.call.participants.size > 0 || !this.call.self || this.call.status().state !== 'connected';
    byId('pages').hidden = this.stage.pages <= 1;
    byId('page-previous').disabled = this.stage.page === 0;
    byId('page-next').disabled = this.stage.page === this.stage.pages - 1;
    byId('page-number').textContent = text('page', { n: this.stage.page + 1, m: this.stage.pages });
    byId('mode').textContent = [text('participants', { n: this.call.participants.size + 1 }), this.call.topology && text(modeKey(this.call.topology))].filter(Boolean).join(' · ');
    byId('mode').title = this.call.topology ? connectionWords(this.call) : '';
  }

  async #readStats() {
    const read = await this.stats.read(this.call).catch(() => null); // a connection was closed meanwhile
    if (!read || this.isClosed) return;
    const muted = new Set(this.call.publications().filter((publication) => publication.muted).map(({ id }) => id));
    this.stage.setQuality(this.quality.read(read, performance.now(), muted));
    this.#tellWeakness(read.remotes);
    if (this.stage.showsStatistics) this.stage.showStatistics(read);
  }

  /** Whoever left it to the server is sent one picture of all then; no more if that is too much, too. */
  #tellWeakness(remotes) {
    const { call } = this;
    const isMixed = call.topology === 'mcu';
    const weak = this.weakness.look({ remotes, isCut: [...call.cut].some((publication) => publication.endsWith(isMixed ? '/mix-video' : '/camera')) }, performance.now());
    if (!weak || call.mix !== 'auto' || isMixed !== call.reason.startsWith('weak-') || call.encryption) return;
    call.tellEvents({ kind: 'weak', reason: weak });
    this.weakness = new Weakness();
  }

  /** Said when the server did it, since one did not choose it. */
  #showMix({ topology, reason }) {
    const words = { 'weak-link': 'mixedForLink', 'weak-device': 'mixedForDevice' }[reason];
    const isNews = topology === 'mcu' && words && this.mixedFor !== reason;
    this.mixedFor = topology === 'mcu' ? reason : '';
    if (isNews) this.notice.flash('mix', [words], { key: 'picturesAll', run: () => this.setMix('off') });
  }

  /** To be seen or heard, or not; a device that is not there yet, or failed before, is opened. */
  toggle(source) {
    return this.devices.turn(source, buttonOf(source, this.devices.state[source]).isOff);
  }

  /**
   * Heard while the space bar is held.
   * @returns {boolean} whether that changes anything: somebody who is heard anyway, or has no microphone, is not
   */
  talk(isTalking) {
    const { track, isOn } = this.devices.state.microphone;
    if (!track || isOn === isTalking) return false;
    this.devices.turn('microphone', isTalking);
    return true;
  }

  /** Chat and list of people take turns at one place. */
  toggleChat() {
    if (!byId('people').hidden) this.togglePeople();
    setButton('chat-toggle', this.chat.toggle(), 'chat');
    this.showRead();
  }

  togglePeople() {
    if (!byId('chat').hidden) this.toggleChat();
    setButton('people-toggle', this.people.toggle(), 'people');
    this.waitingRoom.update();
  }

  writeTo(participant) {
    if (byId('chat').hidden) this.toggleChat();
    this.chat.writeTo(participant);
    byId('chat-text').focus();
  }

  showRead() {
    this.unread = 0;
    this.files.showRead();
    byId('chat-toggle').classList.remove('unread');
    this.#showTitle();
  }

  #showTitle() {
    const count = this.unread + this.waitingRoom.count;
    document.title = `${count > 0 ? `(${count}) ` : ''}${this.choice.room} · Heddle`;
  }

  /** A message never opens the panel: that would cover the tiles that the person looks at, and take the focus. */
  showUnread() {
    this.unread += 1;
    this.#showTitle();
    setCount('chat-toggle', this.unread);
    if (!byId('chat').hidden || byId('chat-toggle').classList.contains('unread')) return;
    setLabel(byId('chat-toggle'), 'chatUnread');
    byId('chat-toggle').classList.add('unread');
  }

  setLayout(layout) {
    this.stage.setLayout(layout);
    this.update();
  }

  /** Whether one picture and one sound of all come instead of everybody's, in later calls, too. @param {string} mix */
  setMix(mix) {
    remember('mix', mix);
    this.call.setMix(mix);
  }

  /** Which of the others' pictures come, in later calls, too. @param {'all'|'small'|'none'} pictures */
  setPictures(pictures) {
    remember('pictures', pictures);
    this.#showPictures(pictures);
    this.update();
  }

  /** Without pictures everybody looks as if their camera were off: it is said. */
  #showPictures(pictures) {
    this.stage.setPictures(pictures);
    this.notice.show('pictures', pictures === 'none' ? ['audioOnly'] : [], { key: 'picturesAll', run: () => this.setPictures('all') });
  }

  toggleStatistics() {
    this.stage.showsStatistics = !this.stage.showsStatistics;
    setButton('statistics', this.stage.showsStatistics, 'statistics');
    this.stage.showStatistics({ remotes: [], sent: [] });
    this.#readStats();
  }

  async copyLink() {
    const token = tokenFor(this.choice.room);
    const url = invitationUrl(location.href, this.choice.room, { token, key: this.choice.key });
    const isCopied = await (navigator.clipboard?.writeText(url) ?? Promise.reject()).then(() => true, () => false);
    if (token && !isInvitation(token)) this.notice.show('url', ['linkAlone']);
    if (isCopied) {
      this.notice.flash('copied', ['copied']);
      return;
    }
    byId('room-url').value = url; // it can be copied by hand
    byId('room-url-dialog').showModal();
    byId('room-url').select();
  }

  /** Ends the call and what it shows. Camera and microphone stay open: they may go on in another call. */
  close() {
    this.isClosed = true;
    this.drawing.cancel();
    this.notice.close();
    this.ownMedia.close();
    this.devices.removeEventListener('change', this.devicesChanged);
    for (const dialog of document.querySelectorAll('dialog')) dialog.close();
    this.timers.forEach(clearInterval);
    this.sharing.close();
    this.secondCamera.close();
    this.files.close();
    this.call.leave();
    this.stage.close();
    this.chat.close();
    this.people.close();
    this.mutedSpeech.watch(null);
    this.reactions.close();
    this.pinNotice.close();
    this.viewMenu.close();
    this.moreMenu.close();
    this.captions.close();
    this.wakeLock.close();
    this.status.close();
    document.title = 'Heddle';
    byId('alone').hidden = true;
    byId('call').hidden = true;
  }
}

let view = null;

async function start({ name, room }) {
  if (encryptChoice.isNeeded(room)) { // to join without encryption is not what the link is for
    prejoin.showAgain('noEncryption');
    return;
  }
  if (encryptChoice.makesKey(room) && await roomPreview.isEncrypted(room)) { // with another key one sees and hears nobody
    devices.close();
    prejoin.showAgain('refusedEncrypted');
    roomPreview.look(room, 'refusedEncrypted');
    return;
  }
  const choice = { name, room, key: encryptChoice.keyFor(room) };
  const address = new URL(location.href);
  address.searchParams.set('room', choice.room);
  history.replaceState(null, '', address);
  view = new CallView(choice, devices);
}

/** Back to the prejoin page, with camera and microphone off. @param {string} key of the text that says why */
function endCall(key, values) {
  view.close();
  view = null;
  devices.close();
  prejoin.showAgain(key, values);
  roomPreview.look(prejoin.room, key);
}

/** After a failure: the same person, room and devices, on fresh connections. */
function rejoin() {
  const { choice } = view;
  rememberPlace(choice.room, view.call.place);
  view.close();
  start(choice);
}

const actions = {
  mute: () => view.toggle('microphone'),
  'camera-toggle': () => view.toggle('camera'),
  share: () => view.sharing.toggle(),
  'sharing-stop': () => view.sharing.stop(),
  'sharing-another': () => view.sharing.add(),
  layout: () => view.viewMenu.open(seenButton('layout')),
  more: () => view.moreMenu.open([view.choice.room, view.lock.holds && text('encrypted'), byId('mode').textContent].filter(Boolean).join(' · ')),
  'chat-toggle': () => view.toggleChat(),
  'people-toggle': () => view.togglePeople(),
  reactions: () => view.reactions.open(byId('reactions')),
  statistics: () => view.toggleStatistics(),
  copy: () => view.copyLink(),
  'alone-copy': () => view.copyLink(),
  'settings-open': () => {
    byId('settings').showModal();
    view.secondCamera.offer();
    callChoices.show(true);
  },
  leave: () => endCall('left'),
  'page-previous': () => view.stage.turnPage(-1),
  'page-next': () => view.stage.turnPage(1),
};
for (const [id, action] of Object.entries(actions)) byId(id).onclick = action;

for (const panel of ['chat', 'people']) {
  const close = () => {
    actions[`${panel}-toggle`]();
    seenButton(`${panel}-toggle`).focus();
  };
  byId(`${panel}-close`).onclick = close;
  byId(panel).addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing) close();
  });
}
document.addEventListener('visibilitychange', () => {
  if (view && !document.hidden && !byId('chat').hidden) view.showRead();
});

new Keys({
  isOn: () => view !== null && byId('keys-on').checked,
  press: (id) => {
    if (id === 'leave') byId('leave-question').showModal();
    else if (!byId(id).disabled) byId(id).click();
  },
  talk: (isTalking) => view?.talk(isTalking) ?? false,
});
byId('keys-on').checked = recall('keys') !== 'off';
byId('keys-on').onchange = () => remember('keys', byId('keys-on').checked ? 'on' : 'off');
byId('leave-question').onclose = () => {
  const isSure = byId('leave-question').returnValue === 'leave';
  byId('leave-question').returnValue = '';
  if (isSure && view) endCall('left');
};

addEventListener('online', () => {
  view?.showStatus();
  view?.call.networkChanged();
});
addEventListener('offline', () => view?.showStatus());
navigator.connection?.addEventListener('change', () => view?.call.networkChanged());
addEventListener('pagehide', () => {
  if (!view) return;
  rememberPlace(view.choice.room, view.call.place);
  view.call.leave();
});
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted || !view) return;
  takePlace(view.choice.room); // it is ours no more
  endCall('left'); // the browser kept the page, but not the call
});

byId('prejoin-language').onclick = () => {
  chooseLanguage(currentLanguage() === 'en' ? 'ko' : 'en');
  remember('language', currentLanguage());
  prejoin.suggest();
};

/** A drawn picture instead of devices, for tests and demonstrations. */
function openDrawn(requested) {
  return openCanvas({ ...requested, ...readSize(parameters.get('size')), label: byId('name').value });
}

const { source } = asked;
const devices = new Devices(source === 'canvas' ? openDrawn : openDevices, isDenied);
if (!source) devices.prefer(recallDevices());
if (source === 'none') devices.prefer({ ...recallDevices(), camera: { id: NONE, isOn: false }, microphone: { id: NONE, isOn: false } });

/**
 * How people join is chosen on the prejoin page; in a call they choose devices. What an
 * address chose is not the person's choice.
 */
function saveDevices() {
  if (source) return;
  const before = recallDevices();
  const { camera, microphone, loudspeaker } = devices.state;
  const kept = (name, device) => ({ id: device.id, isOn: view ? before[name].isOn : device.isOn });
  rememberDevices({ camera: kept('camera', camera), microphone: kept('microphone', microphone), loudspeaker });
}

for (const each of SOURCES) onAllowed(each, () => devices.state[each].problem === 'denied' && devices.open([each])); // permission may come late
navigator.mediaDevices?.addEventListener('devicechange', () => {
  view?.routeSound();
  if (!view) devices.open(SOURCES.filter((each) => devices.state[each].problem === 'missing'));
});

const effects = new OwnEffects(devices, effectMakers());
const prejoinChoices = new DeviceChoices(byId('prejoin-devices'), devices, saveDevices);
const callChoices = new DeviceChoices(byId('call-devices'), devices, saveDevices);
byId('settings').onclose = () => callChoices.show(false);
recallEffects(effects);
new EffectChoices([byId('prejoin-devices'), byId('call-devices')], effects);
effects.addEventListener('failed', ({ detail: { source: failed } }) => {
  const key = failed === 'camera' ? 'blurFailed' : 'noiseFailed';
  if (view) view.notice.show(`effect ${failed}`, [key]);
  else prejoin.notice([key]);
});

chooseLanguage(asked.language ?? recall('language') ?? navigator.language.slice(0, 2));
const encryptChoice = new EncryptChoice(givenKey, parameters.get('room') ?? '');
const prejoin = new Prejoin(parameters, devices, effects, prejoinChoices, { onJoin: start, onChosen: saveDevices });
const roomPreview = new RoomPreview(byId('room-preview'), tokenFor, (room) => encryptChoice.hasKey(room), (room, isEncrypted) => encryptChoice.ask(room, isEncrypted));
byId('room').addEventListener('input', () => roomPreview.look(prejoin.typedRoom));
if (!asked.joinsAtOnce) roomPreview.look(prejoin.typedRoom);
// A video without a picture yet holds up the load event (with another key it never has one): a tab would load for ever.
const loaded = new Promise((resolve) => {
  if (document.readyState === 'complete') resolve();
  else addEventListener('load', resolve, { once: true });
});
loaded.then(() => prejoin.show()).then(() => {
  if (asked.joinsAtOnce) prejoin.submit();
});

/** For tests and scripts: the call and its statistics. */
window.heddle = {
  get call() { return view?.call; },
  get view() { return view; },
  devices,
  effects,
  async stats() {
    const { call, stats } = view;
    return {
      participant: call.self, room: call.room, topology: call.topology, status: call.status().state,
      participants: [...call.participants.values()], recoveries: call.recoveries, switches: call.switches, ...(await stats.read(call)),
    };
  },
};
