// Frames of an encrypted call, as a browser hands them over: what gets to the network and to decoders.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { CallFrames } from '../../../client/web/e2ee/call_frames.js';
import { joinKeyId, senderTag } from '../../../client/web/e2ee/room_key.js';
import { join, writeHeader } from '../../../client/web/e2ee/sframe.js';

globalThis.crypto ??= webcrypto; // Node 18

const KEYFRAME = { type: 'key', bytes: [0x90, 0x6c, 0, 0x9d, 1, 0x2a, 1, 2, 3, 4, 5, 6, 7] };
const OTHER = { type: 'delta', bytes: [0x71, 0x26, 0, 9, 9, 9, 9] };
const RED = { bytes: [0xef, 0x0f, 0, 3, 0x6f, 0x78, 1, 2, 0x78, 3, 4], mimeType: 'audio/red' };
const frameOf = ({ type, bytes, mimeType = 'video/VP8' }) => ({ type, data: Uint8Array.from(bytes).buffer, getMetadata: () => ({ mimeType }) });
const bytesOf = ({ data }) => [...new Uint8Array(data)];

/** Somebody in the room, with all others; `news` is what it was told of them. */
function enter(self, others, passphrase = 'warp') {
  const news = [];
  const frames = new CallFrames(passphrase, 'daily', 7n, ({ participant, state }) => news.push(`${participant} ${state}`), () => 0);
  frames.setSelf(self);
  frames.setOthers(others);
  let requests = 0;
  const send = frames.sending();
  return {
    news, frames,
    get requests() { return requests; },
    /** The frame as it goes out. */
    async send(what) {
      const frame = frameOf(what);
      assert.ok(await send(frame));
      return { ...what, bytes: bytesOf(frame) };
    },
    /** A receiving m-line; what it gives is null where the decoder gets nothing. */
    line(number, participant, isCertain) {
      frames.expect(number, { participant, isCertain });
      const receive = frames.receiving(number, () => { requests += 1; });
      return async (what) => {
        const frame = frameOf(what);
        return await receive(frame) ? bytesOf(frame) : null;
      };
    },
  };
}

test('what one encrypts others decrypt, whatever the codec', async () => {
  const [ann, bob] = [enter('p1', ['p2']), enter('p2', ['p1'])];
  const receive = bob.line(1, 'p1', true);
  for (const what of [KEYFRAME, OTHER, RED]) {
    const sent = await ann.send(what);
    assert.notDeepEqual(sent.bytes, what.bytes);
    assert.deepEqual(await receive(sent), what.bytes);
  }
  assert.deepEqual(bob.news, ['p1 decrypted']);
});

test('another key is told once, and the decoder gets nothing', async () => {
  const [ann, eve] = [enter('p1', ['p3']), enter('p3', ['p1'], 'weft')];
  const receive = eve.line(1, 'p1', true);
  for (let i = 0; i < 30; i++) assert.equal(await receive(await ann.send(KEYFRAME)), null);
  assert.deepEqual(eve.news, ['p1 wrong-key']);
});

test('what is not encrypted does not get to the decoder', async () => {
  const bob = enter('p2', ['p1']);
  const receive = bob.line(1, 'p1', true);
  for (const what of [KEYFRAME, OTHER, RED]) assert.equal(await receive(what), null);
});

test('after a frame that is lost to it the decoder waits for a keyframe', async () => {
  const [ann, bob] = [enter('p1', ['p2']), enter('p2', ['p1'])];
  const receive = bob.line(1, 'p1', true);
  assert.deepEqual(await receive(await ann.send(KEYFRAME)), KEYFRAME.bytes);
  const changed = await ann.send(OTHER);
  changed.bytes[changed.bytes.length - 1] ^= 1;
  assert.equal(await receive(changed), null);
  assert.equal(await receive(await ann.send(OTHER)), null);
  assert.equal(bob.requests, 1);
  assert.deepEqual(await receive(await ann.send(KEYFRAME)), KEYFRAME.bytes);
  assert.deepEqual(await receive(await ann.send(OTHER)), OTHER.bytes);
});

