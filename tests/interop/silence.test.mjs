// A client outlives any server: one that falls silent, breaks off or talks nonsense, at every step, when joining and
// when coming back into a call. Uses the client of the asan build; tests/run.sh builds it.
import assert from 'node:assert/strict';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { describe, test } from 'node:test';
import { BEHAVIOURS, setJoined, startFake } from './lib/fake_server.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
process.env.HEDDLE_CLIENT = path.join(root, 'build-asan/heddle-client');
const { startClient, UNTIL_TOLD } = await import('./lib/client.mjs');
const { eventually, roomOf } = await import('./lib/wait.mjs');
const { joined, startServer } = await import('./signaling_client.mjs');

test.before(async () => {
  await access(process.env.HEDDLE_CLIENT).catch(() => assert.fail('build-asan/heddle-client is missing: ./dev build asan'));
  const server = await startServer(['--open', '--mesh-max', '0']);
  setJoined((await joined(server, 'room')).joined);
  await server.stop();
});

const SILENCE = 12; // seconds, after which a client gives a connection up
const LIBRARY = 20; // seconds, after which the socket library does

async function meet(name, behaviour, callFirst, duration) {
  const server = await startFake(behaviour, callFirst);
  const { child, done } = startClient(server, { room: 'room', name: 'Ann', duration, args: ['--send', 'none', '--insecure'] });
  await Promise.race([server.met, done]); // many start at once, which takes its time on a busy machine
  const began = Date.now();
  const timer = setTimeout(() => child.kill('SIGABRT'), (duration + 5) * 1000);
  const result = await done;
  clearTimeout(timer);
  const connections = server.connections;
  server.stop();
  return { name, connections, seconds: (Date.now() - began) / 1000, ...result };
}

const all = (callFirst, duration) => Promise.all(Object.entries(BEHAVIOURS).map(([name, behaviour]) => meet(name, behaviour, callFirst, duration)));
const getsIn = (name) => name.endsWith('in the call');

describe('servers that do not answer', { concurrency: 2 }, () => { // their clients do nothing but wait
  test('a server that is stopped in a call, and runs again later, has its client back', async (t) => {
    const server = await startServer(['--open', '--mesh-max', '0']);
    t.after(() => server.stop());
    const client = startClient(server, { room: 'frozen', name: 'Ann', duration: UNTIL_TOLD, quiet: false, args: ['--video', '320x180@15:200k'] });
    t.after(() => client.child.kill());
    const isIn = async () => (await roomOf(server, 'frozen')).participants?.some(({ connection }) => connection?.in.packets > 50);
    await eventually('a call', isIn);
    server.child.kill('SIGSTOP');
    // Its silence is noticed, and the socket library has given up a connection that the kernel took for it.
    await eventually(() => `it tries again and again: ${client.log}`, () => /^reconnecting/m.test(client.log), (SILENCE + LIBRARY + 13) * 1000);
    assert.equal(client.child.exitCode, null, 'it has ended');
    server.child.kill('SIGCONT');
    await eventually(() => `it is back: ${client.log}`, () => /^server is back: /m.test(client.log), 27000);
    const statuses = () => [...client.log.matchAll(/^(connecting|connected|disconnected|reconnecting.*|failed)$/gm)].map(([line]) => line);
    await eventually(() => `${statuses()}`, () => statuses().at(-1) === 'connected', 20000);
    const { code, log, summary } = await client.end();
    assert.equal(code, 0, log);
    assert.equal(summary.status, 'connected');
    assert.ok(summary.recoveries.some(({ target }) => target === 'server'), JSON.stringify(summary.recoveries));
  });

  test('whoever joins a server that does not answer is told so', async () => {
    for (const { name, code, log, seconds } of await all(0, LIBRARY + SILENCE + 4)) {
      if (getsIn(name)) {
        assert.ok(code === 0 || code === 3, `${name}: ${code} ${log}`); // it is in, again and again
        continue;
      }
      assert.equal(code, 1, `${name}: ${code} ${log}`);
      assert.match(log, /^heddle-client: unreachable: \S.{5,}/m, name);
      assert.ok(seconds < SILENCE + 10, `${name}: told after ${seconds} s`);
      if (name === 'answers the join with nonsense') assert.match(log, /not understood/);
    }
  });

  test('whoever comes back to a server that does not answer goes on trying, and ends when told to', async () => {
    for (const { name, code, log, summary, connections } of await all(500, LIBRARY + SILENCE + 4)) {
      if (getsIn(name)) {
        assert.ok(code === 0 || code === 3, `${name}: ${code} ${log}`);
      } else {
        assert.equal(code, 3, `${name}: ${code} ${log}`);
        assert.match(log, /^heddle-client: the call was not connected when it ended\n$/m, name);
        assert.equal(summary.status, 'disconnected', name);
      }
      assert.ok(connections >= 3, `${name}: ${connections} attempts`);
    }
  });
});

