// Video on a lossy path: a browser shows frames as soon as it can, and skips those whose packets come a moment later by
// RTX. So while packets are lost, playout is delayed until their RTX can have come, and no longer. No DOM.

import { selectedPair } from './selected_pair.js';

const INTERVAL = 1000;
const LOSSY = 0.03; // share of packets that came only when they were sent again
const CLEAN = 0.01;
const CLEAN_FOR = 10; // intervals without loss, until playout is not delayed any more
const ROUND_TRIPS = 3; // the first resend, and one that was lost, too
const LEAST = 100; // ms
const MOST = 400;

/** Decides for one receiver; has no timers. */
export class Playout {
  constructor() {
    this.last = null;
    this.clean = 0;
    /** the delay of playout in ms; null: the browser chooses */
    this.target = null;
  }

  /**
   * @param {{packets: number, resent: number}} counters since the start
   * @param {number} rtt seconds
   * @returns {number|null} the target from now on
   */
  read(counters, rtt) {
    const packets = counters.packets - (this.last?.packets ?? counters.packets);
    const resent = counters.resent - (this.last?.resent ?? counters.resent);
    this.last = counters;
    if (packets <= 0) return this.target;
    const share = resent / packets;
    this.clean = share < CLEAN ? this.clean + 1 : 0;
    if (share >= LOSSY) this.target = Math.min(MOST, Math.max(LEAST, Math.round(ROUND_TRIPS * rtt * 1000)));
    else if (this.clean >= CLEAN_FOR) this.target = null;
    return this.target;
  }
}

async function review(pc, playouts) {
  for (const receiver of pc.getReceivers()) {
    if (receiver.track.kind !== 'video' || !('jitterBufferTarget' in receiver)) continue;
    const report = await receiver.getStats();
    const inbound = [...report.values()].find(({ type }) => type === 'inbound-rtp');
    if (!inbound) continue;
    if (!playouts.has(receiver)) playouts.set(receiver, new Playout());
    const counters = { packets: inbound.packetsReceived, resent: inbound.retransmittedPacketsReceived ?? 0 };
    const target = playouts.get(receiver).read(counters, selectedPair(report)?.currentRoundTripTime ?? 0);
    if (receiver.jitterBufferTarget !== target) receiver.jitterBufferTarget = target;
  }
}

/** Adapts the receivers of a peer connection. @returns {() => void} ends it */
export function watchPlayout(pc) {
  const playouts = new Map();
  const timer = setInterval(() => {
    if (pc.connectionState === 'connected') review(pc, playouts).catch(() => {}); // it was closed meanwhile
  }, INTERVAL);
  return () => clearInterval(timer);
}
