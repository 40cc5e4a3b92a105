// What is made of getStats: bitrates over spans that are long enough to say something.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatsReader } from '../../../client/web/stats.js';

test('a bitrate is that of at least half a second; read again sooner, it is the one before', async () => {
  let entry;
  const pc = { getStats: async () => new Map([['in', { type: 'inbound-rtp', kind: 'video', trackIdentifier: 't', ...entry }]]) };
  const call = { tracks: new Map([['p2/camera', { track: { id: 't' } }]]), connections: new Map([['router', { peerConnection: { pc } }]]) };
  const reader = new StatsReader();
  const read = async (timestamp, bytesReceived) => {
    entry = { timestamp, bytesReceived };
    return (await reader.read(call)).remotes[0].bitrate;
  };
  assert.equal(await read(1000, 5000), 0);
  assert.equal(await read(2000, 15000), 80000);
  assert.equal(await read(2000, 15000), 80000, 'the browser had nothing new');
  assert.equal(await read(2100, 15000), 80000, 'between two pictures');
  assert.equal(await read(3000, 20000), 40000, 'since the last that counted');
});
