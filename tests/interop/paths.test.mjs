// A path belongs to whoever proved it: checks in somebody else's name move no media, take
// no path, and are no amplifier.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startClient } from './lib/client.mjs';
import { runHostile } from './lib/hostile.mjs';
import { eventually, roomOf } from './lib/wait.mjs';
import { joined, startServer } from './signaling_client.mjs';

const SECONDS = 4;
let server;
let publisher;
before(async () => {
  server = await startServer(['--open', '--mesh-max', '0']);
  publisher = startClient(server, { room: 'paths', name: 'Ann', duration: 60, args: ['--video', '640x360@20:1000k', '--fixed', '--receive', 'none'] });
  await eventually('the publisher starts', async () => (await roomOf(server, 'paths')).participants?.[0]?.connection?.in.packets > 20);
});
after(async () => {
  publisher.child.kill();
  await server.stop();
});

const counters = async () => (await (await fetch(`${server.url}api/v1/rooms`)).json()).server.workers[0];
const watch = 'p1/camera';

test('an address that never answers gets three times what came in its name at most, and the client keeps its media', async (t) => {
  const client = await joined(server, 'paths');
  const { told, lines } = await runHostile(server, client, 'spoof', SECONDS * 1000, { watch });
  t.diagnostic(lines.slice(1).join(', '));
  client.kill();
  assert.ok(told.spoofed > 1000, 'no check was sent');
  assert.ok(told.there > 0, 'nothing was asked');
  assert.ok(told.there <= 3 * told.spoofed, `${told.there} bytes for ${told.spoofed}`);
  assert.ok(told.done > SECONDS * 30, `${told.done} packets at its own address`); // some 100 a second
});

test('checks in the name of another client do not take its path', async (t) => {
  const [victim, control, attacker] = [await joined(server, 'paths'), await joined(server, 'paths'), await joined(server, 'paths')];
  let attack;
  const [seen, undisturbed] = await Promise.all([
    runHostile(server, victim, 'connect', SECONDS * 1000, {
      watch, connected: ({ port }) => { attack = runHostile(server, attacker, 'hijack', (SECONDS - 1) * 1000, { port }); },
    }),
    runHostile(server, control, 'connect', SECONDS * 1000, { watch }),
  ]);
  const { told } = await attack;
  for (const client of [victim, control, attacker]) client.kill();
  t.diagnostic(`${told.done} checks; the victim got ${seen.told.done} packets, another one ${undisturbed.told.done}`);
  assert.ok(told.done > 10, 'no check was sent');
  assert.ok(undisturbed.told.done > SECONDS * 30);
  assert.ok(seen.told.done > undisturbed.told.done * 0.9, `${seen.told.done} of ${undisturbed.told.done}`);
});

test('a client that does not answer the checks of the router gets no media', async () => {
  const client = await joined(server, 'paths');
  const start = await counters();
  const { told, code } = await runHostile(server, client, 'mute', 2000, { watch });
  const end = await counters();
  client.kill();
  assert.equal(code, 0, 'DTLS did not come up');
  assert.equal(told.done, 0);
  assert.ok(end.withheld > start.withheld, 'nothing was withheld');
});
