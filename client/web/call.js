// A call: the room as signaling tells it, what we send and what is shown. Which connections there are is in
// call_connections.js, who may do what in room_state.js, what is only told to the room in room_actions.js, data
// channels in call_data.js. No DOM; the page draws what the events say.

import { ActiveEncodings } from './active_encodings.js';
import { CallConnections } from './call_connections.js';
import { CallData } from './call_data.js';
import { checkArguments, checkOptions, checkSource } from './call_options.js';
import { Connection } from './connection.js';
import { Encryption } from './encryption.js';
import { FirstOffer } from './first_offer.js';
import { lostByOthers } from './lost_by_others.js';
import { MixedView, mixOf } from './mixed_view.js';
import { NoPeerConnection } from './peer_connection.js';
import { participantOf, ROUTER, Signaling, socketUrl } from './protocol.js';
import { RoomActions } from './room_actions.js';
import { Shown } from './shown.js';
import { statusOf } from './status.js';
import { divide, requestOf, share, sharedLines, videosOnScreen } from './view.js';

const DOWN_GRACE = 2000; // signaling may come back before people need to be told
const VIEW_DELAY = 150;
const REPEAT_DELAY = 500; // answers that the server kept for us while we were away come first

/**
 * @typedef {import('./protocol.js').Participant} Participant
 * @typedef {import('./peer_connection.js').Source} Source
 * @typedef {import('./typed_events.js').CallEvents['status']} Status
 */

/** Its events are in typed_events.js. */
export class Call extends RoomActions {
  /**
   * @param {{page: string, room: string, name: string, token?: string, topology?: 'auto'|'mesh'|'sfu'|'mcu',
   *   mix?: 'auto'|'on'|'off',
   *   reconnection?: Partial<typeof import('./reconnect.js').defaults>, data?: boolean, key?: string,
   *   worker?: string|URL, socket?: WebSocket, returns?: string,
   *   connect?: (url: string, subprotocol: string) => import('./protocol.js').SocketLike}} options
   *   wrong ones throw a TypeError that names what is wrong.
   *   page: the address of the call page; reconnection: of the reconnection managers; data: with data channels; key:
   *   the room's passphrase, by which media is encrypted end to end; worker: where e2ee/worker.js is, if not beside the
   *   page; socket: to the same server, opened already; connect: one's own transport for signaling, each time that it
   *   is opened; returns: `place` of a call that ended a moment ago, as when a page is loaded again
   */
  constructor(options) {
    super();
    checkOptions(options);
    const { page, room, name, token, topology, mix, reconnection = {}, data = false, key, worker, socket, connect, returns } = options;
    this.hasData = data;
    this.data = new CallData({ connections: () => [this.connections, this.retired], tell: (type, detail) => this.emit(type, detail) });
    this.reconnection = reconnection;
    this.encryption = key ? new Encryption({ passphrase: key, room, worker }) : null;
    this.encryption?.addEventListener('state', ({ detail }) => this.emit('encryption', detail));
    this.encryption?.addEventListener('failed', ({ detail }) => this.emit('warning', { text: `encryption: ${detail}` }));
    this.room = room;
    this.name = name;
    this.topology = '';
    this.pin = 'auto';
    this.pinBy = ''; // the name of who chose that, '' if no participant did
    this.reason = ''; // why the room has this topology
    this.mix = 'auto'; // whether we would be sent the mix alone
    this.epoch = 0;
    this.layout = 'grid'; // of the mixer's picture
    /** @type {Map<string, Source>} what we send */
    this.sources = new Map();
    /** @type {FirstOffer|null} until we are in */
    this.first = null;
    this.shown = new Shown((publication) => this.#isMuted(publication));
    this.shown.addEventListener('track', ({ detail }) => this.#swapped(detail));
    this.callConnections = new CallConnections({
      make: (remote, beginning) => this.#newConnection(remote, beginning),
      first: () => this.first?.connection,
      shown: this.shown,
      configure: (connection) => this.#configure(connection),
      tellPath: (connection) => this.#tellPath(connection),
      trackEnded: (publication) => this.emit('track-ended', { publication }),
      switched: () => this.#tellStatus(),
    });
    this.activeEncodings = new ActiveEncodings((source) => this.connections.get(ROUTER)?.peerConnection.sender(source),
      (error) => this.emit('warning', { text: String(error) }));
    this.mixed = new MixedView({
      others: () => divide(this.publications(), this.dedicatedSlots).own.filter(({ muted }) => !muted),
      decoded: (publication) => this.shown.decoded(publication),
      changed: () => this.#reconfigure(),
    });
    /**
     * @type {Map<string, {width: number, height: number, priority: number}>|null} videos by publication; null: all,
     *   large
     */
    this.view = null;
    /** @type {Set<string>} publications that the router paused because our link cannot carry them now */
    this.paused = new Set();
    /** @type {Set<string>} those of them that it pauses for want of bandwidth */
    this.cut = new Set();
    /** @type {Map<string, string>} publications that this device cannot play, with their codec ("" when unknown) */
    this.unsupported = new Map();
    /** @type {Set<Connection>} on which media stopped while signaling did not answer either */
    this.suspected = new Set();
    this.listener = this.#listenToConnections();
    this.recoveries = [];
    this.switches = []; // gaps that the page measured
    this.isDown = false;
    this.isConnecting = false; // while connections are made and closed one by one: the status is told when all are
    this.wasWell = false; // `isWell` of the status that was told last
    this.timers = {};
    this.signaling = new Signaling(socketUrl(page), { room, name, token, topology, mix, encrypted: this.encryption !== null, returns }, async () => this.first?.take() ?? null, socket, connect);
    this.#listenToSignaling();
  }

  join() {
    this.#orEnd(() => {
      this.first = new FirstOffer();
      this.first.connection = this.#newConnection(ROUTER);
      this.signaling.open();
      this.#tellStatus();
    });
  }

