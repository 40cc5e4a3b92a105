// A client that is not ours, written from signaling/PROTOCOL.md alone (foreign/aiortc_client.py), in calls with ours.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient } from './lib/client.mjs';
import { Foreign } from './lib/foreign.mjs';
import { find, openPage, until, untilSees } from './lib/pages.mjs';
import { eventually, roomOf, sleep } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

let server;
before(async () => { server = await startServer(['--open']); });
after(() => server.stop());

const idOf = (stats, name) => stats.participants.find((one) => one.name === name)?.id;
const media = (id) => [`${id}/camera`, `${id}/microphone`];

describe('aiortc, a page and a C client in one room', () => {
  let browser; let page; let weft; let ann; let annId; let pageId; let weftId;

  before(async () => {
    browser = await launchChromium();
    ann = new Foreign(server, { room: 'call', name: 'Ann' });
    annId = (await ann.take('joined')).participant;
    weft = startClient(server, { room: 'call', name: 'Weft', duration: 60, args: ['--video', '320x180@15:200k'] });
    page = await openPage(browser, server, { room: 'call', name: 'Page' });
    page.witnesses.push(ann, weft);
    await untilSees(page, ['Ann', 'Weft']);
    const stats = await page.stats();
    weftId = idOf(stats, 'Weft');
    pageId = stats.participant;
  });
  after(async () => {
    ann.child.kill();
    weft.child.kill('SIGINT');
    await browser.close();
  });

  const connections = () => server.log.split(`call/${annId}: connected`).length - 1;

  test('all see and hear one another', async () => {
    await ann.decodes([...media(weftId), ...media(pageId)]);
    await until(page, 'hearing Ann', (stats) => find(stats, 'Ann', 'microphone')?.packets > 50);
  });

  test('a screen comes and goes on the same connection, and the rest goes on', async () => {
    ann.do({ do: 'publish', source: 'screen' });
    await until(page, 'the screen', (stats) => find(stats, 'Ann', 'screen')?.frames > 5);
    await ann.decodes([...media(weftId), ...media(pageId)]);
    ann.do({ do: 'unpublish', source: 'screen' });
    await until(page, 'the end of the screen', (stats) => !find(stats, 'Ann', 'screen'));
    const { frames } = find(await page.stats(), 'Ann', 'camera');
    await until(page, 'more of the camera', (stats) => find(stats, 'Ann', 'camera')?.frames > frames + 10);
    assert.equal(connections(), 1, 'a renegotiation is no new connection');
  });

  test('chat goes both ways', async () => {
    await page.evaluate(() => {
      window.texts = [];
      window.heddle.call.addEventListener('chat', ({ detail }) => window.texts.push(detail.text));
    });
    ann.do({ do: 'send', message: { type: 'chat', text: 'from aiortc' } });
    await eventually(() => `no chat from Ann; ${ann.saw()}`, () => page.evaluate(() => window.texts.includes('from aiortc')));
    await page.evaluate(() => window.heddle.call.chat('from the page'));
    assert.equal((await ann.take('chat', ({ text }) => text === 'from the page')).from, pageId);
  });

  test('who mutes is told as muted, and seen again after', async () => {
    const muted = (wanted) => until(page, `muted: ${wanted}`, (stats) => stats.participants.find(({ id }) => id === annId)
      ?.publications.find(({ source }) => source === 'camera')?.muted === wanted);
    ann.do({ do: 'mute', source: 'camera', muted: true });
    await muted(true);
    const { frames } = find(await page.stats(), 'Ann', 'camera');
    ann.do({ do: 'mute', source: 'camera', muted: false });
    await muted(false);
    await until(page, 'the camera again', (stats) => find(stats, 'Ann', 'camera')?.frames > frames + 5);
  });

  test('`receive` hides and shows a publication that has its own m-line', async () => {
    const [camera] = media(pageId);
    const ask = (width, height) => ann.do({ do: 'receive', publication: camera, view: { width, height, priority: 1 } });
    ask(0, 0);
    await eventually(() => `a hidden picture goes on; ${ann.saw()}`, async () => {
      const before = (await ann.frames())[camera];
      await sleep(700);
      return (await ann.frames())[camera] === before;
    });
    ask(640, 360);
    await ann.decodes([camera]);
  });

  test('who leaves is gone, and its socket closes as the page says', async () => {
    assert.equal((await ann.leave()).code, 1000);
    assert.equal(await ann.done, 0, ann.saw());
    await until(page, 'Ann gone', (stats) => !idOf(stats, 'Ann'));
    weft.child.kill('SIGINT');
    const { code, summary, log } = await weft.done;
    assert.equal(code, 0, log);
    assert.ok(remote(summary, 'Ann')?.video.frames_decoded > 30, `${JSON.stringify(summary.remotes)}; ${ann.saw()}`);
  });
});

/** The room, as soon as it has that many. */
async function joins(room, count, { topology, ms = 15000 } = {}) {
  let state;
  return eventually(() => `not ${count} participants${topology ? ` in ${topology}` : ''}: ${JSON.stringify(state).slice(0, 1500)}`, async () => {
    state = await roomOf(server, room);
    return state.participant_count === count && (!topology || state.topology === topology) && state;
  }, ms);
}

