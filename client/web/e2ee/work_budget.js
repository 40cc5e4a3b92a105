// How much work a participant's frames may make. The worker does it for everybody, and each step is a promise of the
// browser's: a decryption takes 0.1 ms, a derivation twice as long, and a frame of a few bytes can name a key that
// takes 257 of them. Who follows a sender needs two when somebody comes or goes, and all when it sees it first, for
// each of its sources. client/e2ee/frame_decryptor.c has the same limits of derivations, tests/vectors/e2ee/ holds both
// to them; it decrypts thirty times as fast. No DOM.

import { Budget } from '../budget.js';

const DERIVATIONS = { perSecond: 100, atOnce: 1200 }; // four sources, each at the last step of its chain, and some
const DECRYPTIONS = { perSecond: 1000, atOnce: 2000 }; // two of video, and two of sound in packets of 10 ms with RED

export class WorkBudget {
  derivations = new Budget(DERIVATIONS);
  decryptions = new Budget(DECRYPTIONS);
}
