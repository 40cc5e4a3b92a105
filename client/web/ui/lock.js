// The lock of an encrypted call, as long as it holds, and whom it shuts out.

import { text } from '../i18n.js';
import { isolated, nameWords } from './name.js';

const byId = (id) => document.getElementById(id);

export class Lock {
  /** @param {import('../call.js').Call} call @param {import('./notice.js').CallNotice} notice */
  constructor(call, notice) {
    this.call = call;
    this.notice = notice;
  }

  get holds() {
    return this.call.encryption !== null && !this.call.encryption.hasFailed;
  }

  update() {
    byId('encryption').hidden = !this.holds;
    byId('encryption').title = text('encryptedWhat');
    const reload = { key: 'reload', run: () => location.reload() };
    this.notice.show('encryption', this.#problems(), this.call.encryption?.hasFailed ? reload : undefined);
  }

  /** Keys of texts. Where nobody at all can be decrypted, it is rather one's own key that is another one. */
  #problems() {
    const { encryption, participants } = this.call;
    if (encryption?.hasFailed) return ['encryptionFailed'];
    const others = [...encryption?.states ?? []].filter(([id]) => participants.has(id));
    const wrong = others.filter(([, state]) => state === 'wrong-key');
    if (wrong.length === 0) return [];
    if (wrong.length > 1 && wrong.length === others.length) return ['ownKeyWrong'];
    return [['wrongKey', { names: wrong.map(([id]) => isolated(nameWords(participants.get(id).name))).join(', ') }]];
  }
}
