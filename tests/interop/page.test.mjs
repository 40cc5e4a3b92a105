// The page as a person meets it: by keyboard, by what a screen reader is told, and
// whether everything has a place on the screen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { openPage, until } from './lib/pages.mjs';
import { Client, startServer } from './signaling_client.mjs';

const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 }, sideways: { width: 844, height: 390 }, zoomed: { width: 640, height: 400 } }; // the last one: 1280x800 at 200 %
const LONG = 'x'.repeat(64);
let server;
let browser;
let page;

before(async () => {
  server = await startServer();
  browser = await launchChromium();
  page = await openPage(browser, server, { room: 'page', name: LONG });
  await until(page, 'joining', ({ status }) => status === 'connected');
});
after(async () => {
  await browser.close();
  await server.stop();
});

const names = (ids) => page.evaluate((all) => all.map((id) => {
  const button = document.getElementById(id);
  return [button.getAttribute('aria-label'), button.getAttribute('aria-pressed'), button.disabled];
}), ids);

/** What lies outside the window, or is drawn over something else that is said. */
const misplaced = () => page.evaluate(() => {
  const box = (element) => element.getBoundingClientRect();
  const isShown = (element) => element.offsetParent !== null;
  const isOutside = (element) => {
    const { left, top, right, bottom } = box(element);
    return left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1;
  };
  const found = [...document.querySelectorAll('button, input, .tile, .note, #alone, #status, #pages')].filter(isShown).filter(isOutside);
  const cut = [...document.querySelectorAll('.note')].filter((note) => {
    const [inner, outer] = [box(note), box(note.closest('.tile'))];
    return note.scrollWidth > note.clientWidth + 1 || inner.right > outer.right || inner.bottom > outer.bottom;
  });
  return [...found, ...cut].map((element) => `${element.id || element.className} ${element.textContent}`);
});

test('alone and in a crowd, in both layouts, everything has a place on the screen', async () => {
  const others = [];
  for (const count of [0, 2, 9, 25]) {
    while (others.length < count) {
      const other = new Client(server);
      await other.join('page', { name: LONG });
      others.push(other);
    }
    await page.waitForFunction((all) => window.heddle.call.participants.size === all, count);
    for (const layout of ['grid', 'speaker', 'sidebar']) {
      await page.evaluate((wanted) => window.heddle.view.setLayout(wanted), layout);
      for (const [name, size] of Object.entries(sizes)) {
        await page.setViewportSize(size);
        await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
        assert.deepEqual(await misplaced(), [], `${count} others, ${layout}, ${name}`);
        const heights = await page.evaluate(() => [...document.querySelectorAll('.tile')].map((tile) => tile.getBoundingClientRect().height));
        const covered = await page.evaluate(() => [...document.querySelectorAll('.tile')].map((tile) => tile.querySelector('.caption').getBoundingClientRect().height / tile.getBoundingClientRect().height));
        assert.ok(Math.max(...covered) <= 0.55, `${count} others, ${layout}, ${name}: captions cover ${Math.max(...covered)} of a tile`);
        assert.ok(Math.min(...heights) >= 34, `${count} others, ${layout}, ${name}: tiles of ${heights}`);
        if (layout === 'grid') continue;
        const main = await page.evaluate(() => document.querySelector('.tile.main').getBoundingClientRect().height);
        assert.equal(main, Math.max(...heights), `${count} others, ${name}: the main tile is not the largest`);
      }
    }
  }
  for (const [name, size] of Object.entries(sizes)) {
    await page.setViewportSize(size);
    const tops = await page.evaluate(() => [...document.querySelectorAll('.buttons button')].filter((button) => button.checkVisibility()).map((button) => button.getBoundingClientRect().top));
    assert.equal(new Set(tops).size, 1, `${name}: the buttons are in one row`);
  }
  await page.setViewportSize(sizes.desktop);
  others.forEach(({ socket }) => socket.close());
});

test('a button that says what it will do is not "pressed", too', async () => {
  assert.deepEqual(await names(['mute', 'camera-toggle', 'share']), [['Mute', null, false], ['Camera off', null, false], ['Share screen', null, false]]);
  await page.keyboard.press('m');
  await page.keyboard.press('v');
  assert.deepEqual(await names(['mute', 'camera-toggle']), [['Unmute', null, false], ['Camera on', null, false]]);
  await page.keyboard.press('m');
  await page.keyboard.press('v');
});