  /** Does what makes connections. In a browser that makes none there is no call: `refused` comes when who called us has
   * the call. */
  #orEnd(action) {
    try {
      action();
    } catch (error) {
      if (!(error instanceof NoPeerConnection)) throw error;
      this.signaling.close();
      setTimeout(() => this.#refused({ code: 'no-connection', message: error.message }));
    }
  }

  leave() {
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.data.stop();
    this.mixed.reset();
    this.callConnections.closeAll();
    this.encryption?.close();
    this.signaling.close();
  }

  /** The network changed (or may have): connections and signaling act at once instead of waiting for their timers. */
  networkChanged() {
    this.signaling.retryNow();
    this.signaling.send({ type: 'network-changed' });
    this.callConnections.runAll('network-changed');
  }

  /** What tells the server, for a minute after we left, that we were in the room: see the option `returns`.
   * @returns {string|null} null: we never were */
  get place() {
    return this.signaling.isWaiting ? null : this.signaling.resume;
  }

  /** What is shown, by publication. @returns {Map<string, {connection: Connection, track: MediaStreamTrack}>} */
  get tracks() {
    return this.shown.tracks;
  }

  /** By remote id. @returns {Map<string, Connection>} */
  get connections() {
    return this.callConnections.needed;
  }

  /** Those of the former topology. @returns {Map<string, Connection>} */
  get retired() {
    return this.callConnections.retired;
  }

  /** Direct ones that carry no media. @returns {Map<string, Connection>} */
  get probes() {
    return this.callConnections.probes;
  }

  /** The room's topology changed, and connections of the former one still carry media. */
  get isSwitching() {
    return this.retired.size > 0;
  }

  /** One status for people. @returns {Status} */
  status() {
    const connections = [...this.connections.values()];
    return statusOf({
      hasJoined: this.self !== '',
      isDown: this.isDown,
      isCovered: [...this.retired.values()].some(({ isUp }) => isUp),
      wasWell: this.wasWell,
      max: connections[0]?.reconnect.constants.maxRestarts ?? 0,
      connections: connections.map(({ reconnect: { state, attempt }, lost }) => ({ state, attempt, isLost: lost !== null })),
    });
  }

  /**
   * In a Mesh: the participants at whose end a connection is lost, while our own end works.
   * @returns {Participant[]}
   */
  lostByOthers() {
    const connections = [...this.connections.values()].map(({ remote, reconnect: { state } }) => ({ remote, state }));
    const lost = lostByOthers({ isDown: this.isDown, connections, isActive: (remote) => this.participants.get(remote)?.state !== 'reconnecting' });
    return lost.map((remote) => this.participants.get(remote)).filter(Boolean);
  }

