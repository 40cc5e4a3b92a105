// The page where there is little room: a phone upright and on its side, long names, a chat
// that is turned, a bar over somebody's screen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { openPage, until } from './lib/pages.mjs';
import { Client, startServer } from './signaling_client.mjs';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const SIDEWAYS = { width: 844, height: 390 };
let server;
let browser;
let page;
let bob;

before(async () => {
  server = await startServer(['--open', '--mesh-max', '0']);
  browser = await launchChromium();
  page = await openPage(browser, server, { room: 'small', name: 'Ann' });
  await until(page, 'joining', ({ status }) => status === 'connected');
  bob = new Client(server);
  await bob.join('small', { name: 'Shuttle with a shed' });
  await until(page, 'Bob', ({ participants }) => participants.length === 1);
});
after(async () => {
  await browser.close();
  await server.stop();
});

const labels = (selector) => page.evaluate((wanted) => [...document.querySelectorAll(wanted)].filter((button) => button.checkVisibility()).map((button) => button.getAttribute('aria-label') ?? button.textContent), selector);
/** Shares a drawn screen. */
async function share(who) {
  await who.evaluate(async () => {
    const { openCanvas } = await import('/media.js');
    navigator.mediaDevices.getDisplayMedia = async () => openCanvas({ audio: false, label: 'screen' });
    document.getElementById('share').click();
  });
  await who.waitForSelector('#sharing:not([hidden])');
}
const focused = () => page.evaluate(() => document.activeElement.id);

test('a phone has a few buttons that a finger meets, and a menu with all others', async () => {
  await page.setViewportSize(DESKTOP);
  const all = (await labels('.buttons button')).filter((label) => label !== 'More');
  await page.setViewportSize(PHONE);
  const inBar = await labels('.buttons button');
  const sizes = await page.evaluate(() => [...document.querySelectorAll('.buttons button')].filter((button) => button.checkVisibility()).map((button) => [button.offsetWidth, button.offsetHeight]));
  assert.ok(inBar.length <= 6 && sizes.flat().every((size) => size >= 44), `${inBar}: ${sizes}`);
  await page.click('#more');
  const inMenu = await labels('#more-menu button');
  const lefts = await page.evaluate(() => [...document.querySelectorAll('#more-menu button')].map((button) => getComputedStyle(button, '::before').width));
  assert.equal(new Set(lefts).size, 1, `the words are in one column: ${lefts}`);
  assert.deepEqual([...inBar, ...inMenu].filter((label) => label !== 'More').sort(), all.sort());
  assert.match(await page.innerText('#more-menu'), /small · 2 here/);
  await page.click('#more-menu button:text("View")');
  await page.waitForSelector('#view-menu:popover-open');
  const { top, bottom } = await page.evaluate(() => document.getElementById('view-menu').getBoundingClientRect());
  assert.ok(top >= 0 && bottom <= PHONE.height && bottom > PHONE.height / 2, 'at the button that opened it');
  await page.keyboard.press('Escape');
  await page.click('#more');
  await page.setViewportSize(SIDEWAYS); // all buttons have a place now
  await page.waitForFunction(() => !document.querySelector(':popover-open'));
  await page.setViewportSize(PHONE);
  await page.keyboard.press('p'); // keys work as ever
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'more');
});

test('the menu "View" says how the room is connected, and why, also when a host has chosen it', async () => {
  await page.setViewportSize(DESKTOP);
  const said = async () => {
    await page.click('#layout');
    const words = await page.innerText('#view-menu');
    await page.keyboard.press('Escape');
    return words;
  };
  assert.match(await said(), /Connection: router \(this server has no other\)/);
  const ticked = await page.evaluate(() => [...document.querySelectorAll('#view-menu button')].filter((button) => getComputedStyle(button, '::before').content === '"✓"').map(({ textContent }) => textContent));
  assert.deepEqual(ticked, ['Grid', 'All pictures', 'Automatic', 'Automatic'], 'what is chosen is seen: of the mix, and of the connection, too');
  await page.click('#layout');
  await page.click('#view-menu button:text-is("By the router")');
  await page.waitForFunction(() => window.heddle.call.pin === 'sfu' && document.querySelector('#call-notice p').innerText.includes('chose how this room is connected: By the router.'));
  assert.match(await said(), /Connection: router \(chosen by \u2068.+\u2069\)/);
  assert.match(await page.getAttribute('#mode', 'title'), /Connection: router \(chosen by \u2068.+\u2069\)/);
});

