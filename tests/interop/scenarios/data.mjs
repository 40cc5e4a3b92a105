// Data channels of pages in Chromium and Firefox. Run inside a namespace, because Firefox never sends to a loopback
// candidate; it fails when anything is not as it should be.
import assert from 'node:assert/strict';
import { launchChromium, launchFirefox } from '../lib/browser.mjs';
import { ADDRESS } from '../lib/namespace.mjs';
import { startClient, UNTIL_TOLD } from '../lib/client.mjs';
import { openPage } from '../lib/pages.mjs';
import { eventually } from '../lib/wait.mjs';
import { startServer } from '../signaling_client.mjs';

const here = ['--open', '--public-ip', ADDRESS];

/** A page that keeps what it hears as "name policy text", and tells when its channel is open. */
async function join(browser, server, room, name) {
  const page = await openPage(browser, server, { room, name, source: 'none', data: '1' });
  await page.evaluate(() => {
    const { call } = window.heddle;
    window.heard = [];
    window.told = [];
    call.addEventListener('data', ({ detail: { from, topic, payload, policy, isPrivate } }) => {
      const name = call.participants.get(from)?.name ?? from;
      window.heard.push(`${name} ${policy}${isPrivate ? ' alone' : ''} ${topic}: ${payload.length > 100 ? payload.length : new TextDecoder().decode(payload)}`);
    });
    for (const type of ['data-refused', 'data-lost', 'data-ready']) call.addEventListener(type, ({ detail }) => window.told.push([type, detail?.code]));
  });
  return unify(page);
}

// playwright hands one argument to what it evaluates, puppeteer any number.
function unify(page) {
  const evaluate = page.evaluate.bind(page);
  page.say = (payload, how = {}) => evaluate(([what, options]) => {
    const { call } = window.heddle;
    const to = options.to && ([...call.participants.values()].find(({ name }) => name === options.to)?.id ?? options.to);
    return call.sendData(typeof what === 'number' ? new Uint8Array(what) : what, { ...options, to });
  }, [payload, how]);
  page.heard = () => evaluate(() => window.heard);
  page.told = () => evaluate(() => window.told);
  page.hears = (line) => {
    let heard;
    return eventually(() => `${line} is not among ${JSON.stringify(heard)}; ${page.problems}`, async () => {
      heard = await page.heard();
      return heard.includes(line);
    }, 8000, 50);
  };
  return page;
}

/** A C client that prints what it hears. */
const startWeft = (server, room, ...args) => startClient(server, { room, name: 'Weft', duration: UNTIL_TOLD, quiet: false, args: ['--send', 'none', '--data', ...args] });

/** A file of the one page comes to the other, which accepts it by its button. */
async function sendFile(from, to) {
  await from.evaluate(() => window.heddle.view.files.transfers.offer(new Blob([Uint8Array.from({ length: 200000 }, (_, index) => index * 7)]), { name: 'plan.bin' }));
  let shown;
  await eventually(() => `no file is offered: ${shown}`, async () => {
    shown = await to.evaluate(() => {
      if (document.getElementById('chat').hidden) document.getElementById('chat-toggle').click();
      const accept = [...document.querySelectorAll('#chat button')].find(({ innerText }) => innerText === 'Accept');
      accept?.click();
      return accept ? 'accepted' : document.getElementById('chat').innerText;
    });
    return shown === 'accepted';
  }, 8000, 50);
  await eventually('it has come', () => to.evaluate(() => document.querySelector('#chat a[download]') !== null), 8000, 50);
  const isSame = await to.evaluate(async () => {
    const { blob } = [...window.heddle.view.files.rows.keys()].find((file) => file.blob);
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return bytes.length === 200000 && bytes.every((byte, index) => byte === (index * 7) % 256);
  });
  assert.ok(isSame);
}

