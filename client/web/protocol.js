// The signaling socket: joins, keeps the participant's place when the socket breaks, and hands messages on. No DOM.
// Messages are those of signaling/PROTOCOL.md.

/**
 * @typedef {{id: string, kind: 'audio'|'video', source: string, muted: boolean}} Publication
 * @typedef {{id: string, name: string, state: 'active'|'reconnecting', publications: Publication[], host?: boolean,
 *   hand?: number}} Participant
 *   hand: raised; the lower, the earlier
 * @typedef {{participant: string, room: string, resume: string, resumed: boolean, grace_ms: number,
 *   dedicated_slots: number, audio_slots: number, topology: 'mesh'|'sfu'|'mcu', pin: string, pin_by?: string,
 *   reason?: string, epoch: number, connect: string[], probe: string[], ice_servers: RTCIceServer[],
 *   ice_policy: RTCIceTransportPolicy, participants: Participant[], host: boolean, hand: number, encrypted?: boolean,
 *   locked: boolean,
 *   waiting_room?: boolean, permissions: Record<string, boolean>, mixer?: string, mix?: string,
 *   layout?: 'grid'|'speaker',
 *   muted?: {source: string, by: string}[], can_record?: boolean, recording?: string,
 *   recording_reason?: string, loopback_only?: boolean}} Joined
 * @typedef {Pick<WebSocket, 'readyState'|'send'|'close'|'onopen'|'onmessage'|'onclose'>} SocketLike as much of a
 *   WebSocket as signaling needs: texts only, in their order, each whole
 */

export const ROUTER = 'router';
const SUBPROTOCOL = 'heddle.v1';
const PING_INTERVAL = 5000;
const SILENCE_LIMIT = 12000; // without anything from the server the socket counts as dead
const PROBE_LIMIT = 2000; // the same after the network changed
const SUSPICION_LIMIT = 400; // the same when media stopped, too; three round trips if that is more
const BACKOFF_FIRST = 300;
const BACKOFF_LAST = 3000; // a server that is up again is joined within 4 s
const JOIN_LIMIT = 10000; // when the first join takes longer, it has failed, instead of waiting without end

/** What a browser can do; the server asks before it chooses a room's topology. */
export const capabilities = Object.freeze({ mesh: true, sfu: true });

/** Whose a publication is. @param {string} publication its id */
export const participantOf = (publication) => publication.split('/')[0];

/** The address of the socket beside a page's address. */
export function socketUrl(page) {
  const url = new URL('ws', page);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = '';
  url.hash = '';
  return url.href;
}

/**
 * Events: `joined` (detail: Joined), `waiting` (a host has to let us in), `message` (detail: any other
 * message), `down` (the socket broke; it is being opened again), `refused` (detail: {code, message}; it is
 * over; code `no-answer`: nobody was reached).
 */
export class Signaling extends EventTarget {
  /**
   * @param {string} url of the socket
   * @param {{room: string, name: string, token?: string, topology?: string, mix?: string, encrypted?: boolean,
   *   returns?: string}} who
   * @param {() => Promise<object|null>} [firstOffer] what the first `join` carries as `offer`
   * @param {WebSocket} [early] opened already, by nobody used yet
   * @param {(url: string, subprotocol: string) => SocketLike} [connect] one's own transport
   */
  constructor(url, who, firstOffer, early, connect = (address, subprotocol) => new WebSocket(address, subprotocol)) {
    super();
    this.connect = connect;
    this.url = url;
    this.who = who;
    this.firstOffer = firstOffer;
    this.early = early;
    this.resume = null;
    this.socket = null;
    this.isUp = false;
    this.isWaiting = false; // to be let in
    this.isClosed = false;
    this.hasJoined = false;
    this.since = null; // when joining began
    this.failures = 0;
    this.heard = 0;
    this.pinged = 0;
    this.rtt = 0; // of the last ping
    this.timer = null;
  }

  open() {
    if (this.isClosed || this.socket) return;
    clearTimeout(this.timer);
    const socket = this.#takeEarly() ?? this.connect(this.url, SUBPROTOCOL);
    this.socket = socket;
    this.heard = performance.now();
    this.since ??= this.heard;
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => this.#lost(socket);
    const opened = () => (this.hasJoined || !this.firstOffer ? this.#join() : this.#offerAndJoin(socket));
    if (socket.readyState === 1) opened();
    else socket.onopen = opened;
    this.timer = setTimeout(() => this.#watch(), PING_INTERVAL);
  }

  /** Sends while we are joined; else the message is dropped, as `joined` will bring the state of everything.
   * @returns {boolean} whether it was sent */
  send(message) {
    if (this.isUp) this.socket.send(JSON.stringify(message));
    return this.isUp;
  }

  /** Opens again at once, without waiting for the backoff (the network came back). */
  retryNow() {
    if (this.isClosed) return;
    this.failures = 0;
    if (this.isUp) {
      this.#probe();
      return;
    }
    const stuck = this.socket;
    this.socket = null;
    stuck?.close();
    this.open();
  }

  /** Leaves the room. */
  close() {
    if (this.isUp || this.isWaiting) this.socket.send(JSON.stringify({ type: 'leave' }));
    this.#end();
  }

  #end() {
    this.isClosed = true;
    this.isUp = false;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  #takeEarly() {
    const { early } = this;
    this.early = null;
    return early && early.readyState <= 1 ? early : null;
  }

  async #offerAndJoin(socket) {
    const offer = await this.firstOffer();
    if (this.socket === socket) this.#join(offer);
  }