test('a name is whole where there is room, also of who has no connection that could be judged', async () => {
  await page.setViewportSize(DESKTOP);
  const caption = await page.evaluate(() => {
    const [name] = [...document.querySelectorAll('.tile:not(.mirrored) .caption bdi')];
    return { text: name.textContent, isMarked: name.previousSibling.checkVisibility(), isWhole: name.scrollWidth <= name.clientWidth };
  });
  assert.deepEqual(caption, { text: 'Shuttle with a shed', isMarked: false, isWhole: true });
});

test('what is unread is counted on the button; who looks at the statistics sees what goes out, too', async () => {
  for (const text of ['one', 'two']) await bob.send({ type: 'chat', text });
  await page.waitForFunction(() => document.getElementById('chat-toggle').dataset.count === '2');
  assert.match(await page.evaluate(() => getComputedStyle(document.getElementById('chat-toggle'), '::after').content), /2|data-count/);
  await page.click('#chat-toggle');
  assert.equal(await page.evaluate(() => document.getElementById('chat-toggle').classList.contains('unread')), false);
  await page.click('#chat-toggle');
  await page.click('#statistics');
  await page.waitForFunction(() => /\d+×\d+\nsent \d.*\nsound sent \d/.test(document.querySelector('.tile.mirrored .statistics').textContent));
  await page.click('#statistics');
  assert.equal(await page.evaluate(() => document.querySelector('.tile.mirrored .statistics').hidden), true);
});

test('where there is little height, a question and the prejoin have their buttons on the screen', async () => {
  await page.setViewportSize(SIDEWAYS);
  await page.click('#settings-open');
  const bottom = await page.evaluate(() => document.querySelector('#settings button.primary').getBoundingClientRect().bottom);
  assert.ok(bottom < SIDEWAYS.height, String(bottom));
  await page.keyboard.press('Escape');
  const prejoin = await openPage(browser, server, { room: 'small', name: 'Cy', source: '', joins: false });
  await prejoin.setViewportSize(SIDEWAYS);
  await prejoin.evaluate(async () => (await import('/i18n.js')).setText(Object.assign(document.getElementById('notice'), { hidden: false }), 'bothBusy'));
  assert.ok(await prejoin.evaluate(() => document.getElementById('join').getBoundingClientRect().bottom < innerHeight));
  await prejoin.closeAll();
});

test('the end of the chat stays in view when a phone is turned', async () => {
  for (let line = 0; line < 20; line += 1) await page.evaluate((number) => window.heddle.view.chat.receive({ from: 'p9', name: 'Cy', text: `line ${number} ${'warp and weft '.repeat(number)}`, at: number + 1 }), line);
  await page.setViewportSize(PHONE);
  await page.click('#chat-toggle');
  const isAtEnd = () => page.waitForFunction(() => {
    const log = document.getElementById('chat-log');
    return log.scrollHeight > log.clientHeight && log.scrollTop + log.clientHeight >= log.scrollHeight - 2;
  });
  for (const size of [SIDEWAYS, { width: 1280, height: 800 }, PHONE, { width: 640, height: 400 }, SIDEWAYS]) {
    await page.setViewportSize(size);
    await isAtEnd();
  }
  await page.click('#chat-toggle');
});

