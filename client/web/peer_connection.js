// A peer connection to one remote id, the router or a participant, around an RTCPeerConnection (`pc`): negotiation,
// trickle, ICE restart. It does not know the room's topology. No DOM.
//
// Every m-line carries media one way, so it belongs to the end that sends on it; `sends` and `receives` of
// the messages name the publication of each. Toward the router this end always offers. Toward a
// participant both do, by perfect negotiation.

import { DataChannels } from './data_channels.js';
import { participantOf, ROUTER } from './protocol.js';
import { usesTurn } from './turn_path.js';

/**
 * @typedef {{source: 'camera'|'microphone'|'screen'|'screen-audio'|'camera-2'|'screen-2'|'screen-2-audio',
 *   kind: 'audio'|'video', track: MediaStreamTrack, stream: MediaStream, muted: boolean,
 *   encodings?: RTCRtpEncodingParameters[],
 *   codec?: 'vp8'|'vp9'|'av1'|'h264'}} Source without `codec` the browser chooses
 * @typedef {{id: string, kind: 'audio'|'video'}} Requested
 */

const BUNDLING = { bundlePolicy: 'max-bundle' }; // may not change later
const DEPENDENCY_DESCRIPTOR = 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';

const ANYBODY = { participant: '', isCertain: false };

/** The browser makes no RTCPeerConnection: of this configuration, or at all. The message is its reason. */
export class NoPeerConnection extends Error {}

/** Of two participants the one that compares lower by (length, text) is impolite and makes the first offer. */
export function isImpolite(self, remote) {
  return self.length !== remote.length ? self.length < remote.length : self < remote;
}

/** Prefers a codec to all others; nothing changes when the browser does not have it. */
function preferCodec(transceiver, kind, codec) {
  const all = RTCRtpSender.getCapabilities?.(kind)?.codecs ?? [];
  const isWanted = ({ mimeType }) => mimeType.toLowerCase() === `${kind}/${codec}`;
  if (all.some(isWanted)) transceiver.setCodecPreferences?.([...all.filter(isWanted), ...all.filter((one) => !isWanted(one))]);
}

/** Offers the extension that tells AV1's layers apart: browsers know it, and do not offer it by themselves. */
function acceptLayers(transceiver) {
  const extensions = transceiver.getHeaderExtensionsToNegotiate?.() ?? [];
  const stopped = extensions.filter(({ uri, direction }) => uri === DEPENDENCY_DESCRIPTOR && direction === 'stopped');
  if (stopped.length === 0) return;
  for (const extension of stopped) extension.direction = 'sendrecv';
  transceiver.setHeaderExtensionsToNegotiate(extensions);
}

/**
 * Events: `state` (detail: RTCPeerConnectionState), `track` (detail: {publication, track}), `track-ended` (detail:
 * {publication}), `data-open`, `data` (detail: ArrayBuffer, a frame), `error` (detail: Error).
 */
