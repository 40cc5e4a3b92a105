// Tells whether a connection's path leads through a TURN server of ours. A room that can use the router does not count
// it as a direct path: it costs the operator as much as the router does, and nothing adapts the media on it. No DOM.

import { selectedPair } from './selected_pair.js';

const INTERVAL = 500;
const SETTLE = 2000; // ICE may find a better path after its first one

/** Of a report. @returns {boolean|null} null: no path is selected */
export function usesTurn(report) {
  const local = report.get(selectedPair(report)?.localCandidateId);
  return local ? local.candidateType === 'relay' : null;
}

/** Decides; has no timers. */
export class TurnPath {
  constructor() {
    this.since = Infinity;
  }

  /**
   * @param {boolean|null} isTurn usesTurn() of the report of `now`
   * @returns {boolean|null} null: it cannot be told yet
   */
  read(isTurn, now) {
    this.since = isTurn ? Math.min(this.since, now) : Infinity;
    if (!isTurn) return isTurn;
    return now - this.since >= SETTLE ? true : null;
  }
}

/** Reads a peer connection's path while it is connected and tells each time. @returns {() => void} ends it */
export function watchTurnPath(pc, tell) {
  const path = new TurnPath();
  const read = async () => {
    if (pc.connectionState !== 'connected') return;
    const isTurn = usesTurn(await pc.getStats());
    if (pc.connectionState === 'connected') tell(path.read(isTurn, performance.now()));
  };
  const timer = setInterval(read, INTERVAL);
  pc.addEventListener('connectionstatechange', read);
  return () => {
    clearInterval(timer);
    pc.removeEventListener('connectionstatechange', read);
  };
}
