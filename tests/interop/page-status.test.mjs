// What the page says of connections: its own, and the others'.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { startClient } from './lib/client.mjs';
import { openPage, until, untilSees } from './lib/pages.mjs';
import { startServer } from './signaling_client.mjs';

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

async function serve(t) {
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(async () => {
    server.child.kill('SIGCONT');
    await server.stop();
  });
  return server;
}

const tile = (page, name) => page.evaluate((who) => {
  const found = [...document.querySelectorAll('.tile')].find((one) => one.getAttribute('aria-label').startsWith(`“${who}”`));
  return found && { label: found.getAttribute('aria-label'), isFrozen: found.classList.contains('frozen'), level: found.querySelector('.quality').dataset.level };
}, name);
const untilTile = (page, what, name, check) => until(page, what, async () => {
  const found = await tile(page, name);
  return found && check(found);
}, 15000);

test('when the server is silent, no picture looks alive, and that is said; all of it ends with the silence', async (t) => {
  const server = await serve(t);
  const pages = {};
  t.after(() => Promise.all(Object.values(pages).map((page) => page.closeAll())));
  for (const name of ['Ann', 'Bob']) pages[name] = await openPage(browser, server, { room: 'silent', name });
  await untilSees(pages.Ann, ['Bob']);
  assert.equal((await tile(pages.Ann, 'Bob')).isFrozen, false);
  server.child.kill('SIGSTOP');
  await untilTile(pages.Ann, 'the still picture', 'Bob', ({ isFrozen, label, level }) => isFrozen && label.includes('frozen picture') && level === '');
  assert.equal((await tile(pages.Ann, 'Ann')).isFrozen, false, 'one’s own picture moves');
  await untilTile(pages.Ann, 'the mark of one’s own connection', 'Ann', ({ level }) => level === 'poor');
  await pages.Ann.waitForFunction(() => !document.getElementById('status').hidden && document.getElementById('status').dataset.state !== 'connected');
  await pages.Ann.click('#mute');
  const icon = await pages.Ann.evaluate(() => {
    const use = document.querySelector('#mute use');
    return [use.getAttribute('href'), use.getBBox().width > 0];
  });
  assert.deepEqual(icon, ['#icon-microphone-off', true], 'icons need no server');
  server.child.kill('SIGCONT');
  await untilTile(pages.Ann, 'the living picture', 'Bob', ({ isFrozen }) => !isFrozen);
  await untilTile(pages.Ann, 'the mark of one’s own connection', 'Ann', ({ level }) => level !== 'poor');
});

test('a person who is silent has the still picture and the mark; one’s own status stays well', async (t) => {
  const server = await serve(t);
  const client = startClient(server, { room: 'person', name: 'Weft', duration: 120 });
  const page = await openPage(browser, server, { room: 'person', name: 'Ann', language: 'ko' });
  t.after(async () => {
    client.child.kill('SIGKILL');
    await page.closeAll();
  });
  await untilSees(page, ['Weft']);
  await page.click('#statistics');
  await page.waitForFunction(() => [...document.querySelectorAll('.statistics')].some(({ hidden, textContent }) => !hidden && /손실 \d/.test(textContent) && /왕복 \d/.test(textContent)));
  client.child.kill('SIGSTOP');
  await untilTile(page, 'the still picture', 'Weft', ({ isFrozen, label, level }) => isFrozen && label.includes('화면 멈춤') && level === 'poor');
  assert.equal(await page.evaluate(() => window.heddle.call.status().state), 'connected');
  assert.equal((await tile(page, 'Ann')).level, 'good');
  client.child.kill('SIGCONT');
  await untilTile(page, 'the living picture', 'Weft', ({ isFrozen }) => !isFrozen);
});

test('who comes and goes is told to screen readers, not who was there before', async (t) => {
  const server = await serve(t);
  const bob = await openPage(browser, server, { room: 'news', name: 'Bob', source: 'none' });
  const ann = await openPage(browser, server, { room: 'news', name: 'Ann', source: 'none' });
  t.after(() => ann.closeAll());
  await until(ann, 'joining', ({ participants }) => participants.length === 1);
  await bob.waitForFunction(() => document.getElementById('announcer').textContent.includes('Ann has joined'));
  await bob.closeAll();
  await ann.waitForFunction(() => document.getElementById('announcer').textContent.includes('Bob has left'), null, { timeout: 20000 });
  assert.doesNotMatch(await ann.textContent('#announcer'), /Bob has joined/);
});

test('a page that the browser kept is on the prejoin page, not in a call that is over', async (t) => {
  const server = await serve(t);
  const page = await openPage(browser, server, { room: 'kept', name: 'Ann' });
  t.after(() => page.closeAll());
  await until(page, 'joining', ({ status }) => status === 'connected');
  await page.evaluate(() => {
    window.tracks = [...window.heddle.call.sources.values()].map(({ track }) => track);
    for (const type of ['pagehide', 'pageshow']) dispatchEvent(new PageTransitionEvent(type, { persisted: true }));
  });
  assert.ok(await page.isVisible('#join'));
  assert.match(await page.textContent('#notice'), /left the room/);
  assert.deepEqual(await page.evaluate(() => window.tracks.map(({ readyState }) => readyState)), ['ended', 'ended']);
  await page.click('#join');
  await until(page, 'joining again', ({ status }) => status === 'connected');
});