/** Messages of every kind, to all and to one, in a room on two workers. */
async function sayEverything() {
  const server = await startServer([...here, '--mesh-max', '0', '--workers', '2', '--room-share', '1']);
  const [ann, bob, fox] = await Promise.all([join(chromium, server, 'data', 'Ann'), join(chromium, server, 'data', 'Bob'), join(firefox, server, 'data', 'Fox')]);
  const all = [['Ann', ann], ['Bob', bob], ['Fox', fox]];
  const others = (count) => Promise.all(all.map(([name, page]) => eventually(() => `${name} knows who is there`, () => page.evaluate((size) => window.heddle.call.participants.size === size, count), 8000, 50)));
  await others(2); // who comes after the client is greeted alone
  const weft = startWeft(server, 'data', '--send-data', 'from C');
  await others(3);
  for (const [, page] of all) assert.ok(await page.say('hello', { topic: 'words' }));
  for (const [name, page] of all) for (const [other] of all) if (other !== name) await page.hears(`${other} ordered words: hello`);
  for (const [, page] of all) await page.hears('Weft ordered text: from C');
  await eventually(() => weft.saw(), () => weft.log.split('sends words: hello\n').length === 4);
  for (const [name, page] of all) assert.ok(await page.say('soon', { policy: 'lossy' }), `${name} has a channel`);
  for (const [name, page] of all) for (const [other] of all) if (other !== name) await page.hears(`${other} lossy : soon`);
  assert.ok(await ann.say('for you', { to: 'Fox', policy: 'unordered' }));
  assert.ok(await fox.say(16000, { to: 'Ann', topic: 'large' }));
  await fox.hears('Ann unordered alone : for you');
  await ann.hears('Fox ordered alone large: 16000');
  assert.equal(await ann.say('nobody', { to: 'p99' }), false);
  assert.equal((await bob.heard()).length, 5, 'what was for one alone');
  for (const [name, page] of all) assert.deepEqual(await page.told(), [], name);
  await sendFile(ann, fox);
  await sendFile(fox, ann);
  const room = await (await fetch(`${server.url}api/v1/rooms/data`)).json();
  assert.equal(new Set(room.participants.map(({ connection }) => connection.worker)).size, 2, 'two workers');
  await Promise.all([ann, bob, fox].map((page) => page.closeAll()));
  assert.equal((await weft.end()).code, 0);
  await server.stop();
}

/** Both send on and on while the room moves between router and Mesh. Returns how many messages each sent. */
async function moveOnAndOn() {
  const server = await startServer([...here, '--mesh-hold', '0']);
  const [ann, fox] = await Promise.all([join(chromium, server, 'moves', 'Ann'), join(firefox, server, 'moves', 'Fox')]);
  const weft = startWeft(server, 'moves');
  await eventually(() => weft.saw(), () => weft.log.includes('joined moves'));
  for (const page of [ann, fox]) {
    await page.evaluate(() => {
      const { call } = window.heddle;
      window.sent = 0;
      window.timer = setInterval(() => { if (call.participants.size > 1 && call.sendData(`${window.sent}`)) window.sent += 1; }, 10);
    });
  }
  const becomes = (topology) => eventually(() => `the room becomes ${topology}`, async () => {
    const known = await Promise.all([ann, fox].map((page) => page.evaluate(() => `${window.heddle.call.topology} ${window.heddle.call.isSwitching}`)));
    return known.every((one) => one === `${topology} false`);
  }, 15000, 100);
  for (const topology of ['mesh', 'sfu']) {
    await ann.evaluate((pin) => window.heddle.call.setPin(pin), topology);
    await becomes(topology);
  }
  const counts = await Promise.all([ann, fox].map((page) => page.evaluate(() => { clearInterval(window.timer); return window.sent; })));
  await ann.hears(`Fox ordered : ${counts[1] - 1}`);
  await fox.hears(`Ann ordered : ${counts[0] - 1}`);
  const wanted = (name, count) => Array.from({ length: count }, (_, index) => `${name} ordered : ${index}`);
  assert.deepEqual(await ann.heard(), wanted('Fox', counts[1]));
  assert.deepEqual(await fox.heard(), wanted('Ann', counts[0]));
  assert.deepEqual([await ann.told(), await fox.told()], [[], []]);
  const ids = await ann.evaluate(() => [window.heddle.call.self, [...window.heddle.call.participants.values()].find(({ name }) => name === 'Fox').id]);
  const cameTo = (id) => [...weft.log.matchAll(new RegExp(`^(?:\\r\\S*)?${id} sends : (\\d+)$`, 'gm'))].map(([, number]) => Number(number));
  for (const [index, id] of ids.entries()) {
    await eventually(() => `${id}: ${weft.saw().slice(-500)}`, () => cameTo(id).length >= counts[index]);
    assert.deepEqual(cameTo(id), Array.from({ length: counts[index] }, (_, number) => number));
  }
  await Promise.all([ann.closeAll(), fox.closeAll()]);
  await weft.end();
  await server.stop();
  return counts;
}

const [chromium, firefox] = await Promise.all([launchChromium(), launchFirefox()]);
const [moved] = await Promise.all([moveOnAndOn(), sayEverything()]);
console.log(JSON.stringify({ moved }));
await Promise.all([chromium.close(), firefox.close()]);
