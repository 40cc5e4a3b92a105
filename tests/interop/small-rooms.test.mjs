// What somebody in a small room makes the others do: they negotiate with each other, and whoever sends too many
// messages loses its socket. That must not be the others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startClient, UNTIL_TOLD } from './lib/client.mjs';
import { eventually, roomOf, sleep, untilMediaFlows } from './lib/wait.mjs';
import { joined, startServer } from './signaling_client.mjs';

const NAMES = ['Ann', 'Bob', 'Cleo'];
const ARGS = ['--video', '320x180@15:200k'];
const SECONDS = 12;

const limitsOf = async (server) => (await (await fetch(new URL('/api/v1/rooms', server.url))).json()).server.limits;

/**
 * A room of three C clients, and what they are afterwards: nobody lost its socket, and
 * all leave at once when they are told to.
 */
async function besideThree(t, options, act) {
  const server = await startServer(['--open', '--log', 'warning', ...options]);
  t.after(() => server.stop());
  const clients = NAMES.map((name) => startClient(server, { room: 'small', name, duration: UNTIL_TOLD, args: ARGS }));
  t.after(() => clients.forEach(({ child }) => child.kill()));
  await untilMediaFlows(server, 'small', NAMES.length);
  const ids = (await roomOf(server, 'small')).participants.map(({ id }) => id);
  await act(server, ids);
  const { pairs } = await roomOf(server, 'small');
  const { too_fast: tooFast } = await limitsOf(server);
  assert.equal(tooFast, 0, `sockets were closed; messages between them: ${JSON.stringify(pairs)}`);
  for (const { code, log } of await Promise.all(clients.map(({ end }) => end()))) assert.equal(code, 0, log);
  let left;
  await eventually(() => `left behind: ${JSON.stringify(left)}`, async () => {
    const { code, participants } = await roomOf(server, 'small');
    left = participants;
    return code === 'no-such-room';
  }, 3000);
  return pairs.filter(({ from }) => ids.includes(from)).reduce((sum, { messages }) => sum + messages, 0) / ids.length;
}

test('who comes and goes without a Mesh makes nobody lose its socket', async (t) => {
  const delivered = await besideThree(t, ['--mesh-hold', '60'], async (server) => {
    for (const end = Date.now() + SECONDS * 1000; Date.now() < end;) {
      const guest = await joined(server, 'small', { capabilities: { mesh: false } });
      await sleep(60);
      await guest.send({ type: 'leave' });
      await sleep(60);
    }
  });
  t.diagnostic(`each of the three sent ${delivered} messages to others`);
});

test('twelve who ask three for new connections make none of them lose its socket', async (t) => {
  const delivered = await besideThree(t, ['--mesh-max', '16'], async (server, ids) => {
    const guests = [];
    for (let i = 0; i < 12; i += 1) guests.push(await joined(server, 'small'));
    let generation = 1;
    for (const end = Date.now() + SECONDS * 1000; Date.now() < end; await sleep(400)) {
      generation += 1;
      for (const guest of guests) for (const target of ids) await guest.send({ type: 'request-new-connection', target, generation });
    }
    guests.forEach((guest) => guest.kill());
  });
  t.diagnostic(`each of the three sent ${delivered} messages to others`);
  assert.ok(delivered > 50 * SECONDS, `only ${delivered} messages: nobody was made to answer`);
});
