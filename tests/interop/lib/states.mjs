// Every state of the page that people meet, each brought about by a real server, C clients and other pages. `./dev
// gallery` takes pictures of them, and page-accessibility.test.mjs judges them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startClient } from './client.mjs';
import { openPage, until, untilSees } from './pages.mjs';
import { Client, startServer } from '../signaling_client.mjs';

const NAMES = ['Weft', '김하늘', 'مريم العبد الله', 'Shuttle 🧵', 'Maximiliane von Hohenlohe-Waldenburg', 'נועה לוי', '👩‍👩‍👧', 'Bob', '이준호', 'Zoë'];
const LIGHT = ['--video', '160x90@5:60k', '--receive', 'none', '--quiet']; // so that dozens of clients run on one machine
const UPRIGHT = ['--video', '90x160@5:60k', '--receive', 'none', '--quiet'];
const DURATION = 900; // seconds: longer than any of this takes

/** What the states are made with; all of it ends with `end()`. `show(page, state)` is told each state that is there. */
export class Studio {
  constructor(browser, show) {
    this.browser = browser;
    this.show = show;
    this.clients = [];
    this.sockets = [];
    this.pages = [];
    this.servers = [];
    this.folders = [];
  }

  folder() {
    this.folders.push(mkdtempSync(path.join(tmpdir(), 'heddle-states-')));
    return this.folders.at(-1);
  }

  async serve(...options) {
    const server = await startServer(options.length > 0 ? options : ['--open', '--mesh-max', '0']);
    this.servers.push(server);
    return server;
  }

  async open(server, options, browser = this.browser) {
    const page = await openPage(browser, server, { name: 'Ann', ...options });
    this.pages.push(page);
    if (options.joins !== false) await until(page, 'joining', ({ status }) => status === 'connected');
    return page;
  }

  /** A C client; every third one is heard. */
  client(server, room, number, args = []) {
    const name = NAMES[number % NAMES.length] + (number < NAMES.length ? '' : ` ${number}`);
    const more = [...(number % 5 === 3 ? UPRIGHT : LIGHT), ...(number % 3 === 0 ? [] : ['--no-audio']), ...args];
    const client = startClient(server, { room, name, duration: DURATION, args: more });
    this.clients.push(client);
    return { ...client, name };
  }

  async socket(server, room, name) {
    const socket = new Client(server);
    this.sockets.push(socket);
    await socket.join(room, { name });
    return socket;
  }

  async end() {
    for (const { child, done } of this.clients) {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await done.catch(() => {});
    }
    for (const socket of this.sockets) socket.kill();
    await Promise.all(this.pages.map((page) => page.closeAll()));
    for (const server of this.servers) {
      server.child.kill('SIGCONT');
      await server.stop('SIGKILL');
    }
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** A browser whose pages get that error instead of each kind of device. */
const refusing = (browser, error) => ({
  newContext: async () => {
    const context = await browser.newContext();
    await context.addInitScript((name) => {
      navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', name); };
    }, error);
    return context;
  },
});

/** Shares a drawn page of text, without the browser's question. */
const share = (page) => page.evaluate(() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 800 });
  const context = canvas.getContext('2d');
  setInterval(() => {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, 1280, 800);
    context.fillStyle = '#123';
    context.font = '28px sans-serif';
    for (let line = 0; line < 18; line += 1) context.fillText(`${line + 1}. Warp and weft cross at right angles, again and again, ${line * 7}`, 40, 60 + line * 41);
  }, 200);
  navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
  document.getElementById('share').click();
});

const click = (page, id) => page.evaluate((name) => document.getElementById(name).click(), id);
const untilNotice = (page) => page.waitForFunction(() => document.getElementById('notice').offsetParent !== null && document.getElementById('notice').textContent !== '');
const untilOthers = (page, count) => until(page, `${count} others`, ({ participants }) => participants.length === count, 60000);

