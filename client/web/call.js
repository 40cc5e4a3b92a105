// A call: the room as signaling tells it, one connection for each id the server names, what we send and what we see. It
// runs the reconnection manager of each connection. No DOM; the page draws what the events say.

import { Peer } from './peer.js';
import { ROUTER, Signaling, socketUrl } from './protocol.js';
import { Reconnect } from './reconnect.js';

const SWITCH_LIMIT = 10000; // after a change of shape the old connections end at the latest then

/**
 * @typedef {import('./protocol.js').Participant} Participant
 * @typedef {import('./peer.js').Source} Source
 */

/** A connection and its manager. */
class Link {
  constructor(call, remote, generation = 1) {
    this.call = call;
    this.remote = remote;
    this.reconnect = new Reconnect({}, Math.random);
    this.timer = null;
    this.recovery = null; // since when, and what was tried
    this.open(generation);
    this.run('start');
  }

  open(generation) {
    const { call, remote } = this;
    this.peer = new Peer({
      self: call.self, remote, generation, config: call.rtcConfig, send: (message) => call.signaling.send(message),
    });
    this.peer.addEventListener('state', ({ detail }) => this.#state(detail));
    this.peer.addEventListener('track', ({ detail }) => call.onTrack(this, detail));
    this.peer.addEventListener('track-ended', ({ detail }) => call.onTrackEnded(this, detail.publication));
    this.peer.addEventListener('error', ({ detail }) => call.emit('warning', { text: String(detail) }));
    call.configure(this);
    if (this.peer.impolite) this.peer.negotiate();
  }

  #state(state) {
    if (state === 'connected') this.run('up');
    else if (state === 'disconnected') this.run('disconnected');
    else if (state === 'failed') this.run('failed');
  }

  run(event) {
    const before = this.reconnect.state;
    const now = performance.now();
    for (const action of this.reconnect.input(event, now)) this.#act(action);
    this.#note(before, now);
    clearTimeout(this.timer);
    const next = this.reconnect.next();
    if (next !== Infinity) this.timer = setTimeout(() => this.run('timeout'), Math.max(0, next - now) + 1);
    this.call.emit('status', this.call.status());
  }

  #act(action) {
    if (action.do === 'restart') this.peer.restart();
    else if (action.do === 'rebuild') this.call.signaling.send({ type: 'request-new-connection', target: this.remote, generation: this.peer.generation + 1 });
    if (action.do !== 'connect' && this.recovery) this.recovery.path = action.do === 'restart' ? `restart ${action.attempt}` : action.do;
  }

  #note(before, now) {
    const { state } = this.reconnect;
    if (before === 'connected' && state !== 'connected') this.recovery = { since: now, path: 'healed' };
    if (before !== 'connected' && state === 'connected' && this.recovery) {
      const recovery = { kind: 'recovery', target: this.remote, path: this.recovery.path, ms: Math.round(now - this.recovery.since) };
      this.recovery = null;
      this.call.recoveries.push(recovery);
      this.call.signaling.send({ type: 'report', events: [recovery] });
    }
  }

  /** The other end wants, or grants, a fresh connection. */
  rebuild(generation) {
    this.peer.close();
    this.open(generation);
    if (!this.peer.impolite) this.peer.negotiate();
  }

  close() {
    clearTimeout(this.timer);
    this.reconnect.input('close', performance.now());
    this.peer.close();
  }
}

/**
 * Events: `joined`, `participants` (someone came, went or changed), `track` (detail: {publication, track}),
 * `track-ended` (detail: {publication}), `status` (detail: Status), `speakers` (detail: string[]), `chat` (detail: {from, text}),
 * `shape` (detail: {shape, pin}), `refused` (detail: {code, message}), `warning` (detail: {text}).
 *
 * @typedef {{state: 'connecting'|'connected'|'disconnected'|'reconnecting'|'failed', attempt: number, max: number}} Status
 */