export class PeerConnection extends EventTarget {
  /**
   * @param {{self: string, remote: string, config: RTCConfiguration, send: (message: object) => void,
   *   generation?: number, data?: boolean, encryption?: import('./encryption.js').Encryption|null,
   *   gcm?: boolean}} options `send` takes a message without `target`; data: with data channels; gcm: offers say that
   *   AES-GCM alone is enough
   */
  constructor({ self, remote, config, send, generation = 1, data = false, encryption = null, gcm = false }) {
    super();
    this.remote = remote;
    this.isRouter = remote === ROUTER;
    this.impolite = this.isRouter || isImpolite(self, remote);
    this.isClosed = false;
    this.mayOffer = false; // the polite end waits for the remote peer's first offer
    this.send = (message) => send({ ...message, target: remote, generation: this.generation });
    this.generation = generation;
    this.gcm = gcm;
    this.encryption = encryption;
    /** @type {Map<string, {source: Source, transceiver: RTCRtpTransceiver}>} by source */
    this.sending = new Map();
    /** @type {Map<string, RTCRtpTransceiver>} by publication, from the router */
    this.receiving = new Map();
    /** @type {Map<string, string>} publication by mid, as the remote peer said */
    this.remoteSends = new Map();
    /** @type {{audio: RTCRtpTransceiver[], video: RTCRtpTransceiver[]}} whose publication changes without an offer */
    this.shared = { audio: [], video: [] };
    /** @type {Map<RTCRtpTransceiver, string>} what the router said of them */
    this.sharedShown = new Map();
    this.free = []; // receiving m-lines to use again
    this.freeSending = [];
    this.offering = false;
    this.answering = false;
    this.inbox = Promise.resolve(); // messages of the remote peer, in their order
    this.answerWaited = false;
    this.dirty = false;
    this.candidates = []; // that wait for their description
    this.timer = null;
    try {
      this.pc = new RTCPeerConnection({ ...BUNDLING, ...config });
    } catch (error) {
      throw new NoPeerConnection(error.message);
    }
    this.pc.onconnectionstatechange = () => this.#emit('state', this.pc.connectionState);
    this.pc.onicecandidate = ({ candidate }) => this.#sendCandidate(candidate);
    this.pc.ontrack = ({ transceiver }) => this.#announce(transceiver);
    const listener = { open: () => this.#emit('data-open'), frame: (frame) => this.#emit('data', frame) };
    this.data = data ? new DataChannels(this.pc, this.impolite, listener) : null;
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.pc.onconnectionstatechange = null;
    this.pc.onicecandidate = null;
    this.pc.close();
  }

  /** Sets everything that this end sends. @param {Source[]} sources */
  setSources(sources) {
    const names = new Set(sources.map(({ source }) => source));
    for (const [name, { source, transceiver }] of this.sending) {
      if (names.has(name)) continue;
      transceiver.sender.replaceTrack(null);
      transceiver.direction = 'inactive';
      this.sending.delete(name);
      if (!this.#encodings(source)) this.freeSending.push(transceiver);
      this.#changed();
    }
    for (const source of sources) this.#setSource(source);
  }

  #setSource(source) {
    const known = this.sending.get(source.source);
    if (known) {
      if (known.source.track !== source.track) known.transceiver.sender.replaceTrack(source.track);
      known.source = source;
      return;
    }
    this.sending.set(source.source, { source, transceiver: this.#sendingTransceiver(source) });
    this.#changed();
  }

  /** Simulcast is for the router; another participant gets one encoding. */
  #encodings(source) {
    return this.isRouter ? source.encodings : undefined;
  }

  #sendingTransceiver(source) {
    const transceiver = this.#freeOrNewTransceiver(source);
    if (source.codec) preferCodec(transceiver, source.kind, source.codec);
    else if (source.kind === 'audio') preferCodec(transceiver, 'audio', 'red'); // each packet has the one before in it, too
    return transceiver;
  }

  #freeOrNewTransceiver(source) {
    const sendEncodings = this.#encodings(source);
    const index = sendEncodings ? -1 : this.freeSending.findIndex(({ receiver }) => receiver.track.kind === source.kind);
    if (index < 0) {
      const init = { direction: 'sendonly', streams: [source.stream], ...(sendEncodings ? { sendEncodings } : {}) };
      const transceiver = this.pc.addTransceiver(source.track, init);
      this.encryption?.encrypt(transceiver.sender);
      return transceiver;
    }
    const [transceiver] = this.freeSending.splice(index, 1);
    transceiver.direction = 'sendonly';
    transceiver.sender.setStreams?.(source.stream);
    transceiver.sender.replaceTrack(source.track);
    return transceiver;
  }

