// Every case of tests/vectors/files/ through the page's format and names of files.
// tests/unit/files/test_file_message.c is the same test for the C client's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { CHUNK_MAX, readFileMessage, writeFileMessage } from '../../client/web/file_message.js';
import { safeFileName } from '../../client/web/file_name.js';

const vectors = JSON.parse(readFileSync(new URL('files/files.json', import.meta.url), 'utf8'));
const bytesOf = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hexOf = (bytes) => Buffer.from(bytes).toString('hex');
/** As a vector has it. */
const plain = (message) => message && Object.fromEntries(Object.entries(message).map(([key, value]) => [key, value instanceof Uint8Array ? hexOf(value) : value]));
const binary = (message) => ({ ...message, ...(message.bytes && { bytes: bytesOf(message.bytes) }), ...(message.hash && { hash: bytesOf(message.hash) }) });

test('messages are read and written as the vectors have them', () => {
  assert.ok(vectors.messages.length >= 13);
  for (const { what, hex, message } of [...vectors.messages, ...vectors.read_only]) assert.deepEqual(plain(readFileMessage(bytesOf(hex))), message, what);
  for (const { what, hex, message } of vectors.messages) assert.equal(hexOf(writeFileMessage(binary(message))), hex, what);
});

test('what is malformed is no message', () => {
  assert.ok(vectors.malformed.length >= 20);
  for (const { what, hex } of vectors.malformed) assert.equal(readFileMessage(bytesOf(hex)), null, what);
});

test('a full chunk is as long as a message of a room may be', () => {
  assert.equal(writeFileMessage({ kind: 'chunk', number: 1, offset: 0, bytes: new Uint8Array(CHUNK_MAX) }).length, 16000);
});

test('a name has no folders, is not hidden, and shows what it is', () => {
  assert.ok(vectors.names.length >= 20);
  for (const { offered, safe } of vectors.names) assert.equal(safeFileName(offered), safe, offered);
});