  /** @param {object|null} [offer] */
  #join(offer = null) {
    const { room, name, token, topology, encrypted, returns } = this.who;
    const message = { type: 'join', room, name, capabilities };
    if (token) message.token = token;
    if (topology) message.topology = topology;
    if (encrypted) message.encrypted = true;
    if (this.resume) message.resume = this.resume;
    else if (returns) message.returns = returns;
    if (offer) message.offer = offer;
    this.socket.send(JSON.stringify(message));
  }

  #ping() {
    this.pinged = performance.now();
    this.socket.send(JSON.stringify({ type: 'ping', id: Math.floor(this.heard) }));
  }

  #probe() {
    const { socket, heard } = this;
    this.#ping();
    setTimeout(() => {
      if (this.socket === socket && this.heard === heard) this.#drop(socket);
    }, PROBE_LIMIT);
  }

  /**
   * Whether the server answers at once. If not, the socket is given up and opened again.
   * @returns {Promise<boolean>}
   */
  async answers() {
    const { socket, heard } = this;
    if (!this.isUp) return false;
    this.#ping();
    await new Promise((resolve) => { setTimeout(resolve, Math.max(SUSPICION_LIMIT, 3 * this.rtt)); });
    if (this.socket !== socket || this.heard !== heard) return this.isUp;
    this.#drop(socket);
    this.failures = 0;
    if (!this.isClosed) this.open();
    return false;
  }

  #drop(socket) {
    socket.close();
    this.#lost(socket); // the WebSocket's closing handshake would wait long for a server that is gone
  }

  #watch() {
    if (!this.socket) return;
    if (performance.now() - this.heard > SILENCE_LIMIT) {
      this.#drop(this.socket);
      return;
    }
    if (this.isUp || this.isWaiting) this.#ping();
    this.timer = setTimeout(() => this.#watch(), PING_INTERVAL);
  }

  #lost(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    clearTimeout(this.timer);
    const wasUp = this.isUp;
    this.isUp = false;
    this.isWaiting = false;
    if (this.isClosed) return;
    if (wasUp) this.dispatchEvent(new Event('down'));
    if (!this.hasJoined && performance.now() - this.since > JOIN_LIMIT) {
      this.#refuse({ code: 'no-answer', message: 'the server does not answer' });
      return;
    }
    const delay = Math.min(BACKOFF_FIRST * 2 ** this.failures, BACKOFF_LAST) * (0.75 + Math.random() / 2);
    this.failures += 1;
    this.timer = setTimeout(() => this.open(), delay);
  }

  #receive(text) {
    const message = JSON.parse(text);
    this.heard = performance.now();
    if (message.type === 'pong') this.rtt = this.heard - this.pinged;
    if (message.type === 'joined') {
      this.resume = message.resume;
      this.isUp = true;
      this.isWaiting = false;
      this.hasJoined = true;
      this.failures = 0;
      this.dispatchEvent(new CustomEvent('joined', { detail: message }));
    } else if (message.type === 'waiting') {
      this.resume = message.resume;
      this.isWaiting = true;
      this.hasJoined = true;
      this.failures = 0;
      this.dispatchEvent(new Event('waiting'));
    } else if (message.type === 'error') {
      this.#refused(message);
    } else if (message.type !== 'pong') {
      this.dispatchEvent(new CustomEvent('message', { detail: message }));
    }
  }

  #refused(message) {
    if (message.code === 'resume-failed') { // the server was restarted, or we were away too long: join anew
      this.resume = null;
      this.#join();
      return;
    }
    const fatal = ['room-full', 'address-full', 'too-many-rooms', 'bad-token', 'replaced', 'removed', 'room-ended', 'room-locked'];
    const passing = this.hasJoined ? ['shutting-down', 'too-fast'] : ['shutting-down']; // the socket closes, and opens again later
    if (fatal.includes(message.code) || (!this.isUp && !passing.includes(message.code))) this.#refuse(message);
    else this.dispatchEvent(new CustomEvent('message', { detail: message }));
  }

  #refuse(error) {
    this.#end();
    this.dispatchEvent(new CustomEvent('refused', { detail: error }));
  }
}