  #newReceiver(kind) {
    const transceiver = this.pc.addTransceiver(kind, { direction: 'recvonly' });
    if (kind === 'video') acceptLayers(transceiver);
    this.encryption?.decrypt(transceiver.receiver, ANYBODY);
    return transceiver;
  }

  /** Sets everything that the router is asked to send on m-lines of their own. @param {Requested[]} publications */
  setRequested(publications) {
    const ids = new Set(publications.map(({ id }) => id));
    for (const [id, transceiver] of this.receiving) {
      if (ids.has(id)) continue;
      this.receiving.delete(id);
      transceiver.direction = 'inactive';
      this.free.push(transceiver);
      this.#emit('track-ended', { publication: id });
      this.#changed();
    }
    for (const { id, kind } of publications) {
      if (this.receiving.has(id)) continue;
      const index = this.free.findIndex(({ receiver }) => receiver.track.kind === kind);
      const [reused] = index >= 0 ? this.free.splice(index, 1) : [];
      if (reused) reused.direction = 'recvonly';
      const transceiver = reused ?? this.#newReceiver(kind);
      this.encryption?.decrypt(transceiver.receiver, { participant: participantOf(id), isCertain: true });
      this.receiving.set(id, transceiver);
      this.#changed();
    }
  }

  /**
   * Sets how many m-lines of each kind are shared; their number never falls.
   * @param {{audio: number, video: number}} counts
   */
  setShared(counts) {
    for (const kind of ['audio', 'video']) {
      while (this.shared[kind].length < counts[kind]) {
        this.shared[kind].push(this.#newReceiver(kind));
        this.#changed();
      }
    }
  }

  /**
   * The receiving m-lines that have a mid by now.
   * @returns {{mid: string, kind: string, publication: string|null}[]} null: shared
   */
  lines() {
    const own = [...this.receiving].map(([publication, { mid, receiver }]) => ({ mid, kind: receiver.track.kind, publication }));
    const shared = ['audio', 'video'].flatMap((kind) => this.shared[kind].map(({ mid }) => ({ mid, kind, publication: null })));
    return [...own, ...shared].filter(({ mid }) => mid !== null);
  }

  /** The router says what it sends on shared m-lines. @param {{mid: string, publication: string}[]} slots */
  setSlots(slots) {
    for (const { mid, publication } of slots) {
      const transceiver = [...this.shared.audio, ...this.shared.video].find((one) => one.mid === mid);
      const before = this.sharedShown.get(transceiver);
      if (!transceiver || before === publication) continue;
      this.sharedShown.delete(transceiver);
      if (before) this.#emit('track-ended', { publication: before });
      if (!publication) continue;
      this.sharedShown.set(transceiver, publication);
      this.encryption?.decrypt(transceiver.receiver, { participant: participantOf(publication), isCertain: false });
      this.#announce(transceiver);
    }
  }

  /** The sender of a source, for its encodings; undefined when it is not sent here. */
  sender(source) {
    return this.sending.get(source)?.transceiver.sender;
  }

  /** ICE restart: new credentials and the next generation. The path in use stays until a new one works. */
  restart() {
    if (this.pc.localDescription) this.generation += 1; // before the first offer there is no generation to replace
    this.answerWaited = false; // the answer may be lost: the new offer does not wait for it
    this.mayOffer = true;
    this.pc.restartIce();
    this.#changed();
  }

  /** The credentials of TURN servers are new; they are used from now on. @param {RTCConfiguration} config */
  renewServers(config) {
    this.pc.setConfiguration({ ...BUNDLING, ...config });
  }

  /** What is relayed with former credentials moves to new allocations. */
  async moveRelayed() {
    if (usesTurn(await this.pc.getStats()) && !this.isClosed) this.restart();
  }

  /** Makes the same offer again: the remote peer's answer to it may differ from the last one. */
  renegotiate() {
    this.#changed();
  }

  /**
   * Makes the first offer. The polite end leaves it to the remote peer, unless that asked for a fresh peer connection.
   */
  negotiate({ evenIfPolite = false } = {}) {
    this.mayOffer ||= this.impolite || evenIfPolite;
    this.#changed();
  }

  // Without an m-line in the offer ICE would not begin; this one is used as soon as there is something to receive.
  #ensureLine() {
    if (this.pc.getTransceivers().length === 0) this.free.push(this.#newReceiver('audio'));
  }

  /** Signaling may have lost our offer, or its answer: if no answer came, it is made again. */
  repeatOffer() {
    if (!this.answerWaited) return;
    this.answerWaited = false;
    this.#changed();
  }

  #changed() {
    this.dirty = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#offer()); // changes that are made together are offered together
  }

  async #offer() {
    if (!this.dirty || !this.mayOffer || this.offering || this.isClosed) return;
    if (this.answerWaited || this.answering || this.pc.signalingState === 'have-remote-offer') return; // called again when that is over
    this.dirty = false;
    this.offering = true;
    this.#ensureLine();
    try {
      if (this.pc.signalingState === 'have-local-offer') await this.pc.setLocalDescription({ type: 'rollback' });
      await this.pc.setLocalDescription();
      if (this.pc.localDescription.type === 'offer') {
        this.answerWaited = true;
        this.send({ type: 'offer', sdp: this.pc.localDescription.sdp, ...(this.gcm && { gcm: true }), ...this.#lines() });
        this.#emit('offered');
      }
    } catch (error) {
      this.#emit('error', error);
    } finally {
      this.offering = false;
    }
    if (this.dirty) this.#changed();
  }

  // An m-line that came while the offer was being made has no mid yet; the next offer names it.
  #lines() {
    const sends = [...this.sending.values()].filter(({ transceiver }) => transceiver.mid !== null)
      .map(({ source, transceiver }) => ({ mid: transceiver.mid, source: source.source, muted: source.muted }));
    if (!this.isRouter) return { sends };
    const receives = [...this.receiving].filter(([, { mid }]) => mid !== null).map(([publication, { mid }]) => ({ mid, publication }));
    return { sends, receives };
  }

  #sendCandidate(candidate) {
    const message = { type: 'ice-candidate', candidate: candidate?.candidate ?? '' };
    if (candidate?.sdpMid) message.mid = candidate.sdpMid;
    this.send(message);
  }

  /** An offer, answer or ice-candidate of the remote peer. */
  receive(message) {
    this.inbox = this.inbox.then(() => this.#receive(message)); // one after the other
    return this.inbox;
  }

  async #receive(message) {
    if (this.isClosed) return;
    try {
      if (message.type === 'offer') await this.#receiveOffer(message);
      else if (message.type === 'answer') await this.#receiveAnswer(message);
      else if (message.type === 'ice-candidate') await this.#receiveCandidate(message);
    } catch (error) {
      this.#emit('error', error);
    }
  }

  async #receiveOffer(message) {
    const collision = this.offering || this.pc.signalingState !== 'stable';
    if (message.generation < this.generation || (collision && this.impolite && message.generation <= this.generation)) return;
    this.generation = message.generation;
    this.mayOffer = true;
    this.answering = true; // between the two descriptions the setLocalDescription() of an offer of ours would make the answer
    try {
      await this.pc.setRemoteDescription({ type: 'offer', sdp: message.sdp }); // rolls our own offer back
      this.#decryptAll();
      if (collision) this.dirty = true;
      this.answerWaited = false;
      this.#noteRemoteSends(message);
      await this.pc.setLocalDescription();
      this.send({ type: 'answer', sdp: this.pc.localDescription.sdp, ...this.#lines() });
    } finally {
      this.answering = false;
    }
    if (this.data && this.impolite && !this.pc.sctp) this.dirty = true; // the remote peer's offer had no m-line for data channels
    await this.#described();
  }

  async #receiveAnswer(message) {
    if (message.generation !== this.generation || this.pc.signalingState !== 'have-local-offer') return;
    await this.pc.setRemoteDescription({ type: 'answer', sdp: message.sdp });
    this.answerWaited = false;
    if (!this.isRouter) this.#noteRemoteSends(message);
    await this.#described();
  }

  async #described() {
    const candidates = this.candidates;
    this.candidates = [];
    for (const message of candidates) await this.#receiveCandidate(message);
    this.announce();
    if (this.dirty) this.#changed();
  }

  async #receiveCandidate(message) {
    if (message.generation < this.generation) return;
    if (message.generation > this.generation || !this.pc.remoteDescription) {
      this.candidates.push(message);
      return;
    }
    const candidate = message.candidate === '' ? null : { candidate: message.candidate, sdpMid: message.mid ?? null };
    if (candidate && candidate.sdpMid === null) candidate.sdpMLineIndex = 0;
    await this.pc.addIceCandidate(candidate ?? undefined);
  }

  // At once, also what carries nothing yet: Chromium takes a receiver without a transform for one that needs none, and
  // asks no second time.
  #decryptAll() {
    const expected = { participant: this.remote, isCertain: true };
    for (const { receiver } of this.pc.getTransceivers()) this.encryption?.decrypt(receiver, expected);
  }

  #noteRemoteSends({ sends }) {
    const now = new Map(sends.map(({ mid, source }) => [mid, `${this.remote}/${source}`]));
    for (const [mid, publication] of this.remoteSends) {
      if (now.get(mid) !== publication) this.#emit('track-ended', { publication });
    }
    this.remoteSends = now;
  }

  /** The publication that comes in on a transceiver; undefined when none does. */
  #publicationOf(transceiver) {
    for (const [publication, receiving] of this.receiving) {
      if (receiving === transceiver) return publication;
    }
    return this.isRouter ? this.sharedShown.get(transceiver) : this.remoteSends.get(transceiver.mid);
  }

  /** Tells of every track that comes in. */
  announce() {
    for (const transceiver of this.pc.getTransceivers()) this.#announce(transceiver);
  }

  #announce(transceiver) {
    const publication = this.#publicationOf(transceiver);
    const direction = transceiver.currentDirection ?? transceiver.direction;
    if (publication && (direction === 'recvonly' || direction === 'sendrecv'))
      this.#emit('track', { publication, track: transceiver.receiver.track });
  }
}