test('the bar of who shares a screen is beside the tiles, and what was pinned gives the layout back', async () => {
  await page.setViewportSize(PHONE);
  await share(page);
  const [bar, stage] = await page.evaluate(() => ['sharing', 'stage'].map((id) => document.getElementById(id).getBoundingClientRect()));
  assert.ok(bar.bottom <= stage.top, `${bar.bottom} ${stage.top}`);
  const lines = await page.evaluate(() => {
    const button = document.getElementById('sharing-stop');
    return button.clientHeight / Number.parseFloat(getComputedStyle(button).lineHeight);
  });
  assert.ok(lines < 2, `"Stop sharing" in one line: ${lines}`);
  await page.click('#sharing-stop');
  const hasMain = () => page.evaluate(() => document.querySelector('.tile.main') !== null);
  const pin = (tile) => page.evaluate((selector) => document.querySelector(`${selector} .pin`).click(), tile);
  await pin('.tile');
  assert.equal(await hasMain(), true);
  await pin('.tile');
  assert.equal(await hasMain(), false);
  const cy = new Client(server);
  await cy.join('small', { name: 'Cy' });
  await page.waitForSelector('.tile[aria-label*="Cy"]');
  await pin('.tile[aria-label*="Cy"]');
  assert.equal(await hasMain(), true);
  await cy.send({ type: 'leave' }); // who is pinned is gone
  await page.waitForFunction(() => !document.querySelector('.tile.main'));
  assert.deepEqual(page.problems, []);
});

test('on a small tile the button, the statistics and the words are small', async () => {
  const sizes = await page.evaluate(() => {
    const tile = document.querySelector('.tile');
    const look = (selector, property) => Number.parseFloat(getComputedStyle(tile.querySelector(selector))[property]);
    const read = () => [look('.pin', 'paddingTop'), look('.statistics', 'fontSize'), look('.notice', 'fontSize'), look('.caption', 'fontSize')];
    const before = tile.style.cssText;
    tile.style.cssText += 'width: 400px; height: 225px';
    const large = read();
    tile.style.cssText += 'width: 100px; height: 56px';
    const small = read();
    tile.style.cssText = before;
    return small.map((size, index) => size < large[index]);
  });
  assert.deepEqual(sizes, [true, true, true, true]);
});

test('a finger meets every button of the panels', async () => {
  const phone = await openPage({ newContext: () => browser.newContext({ viewport: PHONE, hasTouch: true, isMobile: true }) }, server, { room: 'small', name: 'Dee', source: 'none' });
  await until(phone, 'joining', ({ participants }) => participants.length > 0);
  await phone.setInputFiles('#file-input', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') });
  await phone.waitForSelector('.file button');
  for (const panel of ['chat', 'people']) {
    await phone.evaluate((id) => document.getElementById(id).hidden && document.getElementById(`${id}-toggle`).click(), panel);
    const small = await phone.evaluate((id) => [...document.querySelectorAll(`#${id} button`)].filter((button) => button.checkVisibility())
      .filter(({ offsetWidth, offsetHeight }) => Math.min(offsetWidth, offsetHeight) < 44).map((button) => button.id || button.textContent), panel);
    assert.deepEqual(small, [], panel);
  }
  await phone.closeAll();
});

test('what is said over the call lies over no name and nothing else that is said or filled in', async () => {
  await page.evaluate(() => window.heddle.view.setLayout('grid'));
  for (const size of [DESKTOP, PHONE, SIDEWAYS]) {
    await page.setViewportSize(size);
    const over = await page.evaluate(async () => {
      const byId = (id) => document.getElementById(id);
      const drawn = () => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))); }); // sizes are observed after a frame's callbacks, and may ask for another one
      const wereHidden = ['alone', 'recording'].map((id) => [byId(id), byId(id).hidden]);
      for (const [element] of wereHidden) element.hidden = false;
      window.heddle.view.notice.show('size', [['sizeUnknown', { size: 'so large that the words have two lines on a phone' }]]);
      await drawn();
      const places = (selector) => [...document.querySelectorAll(selector)].map((element) => element.getBoundingClientRect());
      const meet = (one, other) => {
        const [a] = places(one);
        return places(other).some((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) ? [`${one} ${other}`] : [];
      };
      const found = [...meet('#call-notice', '#alone'), ...meet('#recording', '#stage')];
      if (places('.tile .caption').length !== 2) found.push('not two names');
      found.push(...meet('#call-notice', '.tile .caption'));
      byId('alone').hidden = true; // who is alone hears nobody
      const [other] = window.heddle.call.participants.keys();
      window.heddle.view.captions.show(other, 'Good morning to all.');
      await drawn();
      found.push(...meet('#captions', '.tile .caption'), ...meet('#captions', '#call-notice'));
      const [caption] = document.querySelectorAll('#captions p');
      const { left, top, width, height } = caption.getBoundingClientRect();
      byId('captions').style.pointerEvents = 'auto'; // else it is never what lies at a place
      if (!caption.contains(document.elementFromPoint(left + width / 2, top + height / 2))) found.push('the caption is below something');
      byId('captions').style.pointerEvents = '';
      byId('chat-toggle').click();
      await drawn();
      found.push(...meet('#recording', '#chat'), ...meet('#call-notice', '#chat-form'));
      byId('chat-toggle').click();
      window.heddle.view.notice.show('size', []);
      window.heddle.view.captions.close();
      for (const [element, wasHidden] of wereHidden) element.hidden = wasHidden;
      return found;
    });
    assert.deepEqual(over, [], JSON.stringify(size));
  }
});