async function prejoin(studio) {
  const server = await studio.serve();
  const page = await studio.open(server, { room: 'prejoin', source: '', joins: false });
  await page.waitForFunction(() => window.heddle.devices.state.camera.track && document.querySelector('#prejoin-devices [data-device="camera"]').options.length > 1);
  await studio.show(page, 'prejoin: devices');
  await page.click('#prejoin-camera');
  await studio.show(page, 'prejoin: camera off');
  for (const [state, error] of [['denied', 'NotAllowedError'], ['none', 'NotFoundError'], ['busy', 'NotReadableError']]) {
    const refused = await studio.open(server, { room: 'prejoin', source: '', joins: false }, refusing(studio.browser, error));
    await untilNotice(refused);
    await studio.show(refused, `prejoin: ${state}`);
  }
  const plain = await studio.open({ ...server, url: server.url.replace('127.0.0.1', 'heddle.test') }, { room: 'prejoin', source: '', joins: false });
  await untilNotice(plain);
  await studio.show(plain, 'prejoin: insecure');
  const korean = await studio.open(server, { room: 'prejoin', joins: false, language: 'ko' });
  await studio.show(korean, 'prejoin: Korean');
}

async function refusals(studio) {
  const server = await studio.serve('--open', '--max-participants', '1');
  const page = await studio.open(server, { room: 'small' });
  const late = await studio.open(server, { room: 'small', name: 'Bob', joins: false, autojoin: '1' });
  await untilNotice(late);
  await studio.show(late, 'refused: room full');
  await click(page, 'leave');
  await untilNotice(page);
  await studio.show(page, 'left');
}

const LAYOUTS = ['grid', 'speaker', 'sidebar'];

/** So many people, in each layout. */
async function people(studio, counts = [1, 2, 3, 4, 6, 9, 16, 26, 60]) {
  const server = await studio.serve();
  const page = await studio.open(server, { room: 'people' });
  let others = 0;
  for (const count of counts) {
    for (; others < count - 1; others += 1) studio.client(server, 'people', others);
    await untilOthers(page, others);
    const names = await page.evaluate(() => [...window.heddle.call.participants.values()].slice(0, 3).map(({ name }) => name));
    await untilSees(page, names, 60000);
    for (const layout of LAYOUTS) {
      await page.evaluate((wanted) => window.heddle.view.setLayout(wanted), layout);
      await studio.show(page, `${count} ${count === 1 ? 'person' : 'people'}: ${layout}`);
    }
  }
}

/** A host's panels, chat and hands among a few people. */
async function hosts(studio) {
  const server = await studio.serve();
  const page = await studio.open(server, { room: 'hosts' });
  for (let other = 0; other < 5; other += 1) studio.client(server, 'hosts', other, other === 2 ? ['--hand'] : []);
  await untilOthers(page, 5);
  const eve = await studio.socket(server, 'hosts', 'Eve <b>Long</b> 이름');
  await page.waitForFunction(() => [...window.heddle.call.participants.values()].some(({ hand }) => hand));
  await studio.show(page, 'a hand is raised');
  const reactions = page.waitForSelector('.tile .reaction', { state: 'attached' }); // before: they are there for seconds only
  for (const reaction of ['party', 'heart']) await eve.send({ type: 'reaction', reaction });
  await reactions;
  await studio.show(page, 'reaction');
  await click(page, 'people-toggle');
  await studio.show(page, 'host: list of participants');
  await page.click('#people-list li:nth-child(3) button');
  await studio.show(page, 'host: menu of a person');
  await page.click('#person-menu button.danger');
  await studio.show(page, 'host: question before removing');
  await page.click('#host-cancel');
  await page.fill('#people-search', 'nobody like that');
  await studio.show(page, 'list of participants: nobody found');
  await page.fill('#people-search', '');
  await click(page, 'lock-room');
  await page.waitForFunction(() => window.heddle.call.isLocked);
  await studio.show(page, 'host: room locked');
  await click(page, 'waiting-room');
  await click(page, 'lock-room');
  await page.waitForFunction(() => window.heddle.call.hasWaitingRoom && !window.heddle.call.isLocked);
  const late = await studio.open(server, { room: 'hosts', name: 'Zoë', joins: false });
  await late.click('#join');
  await late.waitForSelector('#lets-in:not([hidden])');
  await studio.show(late, 'waiting to be let in');
  await page.waitForFunction(() => document.querySelectorAll('#waiting-list li').length === 1);
  await studio.show(page, 'host: somebody waits');
  await click(page, 'admit-all');
  await page.waitForFunction(() => document.getElementById('waiting').hidden);
  await click(page, 'people-toggle');
  await page.click('#reactions');
  await studio.show(page, 'menu of reactions');
  await page.keyboard.press('Escape');
  await chat(studio, page, eve);
  await click(page, 'settings-open');
  await studio.show(page, 'settings');
  await page.keyboard.press('Escape');
  await page.keyboard.press('l');
  await studio.show(page, 'question before leaving');
  await page.keyboard.press('Escape');
}

