// Notices within a second that media stopped on a connection that carried some; ICE itself takes five. No DOM.

import { selectedPair } from './selected_pair.js';

const INTERVAL = 200;
const SILENT_AFTER = 500;
const FLOW = 4; // packets in one interval: media flows
const UNANSWERED = 2; // checks: the path is dead, not just quiet

/** Counters of a report. @returns {{packets: number, requests: number, responses: number}} */
export function readCounters(report) {
  const entries = [...report.values()];
  const transport = entries.find(({ type }) => type === 'transport');
  const pair = selectedPair(report);
  const packets = transport?.packetsReceived
    ?? entries.filter(({ type }) => type === 'inbound-rtp').reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
  return { packets, requests: pair?.requestsSent ?? 0, responses: pair?.responsesReceived ?? 0 };
}

/** Decides what each reading of the counters means; has no timers. */
export class Silence {
  constructor() {
    this.last = null;
    this.isFlowing = false;
    this.heard = 0; // when packets last came
    this.quiet = null; // counters when it fell silent
    this.isPathDead = false;
  }

  /** @returns {'quiet'|'dead'|'flowing'|undefined} each told once for a silence; `flowing` when it is over */
  read(counters, now) {
    const before = this.last ?? counters;
    this.last = counters;
    if (counters.packets !== before.packets) {
      this.isFlowing = counters.packets - before.packets >= FLOW || (this.isFlowing && !this.quiet);
      const wasQuiet = this.quiet !== null;
      this.heard = now;
      this.quiet = null;
      this.isPathDead = false;
      return wasQuiet ? 'flowing' : undefined;
    }
    if (!this.isFlowing || now - this.heard < SILENT_AFTER) return undefined;
    if (!this.quiet) {
      this.quiet = counters;
      return 'quiet';
    }
    const isAnswered = counters.responses !== this.quiet.responses;
    if (isAnswered) this.quiet = counters; // the path works: nobody sends media
    if (isAnswered || this.isPathDead || counters.requests - this.quiet.requests < UNANSWERED) return undefined;
    this.isPathDead = true;
    return 'dead';
  }
}

/** Reads a peer connection's counters and tells. @returns {() => void} ends it */
export function watchSilence(pc, tell) {
  const silence = new Silence();
  const timer = setInterval(async () => {
    if (pc.connectionState !== 'connected') return;
    const found = silence.read(readCounters(await pc.getStats()), performance.now());
    if (found) tell(found);
  }, INTERVAL);
  return () => clearInterval(timer);
}
