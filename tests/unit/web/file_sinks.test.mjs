// Where a file of somebody else goes: memory, as far as it reaches, or a place on disk that the person chooses.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { KEPT_MAX, canTake, openSink } from '../../../client/web/ui/file_sinks.js';
import { incomingWords, outgoingWords, shortName, sizeWords } from '../../../client/web/ui/file_words.js';

afterEach(() => { delete globalThis.showSaveFilePicker; });

test('what fits is kept in memory, whole', async () => {
  const sink = await openSink({ size: 3_000_000, name: 'a' }, 0);
  const parts = [1_500_000, 1_400_000, 100_000].map((length, index) => new Uint8Array(length).fill(index));
  for (const part of parts) await sink.write(part);
  assert.deepEqual(Buffer.from(await (await sink.close()).arrayBuffer()), Buffer.concat(parts));
});

test('what is too large, alone or beside the others, is for the disk, where the browser can do that', async () => {
  for (const [size, kept] of [[300 << 20, 0], [100 << 20, KEPT_MAX - 1]]) {
    assert.equal(canTake(size, kept), false);
    globalThis.showSaveFilePicker = async () => { throw new Error('cancelled'); };
    assert.equal(canTake(size, kept), true);
    assert.equal(await openSink({ size, name: 'a' }, kept), null, 'no place was chosen');
    globalThis.showSaveFilePicker = async () => ({ createWritable: async () => { throw new Error('not allowed'); } });
    assert.equal(await openSink({ size, name: 'a' }, kept), null, 'it cannot be written to');
    const done = [];
    const writable = { write: async (bytes) => done.push(bytes.length), close: async () => done.push('closed'), abort: async () => done.push('aborted') };
    globalThis.showSaveFilePicker = async ({ suggestedName }) => ({ createWritable: async () => done.push(suggestedName) && writable });
    const sink = await openSink({ size, name: 'a.pdf' }, kept);
    await sink.write(new Uint8Array(5));
    assert.equal(await sink.close(), null, 'it is saved already');
    sink.abort();
    assert.deepEqual(done, ['a.pdf', 5, 'closed', 'aborted']);
    delete globalThis.showSaveFilePicker;
  }
});

test('who cancels a file does not read that the others did', () => {
  const receivers = (state, reason) => ({ isOpen: true, to: '', reason: '', size: 100, receivers: new Map([['p2', { id: 'p2', state, reason, received: 50 }]]) });
  const words = (state, reason) => outgoingWords(receivers(state, reason), new Map([['p2', 'Bob']])).replace(/[\u2068\u2069]/g, '');
  assert.deepEqual([words('stopped', 'cancelled'), words('refused', 'cancelled'), words('receiving', '')], ['Bob: did not come whole', 'Bob: stopped it', 'Bob: 50 %']);
});

test('of a file for one alone that one is spoken of, also when it left', () => {
  const words = (file, isAlone) => outgoingWords({ size: 1, receivers: new Map(), ...file }, new Map([['p2', 'Bob']]), isAlone).replace(/[\u2068\u2069]/g, '');
  assert.equal(words({ isOpen: true, to: '', reason: '' }), 'Nobody has taken it yet.');
  assert.equal(words({ isOpen: true, to: '', reason: '' }, true), 'Nobody else is here. Who comes can take it.');
  assert.equal(words({ isOpen: true, to: 'p2', reason: '' }), 'Bob has not taken it yet.');
  assert.equal(words({ isOpen: false, to: 'p2', reason: 'left' }), 'Bob left before taking it.');
  assert.equal(words({ isOpen: false, to: 'p2', reason: 'cancelled' }), 'You have cancelled it.');
});

test('who offered a file reads why nobody gets it any more, and who got it what is to be done', () => {
  const bob = { id: 'p2', state: 'done', reason: '', received: 1 };
  const words = (reason) => outgoingWords({ isOpen: false, to: '', size: 1, receivers: new Map([['p2', bob]]), reason }, new Map([['p2', 'Bob']])).replace(/[\u2068\u2069]/g, '');
  assert.equal(words('unreadable'), 'It cannot be read any more. · Bob: has it');
  assert.equal(words('cancelled'), 'You have cancelled it. · Bob: has it');
  assert.equal(words(''), 'Bob: has it');
  assert.deepEqual([new Blob(['a']), null].map((blob) => incomingWords({ state: 'done', blob }, 'Ann')), ['It has come. Save it to keep it.', 'It has come, and is saved.']);
});

test('of a long name start and end are shown', () => {
  assert.equal(shortName('가'.repeat(60)), '가'.repeat(60));
  const short = shortName(`${'a'.repeat(99)}😀.pdf.exe`);
  assert.deepEqual([[...short].length, short.slice(0, 3), short.slice(-11)], [60, 'aaa', 'a😀.pdf.exe']);
});

test('sizes are said as people say them', () => {
  assert.deepEqual([0, 1, 999, 1000, 1234567, 5e9, 2e15].map(sizeWords), ['0 bytes', '1 byte', '999 bytes', '1 kB', '1.2 MB', '5 GB', '2,000 TB']);
});
