// The data channels of a call: what the room's messages go by, and when they are due (room_data.js decides).
// No DOM. client/call/call_data.c is the same.
import { checkMessage } from './call_options.js';
import { RoomData } from './room_data.js';

/** @typedef {import('./connection.js').Connection} Connection */

export class CallData {
  /**
   * @param {{connections: () => Map<string, Connection>[], tell: (type: string, detail: object) => void}} call
   *   connections: of the present topology, and those of the former one
   */
  constructor(call) {
    this.call = call;
    this.timer = null;
    this.reset();
  }

  /** A new place in the room: nobody knows what was sent before. */
  reset() {
    this.roomData = new RoomData({ transmit: (...what) => this.#transmit(...what), tell: this.call.tell });
  }

  stop() {
    clearTimeout(this.timer);
  }

  /** As Call's sendData(). */
  send(payload, how) {
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
    checkMessage(bytes, how);
    const wasTaken = this.roomData.send(bytes, how, performance.now());
    this.#arm();
    return wasTaken;
  }

  /** @param {Connection} connection */
  opened({ isToRouter, remote }) {
    this.roomData.opened(isToRouter ? '' : remote, performance.now());
    this.#arm();
  }

  /** @param {Connection} connection */
  received({ isToRouter, remote }, frame) {
    this.roomData.receive(isToRouter ? '' : remote, frame, performance.now());
    this.#arm();
  }

  /** @param {Iterable<string>} ids */
  setOthers(ids) {
    this.roomData.setOthers(ids, performance.now());
    this.#arm();
  }

  /**
   * The connections that lead to one participant, or to all: of the present topology if they can send already. A
   * channel stays open when its connection does not work any more: it is used only where no other does.
   */
  #ways(to) {
    const [present, former] = this.call.connections().map((connections) => [...connections.values()].filter(({ remote, isToRouter, peerConnection }) =>
      (isToRouter || to === '' || remote === to) && !peerConnection.isClosed && peerConnection.data?.isOpen));
    const works = (ways) => ways.some(({ isUp }) => isUp);
    const prefersFormer = present.length === 0 || (!works(present) && works(former));
    return prefersFormer ? former : present;
  }

  #transmit(to, policy, frame, isAgain) {
    return this.#ways(to).filter(({ peerConnection }) => peerConnection.data.send(frame, policy, isAgain)).length > 0;
  }

  #arm() {
    clearTimeout(this.timer);
    const next = this.roomData.next();
    if (next === Infinity) return;
    this.timer = setTimeout(() => {
      this.roomData.timeout(performance.now());
      this.#arm();
    }, Math.max(0, next - performance.now()) + 1);
  }
}
