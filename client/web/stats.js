// What getStats says, as one small object for each publication that comes in. No DOM.

import { selectedPair } from './selected_pair.js';

/**
 * @typedef {{publication: string, remote: string, kind: string, bitrate: number, packets: number, lost: number,
 *   rtt: number, width: number, height: number, frames: number, framesReceived: number, fps: number,
 *   freezes: number, freezeSeconds: number, jitterMs: number, audioLevel: number, concealed: number, samples: number,
 *   nacks: number, plis: number, retransmitted: number}} TileStats
 *   remote: by whose connection it comes; concealed: samples of audio that were made up for lost ones
 */
/**
 * @typedef {{remote: string, rtt: number, lossShare: number}} LinkStats lossShare: of what we send, as the remote end
 *   says
 */

const rttOf = (pair) => Math.round((pair?.currentRoundTripTime ?? 0) * 1000);

const LEAST_SPAN = 500; // ms: over less a bitrate says nothing

/** Keeps earlier counters, from which bitrates are computed. */
export class StatsReader {
  constructor() {
    this.last = new Map();
  }

  #bitrate(key, bytes, timestamp) {
    const before = this.last.get(key);
    const span = timestamp - before?.timestamp;
    if (span < LEAST_SPAN) return before.bitrate;
    const bitrate = before ? Math.max(0, ((bytes - before.bytes) * 8000) / span) : 0;
    this.last.set(key, { bytes, timestamp, bitrate });
    return bitrate;
  }

  /**
   * @param {import('./call.js').Call} call
   * @returns {Promise<{remotes: TileStats[], links: LinkStats[], sent: {kind: string, rid: string, frames: number,
   *   packets: number, bytes: number, bitrate: number, width: number, height: number}[]}>}
   */
  async read(call) {
    const byTrack = new Map([...call.tracks].map(([publication, { track }]) => [track.id, publication]));
    const result = { remotes: [], links: [], sent: [] };
    for (const [remote, { peerConnection }] of call.connections) {
      const report = await peerConnection.pc.getStats();
      const pair = selectedPair(report);
      const losses = [...report.values()].filter(({ type }) => type === 'remote-inbound-rtp').map(({ fractionLost }) => fractionLost ?? 0);
      if (pair) result.links.push({ remote, rtt: rttOf(pair), lossShare: Math.max(0, ...losses) });
      for (const entry of report.values()) {
        if (entry.type === 'inbound-rtp' && byTrack.has(entry.trackIdentifier))
          result.remotes.push(this.#inbound(entry, byTrack.get(entry.trackIdentifier), remote, pair));
        else if (entry.type === 'outbound-rtp') result.sent.push(this.#outbound(entry, remote));
      }
    }
    return result;
  }

  #inbound(entry, publication, remote, pair) {
    return {
      publication,
      remote,
      kind: entry.kind,
      bitrate: this.#bitrate(`in ${entry.trackIdentifier}`, entry.bytesReceived, entry.timestamp),
      packets: entry.packetsReceived ?? 0,
      lost: entry.packetsLost ?? 0,
      rtt: rttOf(pair),
      width: entry.frameWidth ?? 0,
      height: entry.frameHeight ?? 0,
      frames: entry.framesDecoded ?? 0,
      framesReceived: entry.framesReceived ?? 0,
      fps: entry.framesPerSecond ?? 0,
      freezes: entry.freezeCount ?? 0,
      freezeSeconds: entry.totalFreezesDuration ?? 0,
      jitterMs: entry.jitterBufferEmittedCount ? Math.round((entry.jitterBufferDelay / entry.jitterBufferEmittedCount) * 1000) : 0,
      audioLevel: entry.audioLevel ?? 0,
      audioEnergy: entry.totalAudioEnergy ?? 0,
      concealed: (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0),
      samples: entry.totalSamplesReceived ?? 0,
      nacks: entry.nackCount ?? 0,
      plis: entry.pliCount ?? 0,
      retransmitted: entry.retransmittedPacketsReceived ?? 0,
    };
  }

  #outbound(entry, remote) {
    return {
      remote,
      kind: entry.kind,
      rid: entry.rid ?? '',
      frames: entry.framesEncoded ?? 0,
      packets: entry.packetsSent ?? 0,
      bytes: entry.bytesSent ?? 0,
      bitrate: this.#bitrate(`out ${remote} ${entry.id}`, entry.bytesSent ?? 0, entry.timestamp),
      width: entry.frameWidth ?? 0,
      height: entry.frameHeight ?? 0,
    };
  }
}
