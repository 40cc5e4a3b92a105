// One connection of a call to one remote id, and its reconnection manager: what the pure state machine decides is done
// here, with real timers. The peer connection below may be replaced by a fresh one; the connection stays.
// client/call/call_connection.h is the same in C.

import { PeerConnection } from './peer_connection.js';
import { ROUTER } from './protocol.js';
import { pathOf, Reconnect } from './reconnect.js';
import { watchPlayout } from './playout.js';
import { watchTurnPath } from './turn_path.js';
import { watchSilence } from './silence.js';

/**
 * What a connection tells, the first time from inside its constructor.
 * @typedef {object} ConnectionListener
 * @property {(message: object) => void} message for signaling
 * @property {(connection: Connection) => void} configure a fresh peer connection needs to know what to send and receive
 * @property {(connection: Connection) => void} offered its m-lines may be others now
 * @property {(connection: Connection) => void} dataOpened a data channel opened
 * @property {(connection: Connection, frame: ArrayBuffer) => void} dataReceived
 * @property {(connection: Connection, detail: {publication: string, track: MediaStreamTrack}) => void} track
 * @property {(connection: Connection, publication: string) => void} trackEnded
 * @property {(connection: Connection, before: import('./reconnect.js').State) => void} changed its manager's state or
 *   attempt
 * @property {(connection: Connection) => void} pathChanged takePathNews() may have something new
 * @property {(connection: Connection, what: string) => void} silent media stopped, as silence.js says
 * @property {(recovery: {kind: string, target: string, cause: string, path: string, ms: number}) => void} recovered
 * @property {(text: string) => void} warning
 */

export class Connection {
  /**
   * @param {string} remote
   * @param {{constants: Partial<import('./reconnect.js').defaults>, peer: () => {self: string,
   *   config: RTCConfiguration, data: boolean, encryption: import('./encryption.js').Encryption|null}}} config
   *   constants: of the reconnection manager; peer: of each peer connection that is made
   * @param {ConnectionListener} listener
   * @param {'start'|'probe'} [beginning] a probe is not needed yet: it carries no media, no loss of it is told, and it
   *   is given up when it fails
   */
  constructor(remote, config, listener, beginning = 'start') {
    this.remote = remote;
    this.config = config;
    this.listener = listener;
    this.reconnect = new Reconnect(config.constants, (below) => Math.floor(Math.random() * below));
    this.peerConnection = null;
    this.timer = null;
    this.lost = null; // since the connection was lost: {at, cause, path}
    this.isRetired = false; // of the former topology: it still carries media, and is not repaired if it fails
    this.usesTurn = null; // the path leads through a TURN server; null: not known yet
    this.toldPath = null;
    this.hasBeenUp = false;
    // Where we say that we have AES-GCM the router begins the DTLS handshake, a round trip earlier, and a browser
    // without it gets no connection: one that failed before any was up is followed by one without that.
    this.mayLackGcm = false;
    this.awaitsRequest = false; // we asked for a fresh peer connection and wait for the remote peer's `connection-request`
    this.run(beginning);
  }

  get isProbe() {
    return this.reconnect.isProbe;
  }

  get isUp() {
    return this.peerConnection?.pc.connectionState === 'connected';
  }

  /** What the server is to be told of a direct path, once; null: nothing new. */
  takePathNews() {
    if (this.isToRouter || this.isRetired) return null;
    let path = pathOf(this.reconnect.state);
    if (path === 'proven' && this.usesTurn !== false) path = this.usesTurn ? 'relayed' : null;
    const isNews = path !== this.toldPath;
    this.toldPath = path;
    return isNews ? path : null;
  }

  /** @param {import('./reconnect.js').Input} event */
  run(event) {
    if (this.isRetired && event !== 'close') return;
    const before = this.reconnect.state;
    const now = performance.now();
    const actions = this.reconnect.input(event, now);
    this.#note(before, event, now);
    for (const action of actions) this.#act(action);
    if (this.reconnect.state !== 'connected') this.usesTurn = null;
    clearTimeout(this.timer);
    const next = this.reconnect.next();
    if (next !== Infinity) this.timer = setTimeout(() => this.run('timeout'), Math.max(0, next - now) + 1);
    this.listener.changed(this, before);
  }

