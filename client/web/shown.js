// Which track is shown for each publication. While a room changes its topology a publication comes over two
// connections: the new track takes over when it has a decoded frame (or decoded audio), and not before. No DOM.

const POLL_INTERVAL = 40;

/** What has come out of a receiver's decoder. */
async function hasMedia(receiver) {
  for (const entry of (await receiver.getStats()).values()) {
    if (entry.type === 'inbound-rtp') return (entry.framesDecoded ?? 0) > 0 || (entry.kind === 'audio' && (entry.totalSamplesReceived ?? entry.packetsReceived) > 0);
  }
  return false;
}

/** Events: `track` (detail: {publication, track}): it is to be shown from now on. */
export class Shown extends EventTarget {
  /** @param {(publication: string) => boolean} isMuted a muted publication has no frame to wait for */
  constructor(isMuted) {
    super();
    this.isMuted = isMuted;
    /** @type {Map<string, {connection: import('./connection.js').Connection, track: MediaStreamTrack}>} */
    this.tracks = new Map();
    /**
     * @type {Map<string, {connection: import('./connection.js').Connection, track: MediaStreamTrack}>} that have no
     *   frame yet
     */
    this.pending = new Map();
    this.timer = null;
  }

  /** A connection has a track for a publication. */
  offer(connection, publication, track) {
    const shown = this.tracks.get(publication);
    if (shown?.track === track || this.pending.get(publication)?.track === track) return;
    if (shown && connection.isRetired) return;
    if (!shown || shown.connection === connection) this.#show(publication, { connection, track });
    else {
      this.pending.set(publication, { connection, track });
      this.#poll();
    }
  }

  #show(publication, what) {
    this.tracks.set(publication, what);
    this.dispatchEvent(new CustomEvent('track', { detail: { publication, track: what.track } }));
  }

  #poll() {
    this.timer ??= setTimeout(async () => {
      this.timer = null;
      for (const [publication, what] of [...this.pending]) {
        const receiver = what.connection.peerConnection.pc.getReceivers().find(({ track }) => track === what.track);
        const isReady = this.isMuted(publication) || (receiver && await hasMedia(receiver));
        if (!isReady || this.pending.get(publication) !== what) continue;
        this.pending.delete(publication);
        this.#show(publication, what);
      }
      if (this.pending.size > 0) this.#poll();
    }, POLL_INTERVAL);
  }

  /** A connection has no track any more for a publication. @returns {boolean} whether nothing is shown now */
  end(connection, publication) {
    if (this.pending.get(publication)?.connection === connection) this.pending.delete(publication);
    if (this.tracks.get(publication)?.connection !== connection) return false;
    const next = this.pending.get(publication);
    this.pending.delete(publication);
    this.tracks.delete(publication);
    if (next) this.#show(publication, next);
    return !next;
  }

  /** @returns {Promise<number>} frames, or packets of audio, of the publication that came out of its decoder so far */
  async decoded(publication) {
    const { connection, track } = this.tracks.get(publication) ?? {};
    const receiver = connection?.peerConnection.pc.getReceivers().find((one) => one.track === track);
    for (const entry of (await receiver?.getStats().catch(() => null))?.values() ?? [])
      if (entry.type === 'inbound-rtp') return (entry.kind === 'audio' ? entry.packetsReceived : entry.framesDecoded) ?? 0;
    return 0;
  }

  /** A connection is closed. @returns {string[]} the publications that are not shown any more */
  endAll(connection) {
    const publications = [...this.tracks.keys(), ...this.pending.keys()];
    return publications.filter((publication) => this.end(connection, publication));
  }

  /** A participant left. @returns {string[]} the publications that are not shown any more */
  forget(participant) {
    const isOf = (publication) => publication.startsWith(`${participant}/`);
    for (const publication of [...this.pending.keys()].filter(isOf)) this.pending.delete(publication);
    return [...this.tracks.keys()].filter(isOf).filter((publication) => this.tracks.delete(publication));
  }

  dependsOn(connection) {
    return [...this.tracks.values()].some((shown) => shown.connection === connection);
  }
}
