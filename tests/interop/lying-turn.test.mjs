// TURN servers that lie or flood: the C client's call goes on by its direct path to the router, and ends as it should.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remote, startClient, UNTIL_TOLD, untilReceive } from './lib/client.mjs';
import { startLyingTurn } from './lib/lying_turn.mjs';
import { startServer } from './signaling_client.mjs';

const rows = [
  { what: 'a server that tells the truth', transport: 'udp' },
  { what: 'an allocation of no time', transport: 'udp', lifetimes: [0, 0] },
  { what: 'an allocation of no time, renewed for ten minutes', transport: 'udp', lifetimes: [0, 600] },
  { what: 'an allocation of a second', transport: 'udp', lifetimes: [1, 1] },
  { what: 'a refresh for a second', transport: 'udp', lifetimes: [600, 1] },
  { what: 'an allocation that ends in 136 years', transport: 'udp', lifetimes: [0xffffffff, 0xffffffff] },
  { what: 'an allocation without a time', transport: 'udp', lifetimes: [null, null] },
  { what: 'a time that is not signed', transport: 'udp', isUnsigned: true },
  { what: 'a time of eight bytes', transport: 'udp', isLong: true },
  { what: 'the truth on a stream', transport: 'tcp' },
  { what: 'an allocation of no time on a stream', transport: 'tcp', lifetimes: [0, 0] },
  { what: 'an allocation of a second on a stream', transport: 'tcp', lifetimes: [1, 1] },
  { what: 'a time that is not signed on a stream', transport: 'tcp', isUnsigned: true },
  { what: 'empty messages without pause', transport: 'tcp', flood: Buffer.alloc(64 * 1024) },
  { what: 'a stream that is no TURN', transport: 'tcp', flood: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') },
];

for (const { what, ...lie } of rows) {
  test(what, async () => {
    const turn = await startLyingTurn(lie);
    const server = await startServer(['--open', '--ice-server', `turn:user:password@127.0.0.1:${turn.port}?transport=${lie.transport}`]);
    const clients = ['Ann', 'Bob'].map((name) => startClient(server, { room: 'call', name, duration: UNTIL_TOLD, quiet: false, args: ['--video', '320x180@30:200k'] }));
    await untilReceive(clients, 20);
    for (const [index, { code, summary, log }] of (await Promise.all(clients.map((client) => client.end()))).entries()) {
      assert.equal(code, 0, log);
      assert.ok(remote(summary, ['Bob', 'Ann'][index]).video.frames_decoded >= 20, log);
    }
    assert.equal(turn.seen.refreshes, 0, 'none is due within seconds');
    await server.stop();
    turn.stop();
  });
}
