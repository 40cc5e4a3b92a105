// Every case of tests/vectors/e2ee/ through the page's encryption. tests/unit/e2ee/test_e2ee_vectors.c is the same test
// for the C client's.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { WorkBudget } from '../../client/web/e2ee/work_budget.js';
import { FrameDecryptor } from '../../client/web/e2ee/frame_decryptor.js';
import { FrameEncryptor } from '../../client/web/e2ee/frame_encryptor.js';
import { SUITE, deriveRoomKey, joinKeyId, senderBase, senderTag, splitKeyId } from '../../client/web/e2ee/room_key.js';
import { AES_128_GCM_SHA256_128, AES_256_GCM_SHA512_128, deriveKey, decrypt, join, parseHeader, ratchet, encrypt, writeHeader } from '../../client/web/e2ee/sframe.js';

globalThis.crypto ??= webcrypto; // Node 18
const read = (name) => JSON.parse(readFileSync(new URL(`e2ee/${name}.json`, import.meta.url), 'utf8'));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (data) => Buffer.from(data).toString('hex');
const number = (text) => BigInt(`0x${text}`);

test('SFrame headers', () => {
  for (const { key_id: keyId, counter, header } of read('headers').headers) {
    assert.equal(hex(writeHeader(number(keyId), number(counter))), header);
    assert.deepEqual(parseHeader(bytes(`${header}ff`)), { keyId: number(keyId), counter: number(counter), length: header.length / 2 });
    for (let length = 0; length < header.length / 2; length++) assert.equal(parseHeader(bytes(header).subarray(0, length)), null);
  }
});

test('the vectors of RFC 9605', async () => {
  for (const one of read('sframe').rfc9605) {
    const suite = [AES_128_GCM_SHA256_128, AES_256_GCM_SHA512_128].find(({ id }) => id === one.suite);
    const key = await deriveKey(suite, number(one.key_id), bytes(one.base_key));
    assert.equal(hex(key.salt), one.salt);
    const encrypted = await encrypt(key, number(one.counter), bytes(one.metadata), bytes(one.plain));
    assert.equal(hex(encrypted), one.encrypted);
    assert.equal(hex(await decrypt(key, parseHeader(encrypted), bytes(one.metadata), encrypted)), one.plain);
    assert.equal(await decrypt(key, parseHeader(encrypted), bytes('00'), encrypted), null, 'other metadata');
  }
});

test('from a passphrase to the keys of senders', async () => {
  for (const { passphrase, room, room_key: expected, senders } of read('keys').rooms) {
    const roomKey = await deriveRoomKey(passphrase, room);
    assert.equal(hex(roomKey), expected);
    for (const { participant, generation, step, tag, key_id: keyId, base_key: last } of senders) {
      const parts = { generation: number(generation), tag, step };
      assert.equal(await senderTag(roomKey, participant), tag);
      assert.equal(joinKeyId(parts), number(keyId));
      assert.deepEqual(splitKeyId(number(keyId)), parts);
      let baseKey = await senderBase(roomKey, participant, number(generation));
      for (let i = 0; i < step; i++) baseKey = await ratchet(SUITE, baseKey);
      assert.equal(hex(baseKey), last);
    }
  }
});

test('frames of each codec', async () => {
  const { room_key: roomKey, participant, random, frames } = read('frames');
  const encryptor = new FrameEncryptor(Promise.resolve(bytes(roomKey)), number(random));
  encryptor.setSelf(participant);
  const decryptor = await FrameDecryptor.make(bytes(roomKey), participant);
  const decryptFrame = (codec, frame) => decryptor.decrypt(codec, frame, new WorkBudget(), 0);
  for (const { codec, name, plain, encrypted } of frames) {
    assert.equal(hex(await encryptor.encrypt(codec, bytes(plain))), encrypted, `${codec}: ${name}`);
    assert.equal(hex(await decryptFrame(codec, bytes(encrypted))), plain, `${codec}: ${name}`);
    const changed = bytes(encrypted);
    changed[changed.length - 2] ^= 1;
    assert.equal(await decryptFrame(codec, changed), null, `${codec}: ${name}, changed`);
    for (let length = 0; length < encrypted.length / 2; length++) assert.equal(await decryptFrame(codec, bytes(encrypted).subarray(0, length)), null);
  }
});

/** How many HMACs `action` takes. */
async function hmacsOf(context, action) {
  const { mock } = context.mock.method(crypto.subtle, 'sign');
  await action();
  const count = mock.callCount();
  mock.restore();
  return count;
}

test('how many derivations made-up key ids get', async (context) => {
  const { room_key: roomKey, participant, frames } = read('derivations');
  const decryptor = await FrameDecryptor.make(bytes(roomKey), participant);
  const budget = new WorkBudget();
  for (const { name, at_ms: now, generation, step, is_tried: isTried } of frames) {
    const keyId = joinKeyId({ generation: number(generation), tag: decryptor.tag, step });
    const frame = join(Uint8Array.of(0x78), writeHeader(keyId, 5n), new Uint8Array(20));
    const count = await hmacsOf(context, async () => assert.equal(await decryptor.decrypt('opus', frame, budget, now), null));
    assert.equal(count, isTried ? 1 + 2 * step + 3 : 0, `${name}: the first base key, two for each step, three for key and salt`);
  }
});
