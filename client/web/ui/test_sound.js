// Two notes by which people hear which loudspeaker is chosen.

const NOTES = [523, 659]; // Hz
const NOTE_SECONDS = 0.4;
const LOUDNESS = 0.2;

/**
 * @param {string} loudspeaker its id, '' for the default one
 * @returns {Promise<void>} when it has been played; rejects if it cannot be
 */
export async function playTestSound(loudspeaker) {
  const context = new AudioContext();
  const sink = context.createMediaStreamDestination();
  const element = new Audio();
  element.srcObject = sink.stream;
  try {
    if (loudspeaker) await element.setSinkId(loudspeaker);
    await context.resume();
    await element.play();
    const start = context.currentTime + 0.1;
    for (const [index, frequency] of NOTES.entries()) {
      const note = context.createOscillator();
      const gain = context.createGain();
      const from = start + index * NOTE_SECONDS;
      note.frequency.value = frequency;
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(LOUDNESS, from + 0.03);
      gain.gain.linearRampToValueAtTime(0, from + NOTE_SECONDS);
      note.connect(gain).connect(sink);
      note.start(from);
      note.stop(from + NOTE_SECONDS);
    }
    await new Promise((resolve) => { setTimeout(resolve, 1000 * (0.3 + NOTES.length * NOTE_SECONDS)); });
  } finally {
    element.srcObject = null;
    context.close();
  }
}
