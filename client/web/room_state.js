// What the server told of the room and of one's place in it: hosts, hands, the lock, who waits. It knows of no
// connection. No DOM.

import { TypedEventTarget } from './typed_events.js';

/**
 * Events: `participants` (something of this changed), `waiting-list` (for hosts: who waits changed).
 * @extends {TypedEventTarget<import('./typed_events.js').CallEvents>}
 */
export class RoomState extends TypedEventTarget {
  self = ''; // one's own id

  /** @type {Map<string, import('./protocol.js').Participant>} the others */
  participants = new Map();

  isHost = false;

  hand = 0; // one's own, as of participants

  isLocked = false;

  canRecord = false; // this server does

  isLoopbackOnly = false; // the server's machine has no network, over which a browser could connect

  /** 'off', 'starting', 'on' or 'failed', and why. @type {{state: string, reason?: string}} */
  recording = { state: 'off' };

  isWaiting = false; // for a host to let us in

  hasWaitingRoom = false;

  /** The participants that wait, for hosts. @type {{id: string, name: string, state: string}[]} */
  waiting = [];

  /** What one may publish and do, by source, and `chat` and `pin`. @type {Record<string, boolean>} */
  permissions = {};

  /**
   * @param {import('./protocol.js').Joined} joined
   * @returns {import('./protocol.js').Participant[]} that have left meanwhile
   */
  takeJoined(joined) {
    this.isHost = joined.host ?? false;
    this.hand = joined.hand ?? 0;
    this.isLocked = joined.locked ?? false;
    this.canRecord = joined.can_record ?? false;
    this.isLoopbackOnly = joined.loopback_only ?? false;
    this.recording = { state: joined.recording ?? 'off', reason: joined.recording_reason };
    this.isWaiting = false;
    this.hasWaitingRoom = joined.waiting_room ?? false;
    this.waiting = []; // hosts are told
    this.permissions = joined.permissions ?? {};
    const before = [...this.participants.values()];
    this.participants = new Map(joined.participants.map((participant) => [participant.id, participant]));
    return before.filter(({ id }) => !this.participants.has(id));
  }

  /** What messages do that change nothing else, by type. @returns {Record<string, (message: object) => void>} */
  stateHandlers() {
    return {
      'room-lock': ({ locked }) => this.#change({ isLocked: locked }),
      recording: ({ state, reason }) => this.#change({ recording: { state, reason } }),
      'waiting-room': ({ enabled }) => this.#change({ hasWaitingRoom: enabled }),
      'waiting-list': ({ waiting }) => {
        this.waiting = waiting;
        this.emit('waiting-list');
      },
      'participant-role': ({ participant, host }) => this.#changeOne(participant, { host }, { isHost: host }),
      'participant-hand': ({ participant, hand }) => this.#changeOne(participant, { hand }, { hand }),
    };
  }

  #change(what) {
    Object.assign(this, what);
    this.emit('participants');
  }

  /** `ofAnother` is what changes in the entry of a participant, `own` in this when it is oneself. */
  #changeOne(id, ofAnother, own) {
    const known = this.participants.get(id);
    if (!known && id !== this.self) return;
    Object.assign(known ?? this, known ? ofAnother : own);
    this.emit('participants');
  }
}
