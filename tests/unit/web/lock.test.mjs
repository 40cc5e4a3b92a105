// The lock of an encrypted call: nobody is told that it holds where it does not, and whom it shuts out is.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { beforeEach, test } from 'node:test';
import { byId, fakePage } from './fake_page.mjs';
import { Encryption } from '../../../client/web/encryption.js';
import { Lock } from '../../../client/web/ui/lock.js';

globalThis.crypto ??= webcrypto; // Node 18
let shown;
let act;
const notice = { show: (about, ...what) => { [shown, act] = what; } };

beforeEach(() => {
  fakePage();
  globalThis.RTCRtpScriptTransform = class {};
  globalThis.Worker = class { postMessage() {} };
});

test('without encryption there is no lock, with it there is', () => {
  new Lock({ encryption: null }, notice).update();
  assert.deepEqual([byId('encryption').hidden, shown], [true, []]);
  new Lock({ encryption: new Encryption({ passphrase: 'warp', room: 'weaving' }), participants: new Map() }, notice).update();
  assert.deepEqual([byId('encryption').hidden, shown], [false, []]);
});

test('whose key is another one is told: that of some, or rather one\'s own', () => {
  const encryption = new Encryption({ passphrase: 'warp', room: 'weaving' });
  const lock = new Lock({ encryption, participants: new Map(['Ann', 'Bob'].map((name) => [name, { name }])) }, notice);
  const told = (participant, state) => {
    encryption.worker.onmessage({ data: { participant, state } });
    lock.update();
    return shown;
  };
  assert.deepEqual(told('Ann', 'wrong-key'), [['wrongKey', { names: '\u2068Ann\u2069' }]]);
  assert.deepEqual(told('Bob', 'wrong-key'), ['ownKeyWrong']);
  assert.deepEqual(told('Bob', 'decrypted'), [['wrongKey', { names: '\u2068Ann\u2069' }]]);
  assert.deepEqual(told('gone', 'wrong-key'), [['wrongKey', { names: '\u2068Ann\u2069' }]]);
  assert.deepEqual(told('Ann', 'decrypted'), []);
});

test('when the worker does not load, that is told, and there is no lock', () => {
  const encryption = new Encryption({ passphrase: 'warp', room: 'weaving' });
  const lock = new Lock({ encryption, participants: new Map() }, notice);
  const states = [];
  encryption.addEventListener('state', ({ detail }) => {
    states.push(detail);
    lock.update();
  });
  encryption.worker.onmessage({ data: { participant: 'p2', state: 'decrypted' } });
  encryption.worker.onerror({});
  assert.deepEqual(states, [{ participant: 'p2', state: 'decrypted' }, { participant: '', state: 'failed' }]);
  assert.deepEqual([byId('encryption').hidden, shown, lock.holds], [true, ['encryptionFailed'], false]);
  assert.equal(act.key, 'reload');
});