export class Call extends EventTarget {
  /** @param {{page: string, room: string, name: string, token?: string, shape?: string}} options */
  constructor({ page, room, name, token, shape }) {
    super();
    this.room = room;
    this.name = name;
    this.self = '';
    this.shape = '';
    this.pin = 'auto';
    this.epoch = 0;
    /** @type {Map<string, Participant>} the others */
    this.participants = new Map();
    /** @type {Map<string, Source>} what we send */
    this.sources = new Map();
    /** @type {Map<string, Link>} by remote id */
    this.links = new Map();
    this.closing = new Map(); // links of the former shape
    /** @type {Map<string, {link: Link, track: MediaStreamTrack}>} what is shown, by publication */
    this.tracks = new Map();
    this.recoveries = [];
    this.wasDown = false;
    this.signaling = new Signaling(socketUrl(page), { room, name, token, shape });
    this.signaling.addEventListener('joined', ({ detail }) => this.#joined(detail));
    this.signaling.addEventListener('message', ({ detail }) => this.#message(detail));
    this.signaling.addEventListener('down', () => this.#down());
    this.signaling.addEventListener('refused', ({ detail }) => this.emit('refused', detail));
  }

  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  join() {
    this.signaling.open();
    this.emit('status', this.status());
  }

  leave() {
    for (const link of [...this.links.values(), ...this.closing.values()]) link.close();
    this.links.clear();
    this.closing.clear();
    this.signaling.close();
  }

  /** The network changed (or may have): nobody waits for timers. */
  networkChanged() {
    this.signaling.retryNow();
    for (const link of this.links.values()) link.run('network-changed');
  }

  /** One status for people: the worst of the connections. @returns {Status} */
  status() {
    const links = [...this.links.values()];
    const inState = (...states) => links.find(({ reconnect }) => states.includes(reconnect.state));
    const max = links[0]?.reconnect.constants.maxRestarts ?? 0;
    const restarting = inState('restarting', 'rebuilding');
    if (inState('given-up')) return { state: 'failed', attempt: 0, max };
    if (restarting) return { state: 'reconnecting', attempt: restarting.reconnect.attempt || max, max };
    if (inState('waiting') || this.wasDown) return { state: 'disconnected', attempt: 0, max };
    if (!this.self || inState('new', 'connecting')) return { state: 'connecting', attempt: 0, max };
    return { state: 'connected', attempt: 0, max };
  }

  /** @param {Source} source */
  publish(source) {
    this.sources.set(source.source, source);
    this.#configureAll();
  }

  unpublish(name) {
    if (this.sources.delete(name)) this.#configureAll();
  }

  setMuted(name, muted) {
    const source = this.sources.get(name);
    if (!source) return;
    source.muted = muted;
    source.track.enabled = !muted;
    this.signaling.send({ type: 'mute', source: name, muted });
  }

  chat(text) {
    this.signaling.send({ type: 'chat', text });
  }

  setPin(shape) {
    this.signaling.send({ type: 'pin', shape });
  }

  /** All publications of the others. */
  publications() {
    return [...this.participants.values()].flatMap(({ publications }) => publications);
  }

  configure(link) {
    link.peer.setSources([...this.sources.values()]);
    if (link.remote === ROUTER) link.peer.setWanted(this.publications());
  }

  #configureAll() {
    for (const link of [...this.links.values(), ...this.closing.values()]) this.configure(link);
  }

  onTrack(link, { publication, track }) {
    const shown = this.tracks.get(publication);
    if (shown?.track === track || (shown && this.links.get(link.remote) !== link)) return;
    this.tracks.set(publication, { link, track });
    this.emit('track', { publication, track });
    this.#endSwitch();
  }

  onTrackEnded(link, publication) {
    if (this.tracks.get(publication)?.link !== link) return;
    this.tracks.delete(publication);
    this.emit('track-ended', { publication });
  }

  #down() {
    this.wasDown = true;
    for (const link of this.links.values()) link.run('signaling-down');
    this.emit('status', this.status());
  }

  #joined(message) {
    const isResumed = message.resumed && message.participant === this.self;
    this.self = message.participant;
    this.grace = message.grace_ms;
    this.rtcConfig = { iceServers: message.ice_servers, iceTransportPolicy: message.ice_policy };
    this.participants = new Map(message.participants.map((participant) => [participant.id, participant]));
    if (!isResumed) this.#closeAll(); // a new place: what the old one had is gone
    const wasDown = this.wasDown;
    this.wasDown = false;
    this.#connect(message);
    for (const link of this.links.values()) link.run('signaling-up');
    if (isResumed && wasDown) this.#afterResume();
    this.emit('joined', message);
    this.emit('participants');
    this.emit('status', this.status());
  }

