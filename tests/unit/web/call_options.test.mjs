// A call that cannot be is refused with what is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Call } from '../../../client/web/call.js';

const right = { page: 'https://calls.example/', room: 'weaving', name: 'Ann' };
const refused = [
  [undefined, /the option "page" is missing/],
  [{}, /the option "page" is missing/],
  [{ ...right, room: undefined }, /the option "room" is missing: 1 to 64 letters/],
  [{ page: right.page, room: 'weaving' }, /the option "name" is missing/],
  [{ ...right, page: 'calls.example' }, /the option "page" is to be the address/],
  [{ ...right, page: 'file:///calls' }, /the option "page" is to be the address/],
  [{ ...right, room: 'the room' }, /the option "room" is to be 1 to 64/],
  [{ ...right, room: 'r'.repeat(65) }, /the option "room" is to be 1 to 64/],
  [{ ...right, name: '' }, /the option "name" is to be 1 to 64 characters/],
  [{ ...right, name: 'n'.repeat(65) }, /the option "name" is to be 1 to 64 characters/],
  [{ ...right, token: 7 }, /the option "token" is to be an access token/],
  [{ ...right, topology: 'ring' }, /the option "topology" is to be auto, mesh, sfu, mcu/],
  [{ ...right, reconnection: { autoWeit: 3000 } }, /the option "reconnection" is to be .*autoWait/],
  [{ ...right, reconnection: { autoWait: -1 } }, /the option "reconnection" is to be/],
  [{ ...right, reconnection: { autoWait: '3000' } }, /the option "reconnection" is to be/],
  [{ ...right, data: 'yes' }, /the option "data" is to be true or false/],
  [{ ...right, key: '' }, /the option "key" is to be a passphrase/],
  [{ ...right, worker: 1 }, /the option "worker" is to be/],
  [{ ...right, connect: 'wss://x/' }, /the option "connect" is to be a function/],
  [{ ...right, tocken: 'x' }, /there is no option "tocken"; there are page, room, name, token(?!.*socket)/],
];

for (const [options, words] of refused) {
  test(`${JSON.stringify(options)} is refused: ${words.source}`, () => assert.throws(() => new Call(options), (error) => error instanceof TypeError && words.test(error.message)));
}

test('what may be is taken, and what is undefined is as if it were not there', () => {
  const call = new Call({ ...right, page: new URL(right.page), name: '😀'.repeat(64), token: undefined, key: undefined, topology: 'sfu', data: true, reconnection: { retryJitter: 0 }, connect: () => ({}) });
  assert.equal(call.hasData, true);
});

const camera = { source: 'camera', kind: 'video', track: {}, stream: {}, muted: false };
for (const [wrong, words] of [
  [{ source: 'camera-3' }, /"source" is to be camera, microphone, screen, screen-audio/],
  [{ source: 'toString' }, /"source" is to be/],
  [{ source: 'microphone' }, /"kind" is to be audio of the source microphone/],
  [{ track: undefined }, /"track" is to be a MediaStreamTrack/],
  [{ stream: null }, /"stream" is to be a MediaStream/],
  [{ muted: 'no' }, /"muted" is to be true or false/],
  [{ codec: 8 }, /"codec" is to be vp8, vp9, av1 or h264/],
  [{ encodings: {} }, /"encodings" is to be an array of at most 3/],
  [{ encodings: [{}, {}, {}, {}] }, /"encodings" is to be an array of at most 3/],
])
  test(`publishing with ${JSON.stringify(wrong)} is refused: ${words.source}`, () => {
    const call = new Call(right);
    assert.throws(() => call.publish({ ...camera, ...wrong }), (error) => error instanceof TypeError && words.test(error.message));
    assert.equal(call.sources.size, 0);
  });

test('several sources are published, each once', () => {
  const call = new Call(right);
  call.publish({ ...camera, codec: 'vp9', encodings: [{}] });
  call.publish({ ...camera, source: 'screen' });
  call.publish({ ...camera, track: { enabled: true } });
  assert.deepEqual([...call.sources.keys()], ['camera', 'screen']);
});

for (const [method, given, words] of [
  ['unpublish', ['camera-3'], /unpublish\(\): "source" is to be camera, microphone, screen, screen-audio/],
  ['replaceTrack', ['toString', {}], /"source" is to be/],
  ['replaceTrack', ['camera', null], /"track" is to be a MediaStreamTrack/],
  ['setMuted', ['mic', true], /"source" is to be/],
  ['setMuted', ['camera', 'yes'], /"muted" is to be true or false/],
  ['setView', [{}], /"view" is to be a Map/],
  ['chat', [''], /"text" is to be a text/],
  ['chat', ['hello', 7], /"to" is to be the id of a participant/],
  ['raiseHand', [], /"raised" is to be true or false/],
  ['react', ['thumbs_up'], /"reaction" is to be thumbs-up, clap, heart/],
  ['setLayout', ['sidebar'], /"layout" is to be grid, speaker/],
  ['setPin', ['ring'], /"topology" is to be auto, mesh, sfu, mcu/],
  ['muteParticipant', ['mic', 'p2'], /"source" is to be/],
  ['muteParticipant', ['microphone', null], /"target" is to be the id of a participant/], // it would mute everybody
  ['askUnmute', ['microphone'], /"target" is to be/],
  ['remove', [{}], /"target" is to be/],
  ['remove', ['p2', 7], /"reason" is to be a text/],
  ['transferHost', [], /"target" is to be/],
  ['lockRoom', ['yes'], /"locked" is to be true or false/],
  ['setWaitingRoom', [1], /"enabled" is to be true or false/],
  ['admit', [''], /"target" is to be/], // it would let everybody in
  ['deny', [], /"target" is to be/],
  ['record', ['on'], /"enabled" is to be true or false/],
])
  test(`${method}(${given.map((value) => JSON.stringify(value)).join(', ')}) is refused: ${words.source}`, () => {
    const call = new Call(right);
    const told = [];
    call.signaling.send = (message) => told.push(message);
    assert.throws(() => call[method](...given), (error) => error instanceof TypeError && words.test(error.message));
    assert.deepEqual(told, []);
  });

for (const [payload, how, words] of [
  [undefined, {}, /sendData\(\): "payload" is to be a text or a Uint8Array of at most 16000 bytes/],
  [[1, 2], {}, /"payload" is to be/],
  [new Uint16Array(2), {}, /"payload" is to be/],
  ['é'.repeat(8001), {}, /"payload" is to be/],
  ['x', null, /"how" is to be an object of to, topic, policy/],
  ['x', { policy: 'foo' }, /"policy" is to be ordered, unordered, lossy/],
  ['x', { topic: '😀'.repeat(17) }, /"topic" is to be a text of at most 64 bytes/],
  ['x', { topic: 7 }, /"topic" is to be/],
  ['x', { to: null }, /"to" is to be the id of a participant/],
  ['x', { topik: 'words' }, /there is no option "topik"; there are to, topic, policy/],
])
  test(`the message ${JSON.stringify(payload)?.slice(0, 20)} with ${JSON.stringify(how)} is refused and not counted: ${words.source}`, () => {
    const call = new Call({ ...right, data: true });
    const { roomData } = call.data;
    roomData.setOthers(['p2'], 0);
    assert.throws(() => call.sendData(payload, how), (error) => error instanceof TypeError && words.test(error.message));
    assert.ok(call.sendData('y', { to: undefined, policy: undefined }));
    call.data.stop();
    assert.deepEqual(roomData.log.map(({ sequence, policy }) => [sequence, policy]), [[1, 'ordered']]);
  });
