// A room on two workers: everybody sees and hears everybody, and what a viewer on one asks for reaches a publisher on
// the other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient, UNTIL_TOLD } from './lib/client.mjs';
import { assertFlawless, find, openPage, readThrice, until, untilMore, untilSees, untilStands } from './lib/pages.mjs';
import { eventually } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

const SPREAD = ['--open', '--mesh-max', '0', '--workers', '2', '--room-share', '1'];

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

const read = async (server, path) => (await fetch(`${server.url}api/v1/${path}`)).json();
const workers = async (server) => (await read(server, 'rooms')).server.workers;
const person = async (server, room, name) => (await read(server, `rooms/${room}`)).participants.find((one) => one.name === name);

test('pages and C clients on two workers in one room', async (t) => {
  const server = await startServer(SPREAD);
  t.after(() => server.stop());
  const ann = await openPage(browser, server, { room: 'wide', name: 'Ann', size: '320x180' });
  const bob = await openPage(browser, server, { room: 'wide', name: 'Bob', size: '320x180' });
  const clients = ['Weft', 'Warp'].map((name) => startClient(server, { room: 'wide', name, duration: UNTIL_TOLD, args: ['--video', '320x180@15:200k'] }));
  t.after(() => clients.forEach(({ end }) => end()));
  await untilSees(ann, ['Bob', 'Weft', 'Warp']);
  await untilSees(bob, ['Ann', 'Weft', 'Warp']);
  for (const { connections, relayed_publishers: relayed, relay_lost: lost } of await workers(server)) {
    assert.deepEqual([connections, relayed, lost], [2, 2, 0]);
  }
  assert.notEqual((await person(server, 'wide', 'Ann')).connection.worker, (await person(server, 'wide', 'Bob')).connection.worker);
  let subscribers; // the other worker tells its own once a second
  await eventually(() => `those on the other worker count, too: ${subscribers}`, async () => {
    subscribers = (await person(server, 'wide', 'Ann')).connection.publications.map((one) => one.subscribers);
    return subscribers.length === 2 && subscribers.every((count) => count === 3);
  });

  const start = await readThrice({ Ann: ann, Bob: bob });
  await Promise.all([[ann, 'Bob'], [bob, 'Ann']].map(([page, other]) => untilMore(page, [other, 'Weft', 'Warp'], 60)));
  const end = await readThrice({ Ann: ann, Bob: bob });
  for (const name of ['Ann', 'Bob']) assertFlawless(start, end, name);

  for (const name of ['Weft', 'Warp']) {
    await eventually(`${name} has had ten seconds of each microphone`, async () => {
      const { slots } = (await person(server, 'wide', name)).connection;
      return slots.filter(({ publication, packets }) => publication.endsWith('/microphone') && packets > 500).length === 3;
    }, 20000);
  }
  for (const { summary, log } of await Promise.all(clients.map(({ end }) => end()))) {
    assert.equal(summary.remotes.length, 3, log);
    for (const name of ['Ann', 'Bob']) {
      const { video, audio } = remote(summary, name);
      assert.ok(video.frames_decoded > 200 && video.packets_lost === 0 && audio.packets > 450, `${name}: ${JSON.stringify({ video, audio })}`);
    }
  }
  await ann.evaluate(() => window.heddle.call.setMuted('camera', true));
  await until(bob, 'the camera off', (stats) => stats.participants.find(({ name }) => name === 'Ann').publications.some(({ muted }) => muted));
  const still = await untilStands(bob, 'a muted picture', (stats) => find(stats, 'Ann', 'camera')?.frames);
  await ann.evaluate(() => window.heddle.call.setMuted('camera', false));
  await until(bob, 'the camera on again', (stats) => find(stats, 'Ann', 'camera')?.frames > still + 10);
  await Promise.all([ann.closeAll(), bob.closeAll()]);
  await eventually('relayed publishers end', async () => (await workers(server)).every((worker) => worker.relayed_publishers === 0), 5000);
});

test('encodings are asked for across workers', async (t) => {
  const server = await startServer(SPREAD);
  t.after(() => server.stop());
  const ann = await openPage(browser, server, { room: 'encodings', name: 'Ann' });
  const bob = await openPage(browser, server, { room: 'encodings', name: 'Bob', simulcast: true, size: '1280x720' });
  t.after(() => Promise.all([ann.closeAll(), bob.closeAll()]));
  const width = (wanted, what) => until(ann, what, (stats) => find(stats, 'Bob', 'camera')?.width === wanted, 30000);
  await untilSees(ann, ['Bob']);
  await width(1280, 'the full size');
  const id = find(await ann.stats(), 'Bob', 'camera').publication;
  const show = (size) => ann.evaluate((entries) => {
    const { call } = window.heddle;
    call.setView = () => {}; // the page's own view is not asked any more
    Object.getPrototypeOf(call).setView.call(call, new Map(entries));
  }, [[id, { ...size, priority: 100 }]]);
  const asked = async () => {
    const { connection } = await person(server, 'encodings', 'Bob');
    return connection.publications.find((one) => one.id === id).encodings.map((encoding) => encoding.asked);
  };
  await show({ width: 320, height: 180 });
  await width(320, 'the small size');
  await eventually('encodings that nobody watches are not asked for', async () => (await asked()).filter(Boolean).length <= 1);
  await show({ width: 1280, height: 720 });
  await width(1280, 'the full size again');
  assert.equal((await asked())[2], true);
});

test('whose new connection is on the other worker is seen there, and sees', async (t) => {
  const server = await startServer(SPREAD);
  t.after(() => server.stop());
  const workerOf = async (name) => (await person(server, 'move', name))?.connection?.worker;
  const ann = await openPage(browser, server, { room: 'move', name: 'Ann' });
  await untilSees(ann, []);
  const bob = startClient(server, { room: 'move', name: 'Bob', duration: UNTIL_TOLD, args: ['--video', '320x180@15:200k'] });
  t.after(() => bob.end());
  await untilSees(ann, ['Bob']);
  const carl = await openPage(browser, server, { room: 'move', name: 'Carl' });
  t.after(() => Promise.all([ann.closeAll(), carl.closeAll()]));
  await untilSees(carl, ['Ann', 'Bob']);
  await untilSees(ann, ['Carl']);
  const before = await workerOf('Ann');
  assert.deepEqual([await workerOf('Carl'), await workerOf('Bob')], [before, 1 - before]);
  await bob.end(); // Ann's next connection goes to the worker that has nobody
  await until(carl, 'Bob has left', (stats) => stats.participants.every(({ name }) => name !== 'Bob'));

  const seen = find(await carl.stats(), 'Ann', 'camera').frames;
  await ann.evaluate(() => {
    const connection = window.heddle.call.connections.get('router');
    connection.reconnect.constants = { ...connection.reconnect.constants, maxRestarts: 0 }; // no restart of the old one
    connection.run('failed');
  });
  await eventually('a connection on the other worker', async () => (await workerOf('Ann')) === 1 - before);
  await until(carl, 'Ann goes on', (stats) => find(stats, 'Ann', 'camera')?.frames > seen + 30);
  await untilSees(ann, ['Carl']);
  const room = await read(server, 'rooms/move');
  assert.deepEqual(room.participants.map(({ name }) => name).sort(), ['Ann', 'Carl']);
  await eventually('each is relayed to the other', async () => (await workers(server)).every(
    ({ connections, relayed_publishers: relayed, relay_bad: bad }) => connections === 1 && relayed === 1 && bad === 0));
});