async function chat(studio, page, eve) {
  const own = await page.evaluate(() => window.heddle.call.self);
  await eve.send({ type: 'chat', text: 'Good morning! The plan is at https://example.org/plans/2026/spring?view=all, please read it before we begin.' });
  await page.waitForFunction(() => document.title.startsWith('('));
  await studio.show(page, 'chat: unread');
  for (const text of ['안녕하세요, 잘 들립니다.', 'مرحبا بالجميع', `a long word: ${'weft'.repeat(30)}`, '👍🎉'])
    await eve.send({ type: 'chat', text });
  await eve.send({ type: 'chat', text: 'This is for you alone.', to: own });
  await click(page, 'chat-toggle');
  await page.fill('#chat-text', 'Thanks, I have it.');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('#chat-log li').length >= 7);
  await studio.show(page, 'chat');
  const eveId = await page.evaluate(() => [...window.heddle.call.participants.values()].find(({ name }) => name.startsWith('Eve')).id);
  await page.evaluate((id) => window.heddle.view.writeTo(window.heddle.call.participants.get(id)), eveId);
  await page.fill('#chat-text', 'and this for you');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('#chat-log li').length >= 8);
  await studio.show(page, 'chat: private');
  await page.setInputFiles('#file-input', { name: 'plan for the spring of 2026, second draft.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(3000) });
  await page.waitForSelector('.file');
  await studio.show(page, 'chat: a file is offered');
  await eve.send({ type: 'chat', text: 'I see it. Who makes the third draft, and when?' });
  await page.waitForFunction(() => document.querySelector('#chat-log .file + li'));
  await studio.show(page, 'chat: messages after a file');
  await click(page, 'chat-toggle');
}

/** Somebody else is host. */
async function guests(studio) {
  const server = await studio.serve();
  const host = await studio.open(server, { room: 'guests', name: 'Héloïse' });
  const page = await studio.open(server, { room: 'guests' });
  for (let other = 0; other < 2; other += 1) studio.client(server, 'guests', other);
  await untilOthers(page, 3);
  await click(page, 'people-toggle');
  await studio.show(page, 'guest: list of participants');
  await click(page, 'people-toggle');
  const guest = await page.evaluate(() => window.heddle.call.self);
  await host.waitForFunction((id) => window.heddle.call.participants.get(id)?.publications.length === 2, guest);
  await host.evaluate((id) => window.heddle.call.muteParticipant('microphone', id), guest);
  await page.waitForFunction(() => !document.getElementById('call-notice').hidden);
  await studio.show(page, 'muted by a host');
  await share(host);
  await page.waitForSelector('.tile.screen');
  await page.waitForFunction(() => document.querySelector('.tile.screen video').videoWidth > 0);
  await studio.show(page, 'a shared screen');
  await studio.show(host, 'sharing one’s own screen');
  await host.evaluate((id) => window.heddle.call.remove(id, 'We go on without guests now.'), guest);
  await untilNotice(page);
  await studio.show(page, 'removed');
}

async function connections(studio) {
  const server = await studio.serve();
  const page = await studio.open(server, { room: 'connections' });
  const others = [0, 1, 2].map((other) => studio.client(server, 'connections', other));
  await untilOthers(page, 3);
  await untilSees(page, others.map(({ name }) => name));
  await click(page, 'statistics');
  await page.waitForFunction(() => [...document.querySelectorAll('.statistics')].some(({ hidden }) => !hidden));
  await studio.show(page, 'statistics');
  await click(page, 'statistics');
  others[0].child.kill('SIGUSR1');
  await page.waitForFunction(() => [...window.heddle.call.participants.values()].some(({ publications }) => publications.length > 1 && publications.every(({ muted }) => muted)));
  await studio.show(page, 'somebody is muted');
  others[1].child.kill('SIGKILL');
  await page.waitForFunction(() => [...window.heddle.call.participants.values()].some(({ state }) => state === 'reconnecting'));
  await studio.show(page, 'somebody reconnects');
}

/** The server is silent for longer and longer. */
async function silence(studio) {
  const server = await studio.serve();
  const page = await studio.open(server, { room: 'silence' });
  const others = [0, 1].map((other) => studio.client(server, 'silence', other));
  await untilOthers(page, 2);
  await untilSees(page, others.map(({ name }) => name));
  server.child.kill('SIGSTOP');
  await page.waitForFunction(() => window.heddle.call.status().state !== 'connected', null, { timeout: 60000 });
  await studio.show(page, 'oneself reconnects');
  await page.waitForFunction(() => window.heddle.call.isDown, null, { timeout: 60000 });
  await studio.show(page, 'server gone');
}

async function recorded(studio) {
  const server = await studio.serve('--open', '--mesh-max', '0', '--recordings', studio.folder());
  const page = await studio.open(server, { room: 'recorded' });
  await click(page, 'people-toggle');
  await click(page, 'record');
  await page.waitForFunction(() => window.heddle.call.recording.state === 'on');
  await studio.show(page, 'host: the room is recorded');
  const late = await studio.open(server, { room: 'recorded', name: 'Zoë', joins: false });
  await late.waitForSelector('#room-preview:not([hidden])');
  await studio.show(late, 'prejoin: a room that is recorded');
  await click(page, 'record');
  await studio.show(page, 'host: is the recording to end?');
  await page.click('#host-question button[value="yes"]');
  await page.waitForFunction(() => !document.getElementById('call-notice').hidden);
  await studio.show(page, 'the recording has ended');
}

async function encrypted(studio) {
  const server = await studio.serve();
  const page = await studio.open(server, { room: 'encrypted', joins: false, key: 'warp' });
  await studio.show(page, 'prejoin: end-to-end encryption');
  await page.click('#join');
  const other = await studio.open(server, { room: 'encrypted', name: 'Zoë', key: 'weft' });
  await other.waitForFunction(() => !document.getElementById('call-notice').hidden);
  await studio.show(other, 'somebody has another key');
}

/** What has the most words, in Korean. */
async function korean(studio) {
  const server = await studio.serve('--open', '--mesh-max', '0', '--recordings', studio.folder());
  const page = await studio.open(server, { room: 'korean', name: '김하늘', language: 'ko' });
  for (const other of [1, 8, 2]) studio.client(server, 'korean', other, other === 2 ? ['--hand'] : []);
  await untilOthers(page, 3);
  await page.waitForFunction(() => [...window.heddle.call.participants.values()].some(({ hand }) => hand));
  await page.click('#layout');
  await studio.show(page, 'Korean: menu of the view');
  await page.keyboard.press('Escape');
  await click(page, 'settings-open');
  await studio.show(page, 'Korean: settings');
  await page.keyboard.press('Escape');
  await click(page, 'statistics');
  await page.waitForFunction(() => [...document.querySelectorAll('.statistics')].some(({ hidden }) => !hidden));
  await click(page, 'people-toggle');
  await studio.show(page, 'Korean: list of participants, statistics');
}

/** By the word that `./dev gallery` takes. */
export const scenes = { prejoin, refusals, people, hosts, guests, connections, silence, recorded, encrypted, korean };