  #act(action) {
    if (this.lost && action.do !== 'give-up')
      this.lost.path = action.do !== 'restart' ? 'rebuilt' : action.speculative ? 'speculative restart' : `restart ${action.attempt}`;
    switch (action.do) {
      case 'connect':
        if (this.peerConnection && !this.peerConnection.isClosed) this.peerConnection.restart();
        else this.#open(1 + (this.peerConnection?.generation ?? 0)).negotiate();
        break;
      case 'restart':
        this.peerConnection.restart();
        break;
      case 'rebuild':
        this.mayLackGcm = !this.hasBeenUp;
        this.#open(this.peerConnection.generation + 1);
        this.awaitsRequest = true;
        this.peerConnection.send({ type: 'request-new-connection' });
        break;
      default: // give-up
        this.peerConnection.close();
    }
  }

  #open(generation) {
    const { listener, remote } = this;
    this.peerConnection?.close();
    this.awaitsRequest = false;
    const peerConnection = new PeerConnection({ ...this.config.peer(), remote, generation, gcm: this.isToRouter && !this.mayLackGcm, send: (message) => listener.message(message) });
    this.endWatch?.();
    const ends = [watchSilence(peerConnection.pc, (what) => this.peerConnection === peerConnection && this.#silence(what)), watchPlayout(peerConnection.pc)];
    if (!this.isToRouter) ends.push(watchTurnPath(peerConnection.pc, (usesTurn) => this.peerConnection === peerConnection && this.#turnPathRead(usesTurn)));
    this.endWatch = () => ends.forEach((end) => end());
    const on = (type, handler) => peerConnection.addEventListener(type, ({ detail }) => this.peerConnection === peerConnection && handler(detail));
    on('state', (state) => this.#state(state));
    on('track', (detail) => listener.track(this, detail));
    on('track-ended', ({ publication }) => listener.trackEnded(this, publication));
    on('offered', () => listener.offered(this));
    on('data-open', () => listener.dataOpened(this));
    on('data', (frame) => listener.dataReceived(this, frame));
    on('error', (error) => listener.warning(`${remote}: ${error}`));
    this.peerConnection = peerConnection;
    listener.configure(this);
    return peerConnection;
  }

  #state(state) {
    if (state === 'connected') {
      this.hasBeenUp = true;
      this.run('up');
    } else if (state === 'disconnected' || state === 'failed') this.run(state);
  }

  #turnPathRead(usesTurn) {
    this.usesTurn = usesTurn;
    this.listener.pathChanged(this);
  }

  #note(before, event, now) {
    const { state } = this.reconnect;
    if (this.isProbe) return;
    if (before === 'connected' && state !== 'connected' && state !== 'closed') this.lost ??= { at: now, cause: event, path: 'healed' };
    if (state === 'connected' && before !== 'connected' && this.lost) this.#recovered(true);
  }

  // Media stopped, or came back. When it came back without a restart, no path was lost: that is not told as a recovery.
  #silence(what) {
    if (this.isRetired || this.isProbe) return;
    if (what === 'flowing') {
      if (this.lost && this.reconnect.state === 'connected') this.#recovered(this.lost.path !== 'healed');
      return;
    }
    this.lost ??= { at: performance.now(), cause: 'silence', path: 'healed' };
    this.listener.silent(this, what);
  }

  #recovered(isTold) {
    const { at, cause, path } = this.lost;
    this.lost = null;
    if (isTold) this.listener.recovered({ kind: 'recovery', target: this.remote, cause, path, ms: Math.round(performance.now() - at) });
  }

  /** `offer`, `answer`, `ice-candidate` or `connection-request` of the remote peer. */
  receive(message) {
    if (message.type === 'connection-request') this.#requested(message.generation);
    else if (!this.peerConnection.isClosed) this.peerConnection.receive(message);
  }

  // The remote peer asks for a fresh peer connection, or agrees to the one that we asked for.
  #requested(generation) {
    if (this.isRetired) return;
    const isOurs = this.awaitsRequest && generation <= this.peerConnection.generation;
    const isRepeated = !this.peerConnection.isClosed && !this.peerConnection.pc.remoteDescription && generation <= this.peerConnection.generation;
    if (isRepeated && !isOurs) return;
    this.mayLackGcm = !this.hasBeenUp;
    if (isOurs) this.awaitsRequest = false;
    else this.#open(Math.max(generation, this.peerConnection.generation + 1));
    this.run('replaced');
    this.peerConnection.negotiate({ evenIfPolite: true });
  }

  /**
   * The server has let us in: from now on it takes as long as any to connect. `isOutdated`: what it told us, of ICE
   * servers, was not known when the peer connection was made.
   */
  joined(isOutdated) {
    if (isOutdated) this.#open(this.peerConnection.generation + 1).negotiate();
    this.run('replaced');
  }

  /** The room's topology does not need this connection any more, but what it carries is still shown. */
  retire() {
    clearTimeout(this.timer);
    this.isRetired = true;
    this.lost = null;
  }

  /** The topology changed back. */
  revive() {
    this.isRetired = false;
    if (!this.reconnect.signaling) this.run('signaling-up'); // the new topology came by signaling, so it is up
    if (this.isUp) this.run('up');
    else this.run(this.reconnect.state === 'given-up' ? 'start' : 'failed');
    if (!this.peerConnection.isClosed) this.peerConnection.announce(); // the other topology's tracks may have taken over meanwhile
  }

  /** `from` is closed: the media that was lost with it comes back by this connection. @param {Connection} from */
  inheritLoss(from) {
    if (from.lost && from !== this) this.lost ??= { ...from.lost, path: 'by the router' };
  }

  /** A probe becomes a needed connection. */
  becomeNeeded() {
    this.run('start');
    if (!this.peerConnection.isClosed) this.peerConnection.announce();
  }

  /** It is not needed any more, and goes on as a probe while it works. */
  becomeProbe() {
    this.isRetired = false;
    this.lost = null;
    this.toldPath = null; // what the server was told may be out of date
    this.run('probe');
    if (!this.reconnect.signaling) this.run('signaling-up');
    this.run(this.isUp ? 'up' : 'failed');
  }

  close() {
    clearTimeout(this.timer);
    this.isRetired = true;
    this.endWatch?.();
    this.reconnect.input('close', performance.now());
    this.peerConnection.close();
  }

  get isToRouter() {
    return this.remote === ROUTER;
  }
}