/** In a network where the name server takes questions and answers none. */
async function nameless(t) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-silence-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, 'resolv.conf'), 'nameserver 198.51.100.9\noptions timeout:10 attempts:3\n');
  const script = `mount --bind ${folder}/resolv.conf /etc/resolv.conf && ip link add silent type veth peer name end &&
    ip link set end up && ip link set silent up && ip addr add 198.51.100.1/24 dev silent &&
    ip neigh add 198.51.100.9 lladdr 02:00:00:00:00:09 dev silent && exec "$@"`;
  return (...command) => ['unshare', ['--mount', '--net', '--propagation', 'private', 'sh', '-c', script, '-', ...command]];
}

/** How a client of that duration ends; `meanwhile` happens when it is in the call. */
async function limited(server, { inside, meanwhile, duration = 4 } = {}) {
  const { child, done } = startClient(server, { room: 'limited', name: 'Ann', duration, args: ['--send', 'none', '--insecure'], ...(inside && { inside }) });
  const timer = setTimeout(() => child.kill('SIGABRT'), (duration + 20) * 1000);
  const began = Date.now();
  const isIn = async () => (await roomOf(server, 'limited')).participants?.some(({ connection }) => connection?.profile);
  if (meanwhile) await eventually('it is in the call', isIn, duration * 1000).then(meanwhile);
  const result = await done;
  clearTimeout(timer);
  return { ...result, late: (Date.now() - began) / 1000 - duration };
}

test('a client with a duration ends then, whatever the server does, and says how it was', async (t) => {
  const [alone, killed, frozen] = await Promise.all([1, 2, 3].map(() => startServer(['--open', '--mesh-max', '0'])));
  const fakes = await Promise.all(['accepts and says nothing', 'never answers the ClientHello', 'never answers the join'].map((name) => startFake(BEHAVIOURS[name], 0)));
  t.after(() => [...fakes, alone].forEach((server) => server.stop()));
  t.after(() => { frozen.child.kill('SIGCONT'); return frozen.stop(); });
  const stopped = await startServer(['--open']);
  t.after(() => { stopped.child.kill('SIGCONT'); return stopped.stop(); });
  stopped.child.kill('SIGSTOP');
  const absent = { code: 1, status: 'connecting', says: /^heddle-client: left before the server had answered$/m };
  const cases = {
    'accepts and says nothing': [limited(fakes[0]), absent],
    'never answers the ClientHello': [limited(fakes[1]), absent],
    'never answers the join': [limited(fakes[2]), absent],
    'is stopped': [limited(stopped), absent],
    'has a name that no name server tells': [limited({ url: 'http://calls.example' }, { inside: await nameless(t) }), absent],
    'has nobody else in the room': [limited(alone), { code: 0, status: 'connected' }],
    'is gone since': [limited(killed, { duration: 10, meanwhile: () => killed.child.kill('SIGKILL') }), { code: 3, status: 'disconnected' }],
    'is frozen since': [limited(frozen, { duration: 10, meanwhile: () => frozen.child.kill('SIGSTOP') }), {}],
  };
  for (const [name, [running, expected]] of Object.entries(cases)) {
    const { code, log, summary, late } = await running;
    const what = `a server that ${name}: ${code}, ${late} s late, ${summary?.status}: ${log}`;
    assert.ok(late > -0.1 && late < 4, what);
    if ('code' in expected) assert.deepEqual([code, summary.status], [expected.code, expected.status], what);
    assert.equal(summary.connected, !expected.says, what);
    assert.match(log, expected.says ?? /^/, what);
  }
});

test('of the addresses of a name the one is found that answers', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0']); // of IPv4 only; localhost is ::1, too, on many machines
  t.after(() => server.stop());
  const url = server.url.replace('127.0.0.1', 'localhost');
  const { code, log } = await startClient({ url }, { room: 'name', name: 'Ann', duration: 3, args: ['--send', 'none'] }).done;
  assert.equal(code, 0, log);
});
