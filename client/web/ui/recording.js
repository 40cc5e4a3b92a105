// That the room is recorded: a mark that everybody sees as long as it lasts, words when that ends or goes wrong, and
// for screen readers with each change; and the hosts' button, which asks before it ends one.

import { setButton } from './buttons.js';
import { text } from '../i18n.js';

const byId = (id) => document.getElementById(id);
const problems = { 'disk-full': 'recordingDiskFull', busy: 'recordingBusy', 'no-recorder': 'recordingNone', 'push-failed': 'recordingPushFailed' };

/**
 * What is told of a change; null: nothing. Pure.
 * @param {{state: string, reason?: string}} before @param {{state: string, reason?: string}} now
 * @returns {string|null} key of a text
 */
export function wordsOfChange(before, { state, reason }) {
  if (state === 'on' && before.state === 'on' && reason !== before.reason) return problems[reason] ?? 'recordingPushes';
  if (state === before.state) return null;
  if (state === 'on') return 'recordingBegan';
  if (state === 'failed') return problems[reason] ?? 'recordingFailed';
  if (state === 'starting') return reason === 'interrupted' ? 'recordingInterrupted' : null;
  return before.state === 'failed' ? null : 'recordingEnded';
}

/** @param {number} ms @returns {string} as 3:07, or 1:03:07 */
export function clockWords(ms) {
  const seconds = Math.floor(ms / 1000);
  const two = (number) => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

/**
 * When the recording began, as far as one was there: who comes late does not know. Pure.
 * @param {number|null} since as known before @param {{state: string, reason?: string}} before @param {string} state
 * @param {number} now in ms @returns {number|null}
 */
export function beganAt(since, before, state, now) {
  if (state === 'on') return since ?? (before.state === 'starting' && before.reason !== 'interrupted' ? now : null);
  return state === 'starting' ? since : null; // after an interruption it goes on
}

export class Recording {
  /**
   * @param {import('../call.js').Call} call
   * @param {import('./notice.js').CallNotice} notice says what went wrong
   * @param {(words: string) => void} announce
   * @param {(question: {key: string, values: object, act: string, hurts: boolean}) => Promise<string|null>} ask
   *   null: no
   */
  constructor(call, notice, announce, ask) {
    this.call = call;
    this.notice = notice;
    this.announce = announce;
    this.ask = ask;
    this.since = null; // when the recording began, if that is known
    this.before = { state: 'off' };
    byId('record').onclick = () => this.#toggle();
    this.update();
  }

  #isWanted() {
    return ['starting', 'on'].includes(this.call.recording.state);
  }

  async #toggle() {
    const { call } = this;
    if (call.recording.state === 'on') {
      const question = this.since === null ? { key: 'recordEndQuestion', values: {} } : { key: 'recordEndQuestionAfter', values: { time: clockWords(Date.now() - this.since) } };
      if (await this.ask({ ...question, act: 'recordEnd', hurts: true }) === null || !this.#isWanted()) return; // it may have ended meanwhile
    }
    call.record(!this.#isWanted());
  }

  update() {
    const { recording, canRecord } = this.call;
    const words = wordsOfChange(this.before, recording);
    const isProblem = recording.state === 'failed' || ['interrupted', 'push-failed'].includes(recording.reason);
    const ran = this.since;
    this.since = beganAt(this.since, this.before, recording.state, Date.now());
    this.before = recording;
    byId('recording').hidden = recording.state !== 'on';
    byId('record').hidden = !canRecord;
    setButton('record', this.#isWanted(), this.#isWanted() ? 'recordEnd' : 'record');
    if (!words) return;
    if (isProblem) this.notice.show('recording', [words]);
    else if (words === 'recordingEnded') this.notice.flash('recording', [ran === null ? words : ['recordingEndedAfter', { time: clockWords(Date.now() - ran) }]]); // nothing else is seen of it
    else {
      this.notice.show('recording', []);
      this.announce(text(words));
    }
  }
}
