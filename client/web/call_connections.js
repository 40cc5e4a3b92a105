// Which connections a call has: those that the room's topology needs, those of the former topology, probes, and before
// we are in the one whose offer travels with `join`. A change of the topology is make-before-break: an old connection
// stays until what it carries comes over a new one (shown.js). No DOM. client/call/call_connections.c and
// call_topology.c are for this in C.

import { ROUTER } from './protocol.js';

const SWITCH_LIMIT = 10000; // so long after the new connections are up, the old ones are closed at the latest
const SWITCH_GRACE = 1000; // the page's video elements take the new tracks in this time

/**
 * What the connections need of their call.
 * @typedef {object} ConnectionsUser
 * @property {(remote: string, beginning?: 'start'|'probe') => Connection} make
 * @property {() => Connection|null|undefined} first until we are in
 * @property {import('./shown.js').Shown} shown
 * @property {(connection: Connection) => void} configure what it sends and receives
 * @property {(connection: Connection) => void} tellPath to the server
 * @property {(publication: string) => void} trackEnded nothing is shown for it any more
 * @property {() => void} switched the connections of the former topology are gone
 *
 * @typedef {import('./connection.js').Connection} Connection
 */

export class CallConnections {
  /** @param {ConnectionsUser} call */
  constructor(call) {
    this.call = call;
    /** @type {Map<string, Connection>} of the topology that the room has now, by remote id */
    this.needed = new Map();
    /** @type {Map<string, Connection>} of the former topology */
    this.retired = new Map();
    /**
     * @type {Map<string, Connection>} direct ones that carry no media yet, beside the router's: tried, or kept while
     *   they work
     */
    this.probes = new Map();
    this.probed = new Set(); // ids to which the server asks for a probe
    this.timer = null; // the end of a switch
  }

  /** Those of the topology that the room has now, and its probes. */
  current() {
    return [...this.needed.values(), ...this.probes.values()];
  }

  all() {
    return [this.call.first(), ...this.needed.values(), ...this.retired.values(), ...this.probes.values()].filter(Boolean);
  }

  /** @returns {Connection|undefined} */
  to(remote) {
    return this.needed.get(remote) ?? this.retired.get(remote) ?? this.probes.get(remote);
  }

  /** @param {import('./reconnect.js').Input} event that happened to all current ones */
  runAll(event) {
    for (const connection of this.current()) connection.run(event);
  }

  /**
   * Makes the connections that are named and do not exist; the others are closed when their media comes over the new
   * ones.
   * @param {string[]} connect @param {string[]} probe
   */
  follow(connect, probe) {
    const isSwitch = this.needed.size > 0 && connect.length > 0 && connect.includes(ROUTER) !== this.needed.has(ROUTER);
    this.probed = new Set(probe);
    const former = [...this.needed.values()].filter(({ remote }) => !connect.includes(remote));
    for (const { remote } of former) this.needed.delete(remote);
    for (const remote of connect) if (!this.needed.has(remote)) this.needed.set(remote, this.#reuse(remote) ?? this.call.make(remote));
    for (const connection of former) {
      if (isSwitch && connection.isUp) {
        connection.retire();
        this.retired.set(connection.remote, connection);
      } else this.#release(connection);
    }
    for (const [remote, connection] of this.probes) {
      if (this.probed.has(remote)) continue;
      this.probes.delete(remote);
      this.close(connection);
    }
    for (const remote of probe) if (!this.to(remote)) this.probes.set(remote, this.call.make(remote, 'probe'));
  }

  #reuse(remote) {
    const connection = this.to(remote);
    if (!connection) return undefined;
    if (this.retired.delete(remote)) connection.revive();
    if (this.probes.delete(remote)) {
      connection.becomeNeeded();
      this.call.configure(connection);
    }
    return connection;
  }

  /** A connection that is not needed any more is kept as a probe, or closed. */
  #release(connection) {
    this.needed.get(ROUTER)?.inheritLoss(connection);
    if (!this.probed.has(connection.remote)) {
      this.close(connection);
      return;
    }
    this.probes.set(connection.remote, connection);
    connection.becomeProbe();
    this.call.tellPath(connection);
    this.#endTracks(connection);
    if (!connection.peerConnection.isClosed) this.call.configure(connection);
  }

  /** The old connections end when nothing shown depends on them, or some time after the new ones are up. */
  endSwitch() {
    clearTimeout(this.timer);
    if (this.retired.size === 0) return;
    const isShown = [...this.retired.values()].some((connection) => this.call.shown.dependsOn(connection));
    if (![...this.needed.values()].every(({ isUp }) => isUp)) return;
    this.timer = setTimeout(() => {
      const connections = [...this.retired.values()];
      this.retired.clear();
      for (const connection of connections) this.#release(connection);
      this.call.switched();
    }, isShown ? SWITCH_LIMIT : SWITCH_GRACE);
  }

  /** @param {Connection} connection */
  close(connection) {
    connection.close();
    this.#endTracks(connection);
  }

  #endTracks(connection) {
    for (const publication of this.call.shown.endAll(connection)) this.call.trackEnded(publication);
  }

  /** A participant left. */
  forget(remote) {
    for (const connections of [this.needed, this.retired, this.probes]) {
      const connection = connections.get(remote);
      connections.delete(remote);
      if (connection) this.close(connection);
    }
  }

  closeAll() {
    for (const connection of this.all()) this.close(connection);
    for (const connections of [this.needed, this.retired, this.probes]) connections.clear();
    clearTimeout(this.timer);
  }
}