test('a browser that makes no connection says so, with its reason, in place of connecting for ever', async (t) => {
  const reason = 'ICE server parsing failed: Invalid port';
  const server = await startServer(['--open', '--mesh-max', '0', '--ice-server', 'stun:127.0.0.1:9']);
  t.after(() => server.stop());
  // It refuses the first one, made before the server has answered; or only those with the servers that it is told of.
  for (const takesNone of [true, false]) {
    const refusing = {
      newContext: async () => {
        const context = await browser.newContext();
        await context.addInitScript(([why, isAlways]) => {
          const Real = window.RTCPeerConnection;
          window.RTCPeerConnection = class extends Real {
            constructor(config) {
              if (isAlways || config.iceServers?.length > 0) throw new DOMException(why, 'SyntaxError');
              super(config);
            }
          };
        }, [reason, takesNone]);
        return context;
      },
    };
    const page = await openPage(refusing, server, { room: 'none', name: 'Ann' });
    t.after(() => page.closeAll());
    await page.waitForFunction((why) => {
      const element = document.getElementById('notice');
      return element.offsetParent !== null && element.textContent.includes(why) && document.getElementById('call').hidden;
    }, reason, { timeout: 10000 });
    assert.deepEqual(page.problems, []);
  }
});

test('a codec of the address that the browser does not know is said, and the call goes on with another', async (t) => {
  const server = await serve(t);
  const page = await openPage(browser, server, { room: 'codec', name: 'Ann', codec: 'nosuch' });
  t.after(() => page.closeAll());
  await page.waitForFunction(() => document.getElementById('call-notice').textContent.includes('nosuch'));
  await until(page, 'the call', ({ status }) => status === 'connected');
  assert.deepEqual(page.problems, []);
});

/** A browser whose pages begin with that. */
const prepared = (prepare) => ({
  newContext: async () => {
    const context = await browser.newContext();
    await context.addInitScript(prepare);
    return context;
  },
});

test('a browser without WebRTC says so before one joins, in both languages', async (t) => {
  const server = await serve(t);
  const page = await openPage(prepared(() => { delete window.RTCPeerConnection; }), server, { room: 'none', name: 'Ann', joins: false });
  t.after(() => page.closeAll());
  await page.waitForFunction(() => document.getElementById('notice').innerText.includes('it has no WebRTC'));
  await page.click('#prejoin-language');
  await page.waitForFunction(() => document.getElementById('notice').innerText.includes('WebRTC') && document.documentElement.lang === 'ko');
  await page.click('#join');
  assert.ok(await page.isVisible('#join'), 'no call that connects for ever');
});

test('who reconnects stands behind the others, and is not the large tile', async (t) => {
  const server = await serve(t);
  const page = await openPage(browser, server, { room: 'ghosts', name: 'Ann' });
  t.after(() => page.closeAll());
  const others = [];
  for (const name of ['Bob', 'Cy']) {
    others.push(startClient(server, { room: 'ghosts', name, duration: 30, args: ['--receive', 'none', '--video', '160x90@5:60k'] }).child);
    await page.waitForFunction((count) => document.querySelectorAll('.tile').length === count, others.length + 1);
  }
  t.after(() => others.forEach((child) => child.kill('SIGKILL')));
  const tiles = () => page.evaluate(() => [...document.querySelectorAll('.tile')].map((tile) => tile.querySelector('bdi').textContent + (tile.classList.contains('main') ? '*' : '')));
  await page.evaluate(() => window.heddle.view.setLayout('speaker'));
  assert.deepEqual((await tiles()).map((name) => name.replace('*', '')), ['Bob', 'Cy', 'Ann']);
  others[0].kill('SIGKILL');
  await page.waitForFunction(() => document.querySelector('.tile').classList.contains('main') && document.querySelector('.tile bdi').textContent === 'Cy');
  assert.deepEqual(await tiles(), ['Cy*', 'Bob', 'Ann']);
  assert.match(await page.getAttribute('.tile:nth-child(2)', 'aria-label'), /reconnecting/);
});

test('during a call the screen is kept awake; the call fills the screen, and is seen beside other windows; the page can be installed', async (t) => {
  const server = await serve(t);
  const watched = prepared(() => {
    window.locks = { asked: 0, released: 0 };
    const request = async () => {
      window.locks.asked += 1;
      return { release: () => { window.locks.released += 1; } };
    };
    Object.defineProperty(navigator, 'wakeLock', { value: { request } });
    HTMLVideoElement.prototype.requestPictureInPicture = async function show() { window.small = this; };
    Object.defineProperty(document, 'pictureInPictureEnabled', { value: true });
  });
  const page = await openPage(watched, server, { room: 'awake', name: 'Ann' });
  t.after(() => page.closeAll());
  await until(page, 'joining', ({ status }) => status === 'connected');
  const choose = async (label) => {
    await page.click('#layout');
    await page.click(`#view-menu button:text-is("${label}")`);
  };
  await choose('Full screen');
  await page.waitForFunction(() => document.fullscreenElement === document.documentElement);
  await choose('Leave full screen');
  await page.waitForFunction(() => document.fullscreenElement === null);
  await choose('Picture in picture');
  assert.ok(await page.evaluate(() => window.small === window.heddle.view.stage.mainVideo()));
  assert.deepEqual(await page.evaluate(() => window.locks), { asked: 1, released: 0 });
  await page.click('#leave');
  await page.waitForFunction(() => window.locks.released === 1);
  const { manifest, icons } = await page.evaluate(async () => {
    const url = document.querySelector('link[rel="manifest"]').href;
    const read = await (await fetch(url)).json();
    return { manifest: read, icons: await Promise.all(read.icons.map(async ({ src }) => (await fetch(new URL(src, url))).ok)) };
  });
  assert.ok(manifest.name && manifest.start_url && manifest.display === 'standalone' && icons.length > 0 && icons.every(Boolean), JSON.stringify(manifest));
});