test('a shared m-line takes whoever a frame says it is of; one of one\'s own only its participant', async () => {
  const [ann, cleo, bob] = [enter('p1', ['p2', 'p3']), enter('p3', ['p1', 'p2']), enter('p2', ['p1', 'p3'])];
  await ann.send(KEYFRAME); // the room's key is there, and so are the tags
  const [shared, own] = [bob.line(1, 'p1', false), bob.line(2, 'p1', true)];
  for (const one of [ann, cleo]) assert.deepEqual(await shared(await one.send(KEYFRAME)), KEYFRAME.bytes);
  assert.equal(await own(await cleo.send(KEYFRAME)), null);
  assert.deepEqual(bob.news, ['p1 decrypted', 'p3 decrypted']);
});

test('keys change when somebody comes or leaves, and the others follow', async () => {
  const [ann, bob] = [enter('p1', ['p2']), enter('p2', ['p1'])];
  const receive = bob.line(1, 'p1', true);
  const idOf = ({ bytes }) => bytes.slice(11, 19).join();
  const ids = new Set();
  for (const others of [['p2'], ['p2', 'p3'], ['p2', 'p3', 'p4'], ['p2', 'p4'], ['p2']]) {
    ann.frames.setOthers(others);
    const sent = await ann.send(KEYFRAME);
    ids.add(idOf(sent));
    assert.deepEqual(await receive(sent), KEYFRAME.bytes);
  }
  assert.equal(ids.size, 5);
});

/** A frame in a participant's name whose key id is made up, as somebody with the room's key can make it. */
async function madeUp(someone, participant, generation, step) {
  const tag = await senderTag(await someone.frames.roomKey, participant);
  return join(Uint8Array.of(0x78), writeHeader(joinKeyId({ generation: BigInt(generation), tag, step }), 5n), new Uint8Array(20));
}

/** RED, the newest block last. */
function redOf(blocks) {
  const heads = blocks.map(({ length }, index) => (index < blocks.length - 1 ? Uint8Array.of(0xef, 0, length >> 8, length & 255) : Uint8Array.of(0x6f)));
  return { bytes: [...join(...heads, ...blocks)], mimeType: 'audio/red' };
}

test('made-up keys make nobody compute without end, and take nothing from the others', async (context) => {
  const [ann, bob] = [enter('p1', ['p2', 'p3']), enter('p2', ['p1', 'p3'])];
  const [own, shared] = [bob.line(1, 'p1', true), bob.line(2, 'p3', false)];
  assert.deepEqual(await own(await ann.send(KEYFRAME)), KEYFRAME.bytes);
  const { mock } = context.mock.method(crypto.subtle, 'sign');
  for (let i = 0; i < 40; i++) await shared(redOf([await madeUp(ann, i % 2 ? 'p1' : 'p3', i, 255), await madeUp(ann, 'p3', 100 + i, 255)]));
  assert.ok(mock.callCount() < 2 * 1200 + 200, `${mock.callCount()} HMACs for 80 blocks`); // two for a step, and those of our own
  ann.frames.setOthers(['p2']); // its next key
  assert.deepEqual(await own(await ann.send(KEYFRAME)), KEYFRAME.bytes);
});

test('RED has four blocks at most: a sender leaves out the oldest, a receiver takes no more', async () => {
  const [ann, bob] = [enter('p1', ['p2']), enter('p2', ['p1'])];
  const receive = bob.line(1, 'p1', true);
  const blocks = [1, 2, 3, 4, 5].map((number) => Uint8Array.of(0x78, number));
  assert.deepEqual(await receive(await ann.send(redOf(blocks))), redOf(blocks.slice(1)).bytes);
  const encrypted = [];
  for (const block of blocks) encrypted.push(Uint8Array.from((await ann.send({ bytes: [...block], mimeType: 'audio/opus' })).bytes));
  assert.deepEqual(await receive(redOf(encrypted.slice(1))), redOf(blocks.slice(1)).bytes);
  assert.equal(await receive(redOf(encrypted)), null);
});

test('frames without end make nobody decrypt without end', async (context) => {
  const [ann, bob] = [enter('p1', ['p2']), enter('p2', ['p1'])];
  const receive = bob.line(1, 'p1', true);
  const sent = await ann.send(redOf([Uint8Array.of(0x78, 1), Uint8Array.of(0x78, 2)]));
  const { mock } = context.mock.method(crypto.subtle, 'decrypt');
  for (let i = 0; i < 1500; i++) await receive(sent);
  assert.equal(mock.callCount(), 2000);
  bob.frames.now = () => 100;
  assert.ok(await receive(sent));
});