test('what is said over the call hides nothing of a shared screen', async () => {
  const eve = await openPage(browser, server, { room: 'small', name: 'Eve', source: 'none' });
  await until(eve, 'joining', ({ participants }) => participants.length > 0);
  await share(eve);
  await page.waitForSelector('.tile.main.screen');
  for (const size of [DESKTOP, PHONE, SIDEWAYS]) {
    await page.setViewportSize(size);
    await page.evaluate(() => window.heddle.view.notice.show('host', [['mutedByHost', { name: 'Eve' }]]));
    await page.waitForFunction(() => { // the tiles move when the words have taken their place
      const [words, screen, stage] = ['#call-notice', '.tile.main.screen', '#stage'].map((selector) => document.querySelector(selector).getBoundingClientRect());
      return words.height > 0 && words.top >= screen.bottom && screen.bottom <= stage.bottom + 1;
    });
    const captioned = await page.evaluate(async () => {
      window.heddle.view.notice.show('host', []);
      const drawn = () => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))); });
      const box = (selector) => document.querySelector(selector).getBoundingClientRect();
      const { captions, call } = window.heddle.view;
      const [bob] = call.participants.keys();
      captions.show(bob, 'A caption of somebody who speaks over the screen.');
      await drawn();
      const { bottom } = box('.tile.main.screen');
      const isBelow = box('#captions').height > 0 && box('#captions').top >= bottom;
      captions.show(bob, '');
      await drawn();
      const stays = box('.tile.main.screen').bottom === bottom;
      captions.close();
      return { isBelow, stays };
    });
    assert.deepEqual(captioned, { isBelow: true, stays: true }, 'captions are below it, and it does not jump with each sentence');
  }
  await eve.closeAll();
});

test('while the browser still asks for the devices, who presses "Join" is told what is awaited', async () => {
  const prejoin = await openPage({ newContext: async () => {
    const context = await browser.newContext();
    await context.addInitScript(() => { navigator.mediaDevices.getUserMedia = () => new Promise(() => {}); });
    return context;
  } }, server, { room: 'no such room', name: 'Cy', source: '', joins: false });
  await prejoin.click('#join');
  await prejoin.waitForFunction(() => document.getElementById('notice').textContent.includes('1 to 64'));
  await prejoin.fill('#room', 'small');
  await prejoin.click('#join');
  assert.match(await prejoin.textContent('#notice'), /^Waiting for camera and microphone/);
  assert.match(await prejoin.innerText('#preview-off'), /Waiting for the camera/);
  await prejoin.closeAll();
});