  #tellStatus() {
    if (this.isConnecting) return;
    const status = this.status();
    this.wasWell = status.isWell;
    this.emit('status', status);
  }

  /** A wrong one throws a TypeError that names what is wrong. @param {Source} source */
  publish(source) {
    checkSource(source);
    this.sources.set(source.source, source);
    this.#configureAll();
  }

  /** @param {string} name of the source */
  unpublish(name) {
    checkArguments('unpublish', { source: name });
    if (this.sources.delete(name)) this.#configureAll();
  }

  /**
   * Another track takes the place of the one that is sent, without an offer.
   * @param {string} name of the source @param {MediaStreamTrack} track
   */
  replaceTrack(name, track) {
    checkArguments('replaceTrack', { source: name, track });
    const source = this.sources.get(name);
    if (!source) return;
    track.enabled = !source.muted;
    this.sources.set(name, { ...source, track });
    this.#configureAll();
  }

  /** @param {string} name of the source @param {boolean} muted */
  setMuted(name, muted) {
    checkArguments('setMuted', { source: name, muted });
    const source = this.sources.get(name);
    if (!source) return;
    source.muted = muted;
    source.track.enabled = !muted;
    this.signaling.send({ type: 'mute', source: name, muted });
  }

  /**
   * A message to everybody else, or to one. Reliable ones (`ordered`, `unordered`) come once, whatever happens to the
   * connections in between; `lossy` ones come soon or not at all.
   * @param {Uint8Array|string} payload up to 16,000 bytes
   * @param {{to?: string, topic?: string, policy?: 'ordered'|'unordered'|'lossy'}} [how] topic: up to 64 bytes
   * @returns {boolean} false: it was not taken, since too much waits to be acknowledged (`data-ready` follows), nobody
   *   has that id, or (lossy) there is no channel. What cannot be a message throws a TypeError that names what is wrong
   */
  sendData(payload, how = {}) {
    return this.data.send(payload, how);
  }

  /** Tells how long the page's video stood still while another track took over. */
  tellSwitch(publication, gapMs) {
    const event = { kind: 'switch', epoch: this.epoch, publication, gap_ms: Math.round(gapMs) };
    this.switches.push(event);
    this.tellEvents(event);
  }

  /**
   * Which videos are on the screen, and how large; others are not sent. Audio always is.
   * @param {Map<string, {width: number, height: number, priority: number}>} view by publication
   */
  setView(view) {
    checkArguments('setView', { view });
    this.view = view;
    this.timers.view ??= setTimeout(() => {
      this.timers.view = null;
      this.#configureAll();
    }, VIEW_DELAY);
  }

  /** Tells what setView() said now, instead of a moment later with what else changes. */
  tellView() {
    clearTimeout(this.timers.view);
    this.timers.view = null;
    this.#configureAll();
  }

  /** All publications of the others. */
  publications() {
    return [...this.participants.values()].flatMap(({ publications }) => publications);
  }

  /** What is to come in: the mixer's, or everybody's, or both while one takes over from the other. */
  #received() {
    return [...this.mixed.mixers.flatMap(mixOf), ...this.publications().filter((publication) => this.mixed.isReceived(publication))];
  }

  #configure(connection) {
    const sources = [...this.sources.values()].filter(({ source }) => this.permissions[source] !== false); // an offer with others would be refused
    connection.peerConnection.setSources(connection.isProbe ? [] : sources);
    if (!connection.isToRouter) return;
    const { own, rest } = divide(this.#received(), this.dedicatedSlots);
    connection.peerConnection.setRequested(own);
    connection.peerConnection.setShared(sharedLines(rest, this.audioSlots, this.view));
    this.#sendView(connection);
  }

  /** Tells the router what to send on each m-line, when that has changed. */
  #sendView(connection) {
    if (!connection.isToRouter || !this.view || connection.peerConnection.isClosed) return;
    const { peerConnection } = connection;
    const lines = peerConnection.lines();
    const video = lines.filter(({ kind, publication }) => kind === 'video' && publication === null);
    const before = new Map(video.map(({ mid }) => [mid, peerConnection.requested?.get(mid) ?? '']));
    peerConnection.requested = share(before, videosOnScreen(divide(this.#received(), this.dedicatedSlots).rest, this.view));
    const slots = lines.map((line) => requestOf(line, peerConnection.requested, this.view, this.mixed.isChanging)).filter(Boolean);
    const text = JSON.stringify(slots);
    if (text === peerConnection.sentView || slots.length === 0) return;
    peerConnection.sentView = text;
    this.signaling.send({ type: 'receive', slots });
  }

  #configureAll() {
    for (const connection of this.callConnections.all()) if (!connection.peerConnection.isClosed) this.#configure(connection);
  }

  #isMuted(publication) {
    return this.publications().find(({ id }) => id === publication)?.muted ?? false;
  }

  // What connections tell.

  /** @returns {import('./connection.js').ConnectionListener} */
  #listenToConnections() {
    return {
      message: (message) => (this.first ? this.first.hold(message) : this.signaling.send(message)),
      configure: (connection) => this.#configure(connection),
      offered: (connection) => this.#sendView(connection),
      track: (connection, detail) => this.#trackAdded(connection, detail),
      dataOpened: (connection) => this.data.opened(connection),
      dataReceived: (connection, frame) => this.data.received(connection, frame),
      trackEnded: (connection, publication) => this.#trackRemoved(connection, publication),
      changed: (connection, before) => this.#connectionChanged(connection, before),
      pathChanged: (connection) => this.#tellPath(connection),
      silent: (connection, what) => this.#suspect(connection, what),
      recovered: (recovery) => this.#recovered(recovery),
      warning: (text) => this.emit('warning', { text }),
    };
  }

  #trackAdded(connection, { publication, track }) {
    const from = participantOf(publication);
    if (!connection.isProbe && (this.participants.has(from) || this.mixed.mixers.includes(from))) this.shown.offer(connection, publication, track);
  }

  #trackRemoved(connection, publication) {
    if (this.shown.end(connection, publication)) this.emit('track-ended', { publication });
  }

  /**
   * Media stopped on a connection. When the path is dead, or signaling does not answer
   * either, the network must have changed.
   */
  async #suspect(connection, what) {
    if (what === 'quiet' && await this.signaling.answers()) return;
    if (what === 'quiet') this.suspected.add(connection);
    else connection.run('network-changed');
  }

  #connectionChanged(connection, before) {
    const { state } = connection.reconnect;
    this.#tellPath(connection);
    if (connection.isProbe) return;
    if (before !== state && state === 'connected') this.callConnections.endSwitch();
    this.#tellStatus();
  }

  #tellPath(connection) {
    const state = connection.takePathNews();
    if (state) this.signaling.send({ type: 'path', target: connection.remote, state });
  }

  #recovered(recovery) {
    this.recoveries.push(recovery);
    this.tellEvents(recovery);
    this.emit('recovery', recovery);
  }

  #swapped({ publication, track }) {
    this.emit('track', { publication, track });
    this.callConnections.endSwitch();
  }

  // What signaling tells.

  #listenToSignaling() {
    const on = (type, handler) => this.signaling.addEventListener(type, ({ detail }) => this.#orEnd(() => handler(detail)));
    on('joined', (message) => this.#joined(message));
    on('waiting', () => this.#waiting());
    const handlers = this.#messageHandlers();
    on('message', (message) => handlers.get(message.type)?.(message));
    on('down', () => this.#down());
    on('refused', (error) => this.#refused(error));
  }

  #waiting() {
    this.isWaiting = true;
    this.#dropFirst();
    this.emit('waiting');
  }

  #down() {
    clearTimeout(this.timers.down);
    this.timers.down = setTimeout(() => {
      this.isDown = true;
      this.#tellStatus();
    }, DOWN_GRACE);
    this.callConnections.runAll('signaling-down');
  }

  #refused(error) {
    this.callConnections.runAll('refused');
    this.emit('refused', error);
  }

  #joined(message) {
    const isResumed = message.resumed && message.participant === this.self;
    const { first } = this;
    this.first = null;
    clearTimeout(this.timers.down);
    this.isDown = false;
    this.self = message.participant;
    this.dedicatedSlots = message.dedicated_slots;
    this.audioSlots = message.audio_slots;
    this.rtcConfig = { iceServers: message.ice_servers, iceTransportPolicy: message.ice_policy };
    if (isResumed) {
      this.#renewServers({ mustMove: false });
    } else { // a new place in the room: nobody knows our old connections
      this.callConnections.closeAll();
      this.mixed.reset();
      this.wasWell = false;
      this.data.reset();
    }
    const gone = this.takeJoined(message);
    for (const muted of message.muted ?? []) this.#mutedByHost(muted);
    for (const participant of gone) this.#forget(participant);
    this.encryption?.setSelf(this.self);
    this.#tellOthers();
    if (first) this.#adoptFirstOffer(first);
    this.#connect(message);
    if (isResumed) this.#resumed();
    this.emit('joined', message);
    this.emit('participants');
    this.#tellStatus();
  }

  /** The offer that `join` carried is not taken while one waits to be let in: there will be another. */
  #dropFirst() {
    if (this.first) this.callConnections.close(this.first.connection);
    this.first = null;
  }

  /** The connection whose offer came with `join` is one of the call's now. @param {FirstOffer} first */
  #adoptFirstOffer({ connection, offer, held, isTaken }) {
    const { iceServers, iceTransportPolicy } = this.rtcConfig;
    const isOutdated = iceServers.length > 0 || iceTransportPolicy !== 'all';
    this.connections.set(ROUTER, connection);
    connection.joined(isOutdated);
    this.#configure(connection);
    if (isOutdated) return;
    for (const message of held) this.signaling.send(message);
    if (!isTaken) connection.peerConnection.repeatOffer();
    for (const { source, muted } of offer.sends) // what the person has changed meanwhile
      if (this.sources.has(source) && this.sources.get(source).muted !== muted) this.signaling.send({ type: 'mute', source, muted: !muted });
  }

  // What was sent before the socket broke may be lost: sends again what is still true.
  #resumed() {
    this.callConnections.runAll('signaling-up');
    for (const connection of this.callConnections.current()) {
      connection.toldPath = null;
      this.#tellPath(connection);
    }
    for (const connection of this.suspected) if (this.connections.get(connection.remote) === connection) connection.run('network-changed');
    this.suspected.clear();
    this.#configureAll();
    this.timers.repeat = setTimeout(() => {
      for (const connection of this.callConnections.current()) if (!connection.peerConnection.isClosed) connection.peerConnection.repeatOffer();
    }, REPEAT_DELAY);
    for (const { source, muted } of this.sources.values()) this.signaling.send({ type: 'mute', source, muted });
  }

  /** What each type of message does. @returns {Map<string, (message: object) => void>} */
  #messageHandlers() {
    const toConnection = (message) => this.callConnections.to(message.from)?.receive(message);
    const emit = (message) => this.emit(message.type, message);
    return new Map(Object.entries({
      ...this.stateHandlers(),
      offer: toConnection,
      answer: toConnection,
      'ice-candidate': toConnection,
      'connection-request': toConnection,
      connect: (message) => message.epoch >= this.epoch && this.#connect(message),
      'ice-servers': ({ ice_servers: iceServers }) => this.#iceServersChanged(iceServers),
      speakers: ({ participants }) => this.topology !== 'mesh' && this.emit('speakers', participants), // else late: nobody would end what it says
      slots: ({ slots }) => this.#setSlots(slots),
      encodings: ({ source, active }) => { this.activeEncodings.set(source, active); },
      codecs: () => this.connections.get(ROUTER)?.peerConnection.renegotiate(), // somebody cannot decode ours; the router's answer prefers one that all can
      chat: emit,
      reaction: emit,
      'unmute-request': emit,
      'chat-history': ({ messages }) => this.emit('chat-history', messages),
      muted: (message) => this.#mutedByHost(message),
      'participant-joined': ({ participant }) => this.#participantJoined(participant),
      'participant-left': ({ participant }) => this.#participantLeft(participant),
      'participant-state': ({ participant, state }) => this.#participantStateChanged(participant, state),
      publications: ({ participant, publications }) => this.#publicationsChanged(participant, publications),
      error: (error) => this.#warned(error),
    }));
  }

  #iceServersChanged(iceServers) {
    this.rtcConfig = { ...this.rtcConfig, iceServers };
    this.#renewServers({ mustMove: true });
  }

  #warned({ code, message, request = '', field = '', expected = '' }) {
    if (request === 'join') this.connections.get(ROUTER)?.peerConnection.repeatOffer(); // we are in, but its offer was refused
    this.emit('warning', { code, request, text: `${code} (${request} ${field} ${expected}): ${message}` });
  }

  #renewServers({ mustMove }) {
    for (const { peerConnection } of this.callConnections.all()) {
      if (peerConnection.isClosed) continue;
      peerConnection.renewServers(this.rtcConfig);
      if (mustMove) peerConnection.moveRelayed();
    }
  }

  /** What a host muted stays so until we unmute it: the server sends it to nobody. */
  #mutedByHost({ source, by }) {
    const known = this.sources.get(source);
    if (known) {
      known.muted = true;
      known.track.enabled = false;
    }
    this.emit('muted', { source, by });
  }

  #participantJoined(participant) {
    this.participants.set(participant.id, participant);
    this.#participantsChanged();
  }

  #participantLeft(id) {
    const known = this.participants.get(id);
    this.participants.delete(id);
    if (known) this.#forget(known);
    this.#participantsChanged();
  }

  #participantStateChanged(id, state) {
    const known = this.participants.get(id);
    if (!known) return;
    known.state = state;
    if (state === 'active') this.callConnections.to(id)?.peerConnection.repeatOffer(); // its answer may be lost
    this.#reconfigure();
  }

  #publicationsChanged(id, publications) {
    const known = this.participants.get(id);
    if (!known) return;
    known.publications = publications;
    this.#reconfigure();
  }

  #participantsChanged() {
    this.#tellOthers();
    this.#reconfigure();
  }

  #tellOthers() {
    this.data.setOthers(this.participants.keys());
    this.encryption?.setOthers(this.participants.keys());
  }

  #reconfigure() {
    this.#configureAll();
    this.emit('participants');
  }

  #forget({ id }) {
    this.callConnections.forget(id);
    this.#forgetStates((publication) => publication.startsWith(`${id}/`));
    for (const publication of this.shown.forget(id)) this.emit('track-ended', { publication });
    this.#tellStatus(); // a connection to somebody who left is not a lost one
  }

  /** Forgets what the router said of publications that it does not send any more. */
  #forgetStates(isGone) {
    for (const states of [this.paused, this.cut, this.unsupported])
      for (const publication of [...states.keys()].filter(isGone)) states.delete(publication);
  }

  #setSlots(slots) {
    this.connections.get(ROUTER)?.peerConnection.setSlots(slots);
    for (const { publication, state, reason, codec } of slots) {
      if (state === 'paused') this.paused.add(publication);
      else this.paused.delete(publication);
      if (state === 'paused' && reason === 'bandwidth') this.cut.add(publication);
      else this.cut.delete(publication);
      if (state === 'unsupported') this.unsupported.set(publication, codec ?? '');
      else this.unsupported.delete(publication);
    }
    this.emit('participants');
  }

  // Pauses the encodings that nobody watches.
  // The room's topology.

  #connect(message) {
    const { topology, pin, pin_by: pinBy = '', reason = '', epoch, layout = 'grid', mix = 'auto' } = message;
    const { connect, probe, mixer = '' } = message;
    if (topology !== this.topology) this.cut.clear(); // what was said of everybody's does not count for a mix
    this.topology = topology;
    this.mix = mix;
    this.pin = pin;
    this.pinBy = pinBy;
    this.reason = reason;
    this.epoch = epoch;
    this.layout = layout;
    if (!connect.includes(ROUTER)) this.#forgetStates(() => true);
    this.isConnecting = true;
    this.callConnections.follow(connect, probe);
    this.isConnecting = false;
    this.mixed.arrange(layout);
    this.mixed.follow(mixer);
    this.emit('topology', { topology, pin, pinBy, reason, epoch, layout, mix });
    this.#tellStatus();
    this.callConnections.endSwitch();
  }

  #newConnection(remote, beginning) {
    const peer = () => ({ self: this.self, config: this.rtcConfig, data: this.hasData, encryption: this.encryption });
    return new Connection(remote, { constants: this.reconnection, peer }, this.listener, beginning);
  }
}