test('the key that opens the chat is not written into it; a key that is held counts once', async () => {
  await page.keyboard.press('c');
  assert.equal(await page.inputValue('#chat-text'), '');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'chat-text');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'chat-toggle');
  await page.keyboard.down('m');
  await page.keyboard.down('m'); // as the keyboard repeats it
  await page.keyboard.up('m');
  assert.deepEqual(await names(['mute']), [['Unmute', null, false]]);
  await page.keyboard.press('m');
});

test('arrow keys move in a menu, Escape closes it and gives the focus back, and Tab goes on from its button', async () => {
  const focused = () => page.evaluate(() => [document.activeElement.textContent.trim(), document.activeElement.getAttribute('role')]);
  const focusedId = () => page.evaluate(() => document.activeElement.id);
  await page.focus('#layout');
  await page.keyboard.press('Enter');
  assert.deepEqual(await focused(), ['Grid', 'menuitemradio']);
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await focused(), ['Speaker', 'menuitemradio']);
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowUp');
  const last = await focused();
  await page.keyboard.press('End');
  assert.deepEqual(await focused(), last);
  assert.notEqual(last[0], 'Grid');
  await page.keyboard.press('Escape');
  assert.equal(await focusedId(), 'layout');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.equal(await focusedId(), 'chat-toggle');
  assert.equal(await page.evaluate(() => document.querySelector(':popover-open')), null);
});

test('the tiles are one stop of the Tab key, arrow keys lead from one to another, and who comes does not take the focus', async (t) => {
  const others = [];
  t.after(() => others.forEach((other) => other.kill()));
  const add = async () => {
    const other = new Client(server);
    others.push(other);
    await other.join('page', { name: `Bob ${others.length}` });
    await page.waitForSelector(`.tile[aria-label*="Bob ${others.length}"]`);
  };
  for (let count = 0; count < 3; count += 1) await add();
  const stops = () => page.evaluate(() => [...document.querySelectorAll('#stage .pin')].filter(({ tabIndex }) => tabIndex === 0).length);
  const focused = () => page.evaluate(() => [...document.querySelectorAll('#stage .pin')].indexOf(document.activeElement));
  assert.equal(await stops(), 1);
  await page.focus('#stage .pin[tabindex="0"]');
  for (const [key, at] of [['Home', 0], ['ArrowRight', 1], ['ArrowDown', 2], ['ArrowLeft', 1], ['End', 3], ['ArrowRight', 3]]) {
    await page.keyboard.press(key);
    assert.equal(await focused(), at, key);
    assert.equal(await stops(), 1);
  }
  await add();
  assert.equal(await focused(), 4, 'oneself is the last one');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.closest('#stage')), null);
});

test('the status lies over the tiles: what is looked at does not jump', async () => {
  const stageTop = () => page.evaluate(() => document.getElementById('stage').getBoundingClientRect().top);
  const top = await stageTop();
  await page.evaluate(() => window.heddle.view.status.show({ state: 'failed', attempt: 0, max: 3, lostBy: [] }));
  assert.equal(await stageTop(), top);
  assert.deepEqual(await misplaced(), []);
  await page.evaluate(() => window.heddle.view.showStatus());
});

test('who came without devices can add them by the same buttons, in the language that was chosen', async () => {
  const other = await openPage(browser, server, { room: 'page', name: 'Bob', source: 'none', language: 'ko' });
  await until(other, 'joining', ({ status }) => status === 'connected');
  const said = await other.evaluate(() => ['mute', 'camera-toggle'].map((id) => [document.getElementById(id).innerText.trim(), document.getElementById(id).disabled]));
  assert.deepEqual(said, [['마이크 추가', false], ['카메라 추가', false]]);
  assert.deepEqual(await other.evaluate(() => ['stage', 'chat'].map((id) => document.getElementById(id).getAttribute('aria-label'))), ['참가자', '채팅']);
  assert.deepEqual(other.problems, []);
  await other.closeAll();
});

test('no video is shown before the page has loaded: one without a picture would hold up its load event for ever', async () => {
  const watched = { newContext: async () => {
    const context = await browser.newContext();
    await context.addInitScript(() => {
      window.shownAt = [];
      const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
      Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', { get, set(stream) {
        if (stream) window.shownAt.push(document.readyState);
        set.call(this, stream);
      } });
    });
    return context;
  } };
  const other = await openPage(watched, server, { room: 'page', name: 'Zoë' });
  await until(other, 'joining', ({ status }) => status === 'connected');
  assert.deepEqual([...new Set(await other.evaluate(() => window.shownAt))], ['complete']);
  await other.closeAll();
});
