// Which pair of candidates a peer connection's media takes, of a statistics report. No DOM.

/** @param {RTCStatsReport} report @returns {RTCIceCandidatePairStats|undefined} undefined: none is selected yet */
export function selectedPair(report) {
  const entries = [...report.values()];
  const { selectedCandidatePairId } = entries.find(({ type }) => type === 'transport') ?? {};
  return report.get(selectedCandidatePairId)
    ?? entries.find(({ type, selected }) => type === 'candidate-pair' && selected) // Firefox has no `transport`
    ?? entries.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
}