  // Offers and answers may have been lost with the old socket: say again what is current.
  #afterResume() {
    this.#configureAll();
    for (const link of this.links.values()) {
      if (link.peer.answerWaited || link.reconnect.state !== 'connected') link.run('network-changed');
    }
    for (const { source, muted } of this.sources.values()) this.signaling.send({ type: 'mute', source, muted });
  }

  #closeAll() {
    for (const link of [...this.links.values(), ...this.closing.values()]) link.close();
    this.links.clear();
    this.closing.clear();
    for (const publication of this.tracks.keys()) this.emit('track-ended', { publication });
    this.tracks.clear();
  }

  /** Makes the connections that are named and new; the others end once their media comes over the new ones. */
  #connect({ shape, pin, epoch, connect }) {
    this.shape = shape;
    this.pin = pin;
    this.epoch = epoch;
    const shapeChanged = connect.includes(ROUTER) !== this.links.has(ROUTER);
    for (const [remote, link] of this.links) {
      if (connect.includes(remote)) continue;
      this.links.delete(remote);
      if (shapeChanged && connect.length > 0) this.closing.set(remote, link);
      else this.#closeLink(link);
    }
    for (const remote of connect) {
      const returning = this.closing.get(remote);
      this.closing.delete(remote);
      if (returning) this.links.set(remote, returning);
      else if (!this.links.has(remote)) this.links.set(remote, new Link(this, remote));
    }
    if (this.closing.size > 0) setTimeout(() => this.#endSwitch(true), SWITCH_LIMIT);
    this.emit('shape', { shape, pin });
  }

  #closeLink(link) {
    link.close();
    for (const [publication, shown] of this.tracks) {
      if (shown.link !== link) continue;
      this.tracks.delete(publication);
      this.emit('track-ended', { publication });
    }
  }

  /** Old connections end when nothing shown depends on them any more. */
  #endSwitch(force = false) {
    if (this.closing.size === 0) return;
    const shown = [...this.tracks.values()];
    const isNeeded = (link) => shown.some((track) => track.link === link);
    for (const [remote, link] of this.closing) {
      if (!force && isNeeded(link)) continue;
      this.closing.delete(remote);
      this.#closeLink(link);
    }
  }

  #linkFor(id) {
    return this.links.get(id) ?? this.closing.get(id);
  }

  #message(message) {
    switch (message.type) {
      case 'offer':
      case 'answer':
      case 'ice-candidate':
        this.#linkFor(message.from)?.peer.receive(message);
        break;
      case 'connection-request':
        this.#linkFor(message.from)?.rebuild(message.generation);
        break;
      case 'connect':
        if (message.epoch >= this.epoch) this.#connect(message);
        break;
      case 'speakers':
        this.emit('speakers', message.participants);
        break;
      case 'layers':
        this.#setLayers(message);
        break;
      case 'chat':
        this.emit('chat', message);
        break;
      case 'error':
        this.emit('warning', { text: message.message });
        break;
      default:
        this.#participantMessage(message);
    }
  }

  #participantMessage(message) {
    const id = message.participant?.id ?? message.participant;
    const known = this.participants.get(id);
    if (message.type === 'participant-joined') this.participants.set(id, message.participant);
    else if (message.type === 'participant-left') this.participants.delete(id);
    else if (message.type === 'participant-state' && known) known.state = message.state;
    else if (message.type === 'publications' && known) known.publications = message.publications;
    else return;
    if (message.type === 'participant-left') this.#forget(known);
    this.#configureAll();
    this.emit('participants');
  }

  #forget(participant) {
    for (const { id } of participant?.publications ?? []) {
      if (this.tracks.delete(id)) this.emit('track-ended', { publication: id });
    }
  }

  /** Nobody watches some layers: pause them. */
  async #setLayers({ source, active }) {
    const sender = this.links.get(ROUTER)?.peer.sender(source);
    if (!sender) return;
    const parameters = sender.getParameters();
    parameters.encodings.forEach((encoding, index) => { encoding.active = active[index] ?? true; });
    await sender.setParameters(parameters).catch((error) => this.emit('warning', { text: String(error) }));
  }
}
