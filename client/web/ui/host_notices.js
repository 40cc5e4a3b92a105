// What hosts do to oneself, or ask for, and who has become host: said until the person acts or has read it, and no
// longer than it holds.

import { isolated, nameWords } from './name.js';

const mutedKeys = { microphone: 'mutedByHost', camera: 'cameraOffByHost', 'camera-2': 'camera2OffByHost' };
const asked = { microphone: { key: 'askedToUnmute', act: 'unmute' }, camera: { key: 'askedForCamera', act: 'cameraOn' } };

export class HostNotices {
  /**
   * @param {import('../call.js').Call} call @param {import('./notice.js').CallNotice} notice
   * @param {import('../devices.js').Devices} devices
   */
  constructor(call, notice, devices) {
    this.call = call;
    this.notice = notice;
    this.devices = devices;
    this.told = new Map(); // of each source that something is said of: {by, isQuestion}
    this.wereHosts = null; // by id; null: not in the room yet
  }

  /** A host muted an own source, which is off already. */
  muted({ source, by }) {
    this.#tell(source, { key: mutedKeys[source] ?? 'screenEndedByHost', by, isQuestion: false });
  }

  /** A host asks for an own source. */
  askedFor({ source, by }) {
    const { key, act } = asked[source] ?? asked.microphone;
    this.#tell(source, { key, by, isQuestion: true }, { key: act, run: () => this.devices.turn(source, true) });
  }

  #tell(source, { key, by, isQuestion }, act) {
    this.#drop(source); // the same may happen again
    this.told.set(source, { by, isQuestion });
    this.notice.show(`host ${source}`, [[key, { name: this.#nameOf(by) }]], act);
  }

  #drop(source) {
    this.told.delete(source);
    this.notice.show(`host ${source}`, []);
  }

  #nameOf(id) {
    return isolated(nameWords(this.call.participants.get(id)?.name));
  }

  /** Everybody has another id now. */
  reset() {
    this.wereHosts = null;
    for (const source of [...this.told.keys()]) this.#drop(source);
  }

  /** Call it when devices or participants have changed. */
  update() {
    for (const [source, { by, isQuestion }] of [...this.told]) {
      const isAnswered = this.devices.state[source]?.isOn;
      if (isAnswered || (isQuestion && !this.call.participants.has(by))) this.#drop(source);
    }
    if (this.call.self) this.#tellHosts();
  }

  /** Who was here before and is host now. */
  #tellHosts() {
    const { call } = this;
    const people = new Map([[call.self, call.isHost], ...[...call.participants.values()].map(({ id, host }) => [id, Boolean(host)])]);
    for (const [id, isHost] of people)
      if (isHost && this.wereHosts?.get(id) === false) this.notice.flash('role', [id === call.self ? 'youAreHost' : ['isHostNow', { name: this.#nameOf(id) }]]);
    this.wereHosts = people;
  }
}