const weave = (t, room, name) => {
  const client = startClient(server, { room, name, duration: 60, args: ['--video', '320x180@15:200k'] });
  t.after(() => client.child.kill('SIGINT'));
  return client;
};

/** Waits until so many have received seconds of that one's picture. */
async function untilSeen(ann, id, room, count) {
  await eventually(() => `${count} with seconds of ${id}'s picture; ${ann.saw()}`, async () => (await roomOf(server, room)).participants
    .filter(({ connection }) => connection?.slots.some((slot) => slot.publication === `${id}/camera` && slot.packets > 60)).length === count);
}

const watch = (t, room, ...args) => {
  const watcher = new Foreign(server, { room, name: 'Watcher', args: ['--watch-only', ...args] });
  t.after(() => watcher.child.kill());
  return watcher;
};

test('who only watches sees and hears everybody', async (t) => {
  const watcher = watch(t, 'watched');
  await watcher.take('joined');
  weave(t, 'watched', 'Weft');
  const { participant } = await watcher.take('participant-joined');
  await watcher.decodes(media(participant.id));
  await watcher.leave();
  assert.equal(await watcher.done, 0, watcher.saw());
});

// aiortc gives one extension id two meanings. What it takes up while an offer waits for its answer goes by the offer.
test('who connects while another offer waits for its answer is seen and sees', async (t) => {
  weave(t, 'hasty', 'Weft');
  await joins('hasty', 1);
  const ann = new Foreign(server, { room: 'hasty', name: 'Ann', args: ['--hasty'] });
  t.after(() => ann.child.kill());
  const { participant: annId, participants: [weft] } = await ann.take('joined');
  await ann.take('negotiated');
  await ann.take('negotiated');
  await ann.decodes(media(weft.id), 30);
  await untilSeen(ann, annId, 'hasty', 1);
  assert.equal(ann.log, '');
});

test('a shared m-line is empty until `receive` says what it shows', async (t) => {
  weave(t, 'shared', 'Weft');
  await joins('shared', 1);
  const watcher = watch(t, 'shared', '--share-only');
  const { participants } = await watcher.take('joined');
  for (const kind of ['video', 'audio']) {
    watcher.do({ do: 'add-slot', kind });
    await watcher.take('negotiated');
  }
  await watcher.take('connection', ({ state }) => state === 'connected');
  const sent = async () => (await roomOf(server, 'shared')).participants.find(({ name }) => name === 'Weft').connection.in.packets;
  const before = await sent();
  await eventually('more of Weft', async () => await sent() > before + 60);
  assert.deepEqual(await watcher.frames(), {}, 'nothing was asked for');
  watcher.do({ do: 'receive', kind: 'video', view: { show: 'speaker', width: 640, height: 360, priority: 0 } });
  watcher.do({ do: 'receive', kind: 'audio', view: { show: 'speaker', width: 0, height: 0, priority: 0 } });
  const { slots: [{ publication }] } = await watcher.take('slots', ({ slots }) => slots[0].publication);
  assert.match(publication, /^p\d+\/(camera|microphone)$/);
  await watcher.decodes(['0', '1']);
  // A socket that breaks takes what was on its way with it: the new one is told what the slots show.
  watcher.events = [];
  watcher.do({ do: 'break' });
  assert.equal((await watcher.take('joined')).resumed, true);
  const shown = (kind) => watcher.take('slots', ({ slots }) => slots[0].publication === `${participants[0].id}/${kind}` && slots[0].state === 'live');
  await shown('camera');
  await shown('microphone');
  await watcher.decodes(['0', '1']);
});

test('a connection that was lost is made anew, by a stack with one certificate and session id for all, too', async (t) => {
  weave(t, 'lost', 'Weft');
  await joins('lost', 1); // so that Weft is p1
  const watcher = watch(t, 'lost', '--one-identity');
  await watcher.take('joined');
  await joins('lost', 2);
  await watcher.decodes(media('p1'));
  watcher.events = [];
  watcher.do({ do: 'lose' });
  await watcher.take('connection-request');
  await watcher.take('negotiated');
  await watcher.decodes(media('p1'));
});

test('a Mesh that somebody joins who cannot mesh goes through the router', async (t) => {
  const clients = ['Weft', 'Warp'].map((name) => weave(t, 'mesh', name));
  await joins('mesh', 2, { topology: 'mesh' });
  const ann = new Foreign(server, { room: 'mesh', name: 'Ann' });
  t.after(() => ann.child.kill());
  const { participant: annId, participants, topology: now, connect } = await ann.take('joined');
  assert.equal(now, 'sfu');
  assert.deepEqual(connect, ['router']);
  await ann.decodes(participants.flatMap(({ id }) => media(id)));
  await untilSeen(ann, annId, 'mesh', 2);
  await ann.leave();
  for (const { child, done } of clients) {
    child.kill('SIGINT');
    const { code, summary, log } = await done;
    assert.equal(code, 0, log);
    assert.ok(remote(summary, 'Ann')?.video.frames_decoded > 10, `${JSON.stringify(summary.remotes)}; ${ann.saw()}`);
  }
});
