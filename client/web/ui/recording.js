// That the room is recorded: a mark that everybody sees as long as it lasts, words when that ends or goes wrong, and
// for screen readers with each change; and the hosts' button.

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

export class Recording {
  /**
   * @param {import('../call.js').Call} call
   * @param {import('./notice.js').CallNotice} notice says what went wrong
   * @param {(words: string) => void} announce
   */
  constructor(call, notice, announce) {
    this.call = call;
    this.notice = notice;
    this.announce = announce;
    this.before = { state: 'off' };
    byId('record').onclick = () => call.record(!this.#isWanted());
    this.update();
  }

  #isWanted() {
    return ['starting', 'on'].includes(this.call.recording.state);
  }

  update() {
    const { recording, canRecord } = this.call;
    const words = wordsOfChange(this.before, recording);
    const isProblem = recording.state === 'failed' || ['interrupted', 'push-failed'].includes(recording.reason);
    this.before = recording;
    byId('recording').hidden = recording.state !== 'on';
    byId('record').hidden = !canRecord;
    setButton('record', this.#isWanted(), this.#isWanted() ? 'recordEnd' : 'record');
    if (!words) return;
    if (isProblem) this.notice.show('recording', [words]);
    else if (words === 'recordingEnded') this.notice.flash('recording', [words]); // nothing else is seen of it
    else {
      this.notice.show('recording', []);
      this.announce(text(words));
    }
  }
}
