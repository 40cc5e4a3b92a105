// The page with a host: what the host does by its list of participants, what the others see of it, hands, reactions and
// chat; in English and Korean, by keyboard, and on a phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { openPage, until } from './lib/pages.mjs';
import { Client, startServer } from './signaling_client.mjs';

let server;
let browser;
before(async () => {
  server = await startServer(['--open']);
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  await server.stop();
});

let rooms = 0;
/** @param {object} more search parameters of the guest; most of what hosts do needs no media */
async function openTwo({ source = 'none', ...more } = {}) {
  const room = `hosts-${rooms += 1}`;
  const host = await openPage(browser, server, { room, name: 'Ann', source });
  await until(host, 'joining', ({ status }) => status === 'connected');
  const guest = await openPage(browser, server, { room, name: 'Bob', source, ...more });
  await until(guest, 'joining', ({ status, participants }) => status === 'connected' && participants.length === 1);
  if (source !== 'none') await host.waitForFunction(() => [...window.heddle.call.participants.values()][0]?.publications.length === 2);
  else await host.waitForFunction(() => window.heddle.call.participants.size === 1);
  return { room, host, guest };
}

const closeAll = (...pages) => Promise.all(pages.map(async (page) => {
  assert.deepEqual(page.problems, []);
  await page.closeAll();
}));

/** Opens Bob's menu in the host's list and presses what has this text. */
async function act(host, label) {
  await host.evaluate(() => document.getElementById('people').hidden && document.getElementById('people-toggle').click());
  await host.click('#people-list li button');
  await host.click(`#person-menu button:has-text("${label}")`);
}

/** The buttons of a question: they say what is done. */
const said = (host) => host.evaluate(() => [...document.querySelectorAll('#host-question button')].map(({ textContent }) => textContent));

test('a host mutes somebody, who is told by whom and unmutes; then removes, and the other one reads why', async () => {
  const { host, guest } = await openTwo({ source: 'canvas' });
  assert.equal(await guest.evaluate(() => window.heddle.call.isHost), false);
  await act(host, 'Mute');
  await guest.waitForFunction(() => document.querySelector('#call-notice p').innerText.includes('Ann'));
  assert.equal(await guest.evaluate(() => document.getElementById('mute').getAttribute('aria-label')), 'Unmute');
  await host.waitForFunction(() => document.querySelector('#people-list li:nth-child(2) .notes').innerText.includes('muted'));
  await act(host, 'Ask to unmute');
  await host.waitForFunction(() => document.querySelector('#call-notice p').innerText.includes('Bob') && !document.getElementById('call-notice').hidden);
  await guest.waitForFunction(() => document.querySelector('#call-notice p').innerText.includes('asks you'));
  await guest.click('#call-notice .act');
  await guest.waitForFunction(() => document.getElementById('call-notice').hidden);
  await host.waitForFunction(() => !document.querySelector('#people-list li:nth-child(2) .notes').innerText.includes('muted'));
  await host.click('#mute-all');
  await guest.waitForFunction(() => document.getElementById('mute').getAttribute('aria-label') === 'Unmute' && document.querySelector('#call-notice p').innerText.includes('has muted your microphone'));
  assert.equal(await host.evaluate(() => document.getElementById('mute').getAttribute('aria-label')), 'Mute', 'a host goes on speaking');
  await act(host, 'Remove');
  assert.deepEqual(await said(host), ['Cancel', 'Remove']);
  await host.fill('#host-reason', 'that was loud');
  await host.click('#host-question button[value="yes"]');
  await guest.waitForFunction(() => !document.getElementById('prejoin').hidden);
  assert.match(await guest.innerText('#notice'), /Ann.*removed.*that was loud/);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await guest.click('#join');
    await guest.waitForFunction(() => !document.getElementById('prejoin').hidden && document.getElementById('notice').innerText.includes('a moment ago'));
  }
  await host.waitForFunction(() => window.heddle.call.participants.size === 0);
  await host.waitForFunction(() => document.getElementById('alone').innerText.includes('All others have left'));
  await closeAll(host, guest);
});

test('the role is handed on and inherited; a locked room says so, in Korean', async () => {
  const { room, host, guest } = await openTwo();
  await act(host, 'Make host');
  assert.deepEqual(await said(host), ['Cancel', 'Make host']);
  await host.click('#host-question button[value="yes"]');
  await guest.waitForFunction(() => window.heddle.call.isHost);
  await host.waitForFunction(() => !document.getElementById('host-acts').checkVisibility());
  await guest.click('#people-toggle');
  await guest.click('#lock-room');
  await guest.waitForFunction(() => document.getElementById('lock-room').getAttribute('aria-pressed') === 'true');
  const late = await openPage(browser, server, { room, name: 'Cy', language: 'ko' });
  await late.waitForFunction(() => !document.getElementById('prejoin').hidden && !document.getElementById('notice').hidden);
  assert.match(await late.innerText('#notice'), /잠겨/);
  await guest.click('#leave');
  await host.waitForFunction(() => window.heddle.call.isHost);
  await host.click('#end-room');
  assert.deepEqual(await said(host), ['Cancel', 'End for all']);
  await host.click('#host-question button[value="yes"]');
  await host.waitForFunction(() => !document.getElementById('prejoin').hidden);
  assert.match(await host.innerText('#notice'), /ended the call/);
  await closeAll(host, guest, late);
});

test('a page that is loaded again is let in where others are not, and is host again; nobody stays behind', async () => {
  const { host, guest } = await openTwo();
  const isHost = (page, is) => page.waitForFunction((expected) => window.heddle?.call?.self && window.heddle.call.isHost === expected, is);
  const alone = (page) => page.waitForFunction(() => window.heddle.call.participants.size === 1);
  await host.evaluate(() => window.heddle.call.lockRoom(true));
  await guest.waitForFunction(() => window.heddle.call.isLocked);
  await host.reload(); // it joins by its address
  await isHost(host, true);
  await isHost(guest, false);
  await guest.reload();
  await isHost(guest, false);
  await Promise.all([alone(host), alone(guest)]);
  await host.evaluate(() => { // "Join again"
    window.former = window.heddle.call;
    document.getElementById('rejoin').click();
  });
  await host.waitForFunction(() => window.heddle.call !== window.former);
  await isHost(host, true);
  await Promise.all([alone(host), alone(guest)]);
  assert.equal(await guest.evaluate(() => sessionStorage.getItem('place')), '', 'a tab that is duplicated has nothing to take');
  await Promise.all([host.closeAll(), guest.closeAll()]);
});

test('who has just left is on no tile, though the page was not drawn again yet', async () => {
  const { host, guest } = await openTwo();
  const counts = await host.evaluate(() => {
    const { call, view: { stage } } = window.heddle;
    const [[id, guest]] = call.participants;
    const before = stage.entries().length;
    call.participants.delete(id);
    const after = stage.entries().length;
    call.participants.set(id, guest);
    return [before, after];
  });
  assert.deepEqual(counts, [2, 1]);
  await closeAll(host, guest);
});

test('a raised hand is on the tile, first in the list and said aloud; a reaction passes', async () => {
  const { host, guest } = await openTwo();
  await guest.keyboard.press('h');
  assert.equal(await guest.evaluate(() => document.activeElement.closest('#reactions-menu') !== null), true);
  await guest.keyboard.press('Enter');
  await host.waitForFunction(() => [...document.querySelectorAll('.tile')].some((tile) => tile.getAttribute('aria-label').includes('hand raised')));
  assert.match(await host.textContent('#announcer'), /Bob.*raised a hand/);
  await host.click('#people-toggle');
  assert.match(await host.innerText('#people-list li:first-child'), /Bob/);
  await act(host, 'Lower hand');
  await guest.waitForFunction(() => window.heddle.call.hand === 0);
  await guest.click('#reactions');
  await guest.click('#reactions-menu button:has-text("applause")');
  const motion = () => host.evaluate(() => getComputedStyle(document.querySelector('.tile .reaction')).animationName);
  await host.waitForSelector('.tile .reaction');
  assert.equal(await motion(), 'reaction');
  await host.emulateMedia({ reducedMotion: 'reduce' });
  assert.equal(await motion(), 'none');
  assert.match(await host.textContent('#announcer'), /Bob.*applause/);
  await host.waitForFunction(() => !document.querySelector('.tile .reaction'));
  await closeAll(host, guest);
});

test('the chat has what was written before, counts what is unread in the title, links safely, and keeps a private word private', async () => {
  const { room, host, guest } = await openTwo();
  const third = new Client(server);
  await third.join(room, { name: 'Cy' });
  await third.send({ type: 'chat', text: 'see https://example.org/a. <b>' });
  await host.waitForFunction((name) => document.title === `(1) ${name} · Heddle`, room);
  await host.keyboard.press('c');
  assert.equal(await host.title(), `${room} · Heddle`);
  const link = host.locator('#chat-log a');
  assert.deepEqual([await link.getAttribute('href'), await link.getAttribute('rel')], ['https://example.org/a', 'noopener noreferrer nofollow']);
  await host.keyboard.press('Escape');
  await host.waitForFunction(() => window.heddle.call.participants.size === 2);
  await host.click('#people-toggle');
  await host.fill('#people-search', 'nobody like that');
  const gap = await host.evaluate(() => document.getElementById('people-none').getBoundingClientRect().top - document.getElementById('people-search').getBoundingClientRect().bottom);
  assert.ok(gap >= 0 && gap < 20, `nobody was found: said ${gap} pixels below the field`);
  await host.fill('#people-search', 'bo');
  await host.click('#people-list li button');
  await host.click('#person-menu button:has-text("Write privately")');
  await host.fill('#chat-text', 'only you');
  await host.keyboard.press('Enter');
  await guest.keyboard.press('c');
  await guest.waitForFunction(() => document.getElementById('chat-log').innerText.includes('only you'));
  await guest.click('#chat-log button:has-text("Answer privately")');
  await guest.keyboard.type('me, too');
  await guest.keyboard.press('Enter');
  await host.waitForFunction(() => document.getElementById('chat-log').innerText.includes('me, too'));
  await third.settle();
  assert.equal(third.messages.some(({ text }) => text === 'only you' || text === 'me, too'), false);
  const late = await openPage(browser, server, { room, name: 'Dee', source: 'none' });
  await until(late, 'joining', ({ status }) => status === 'connected');
  await late.keyboard.press('c');
  await late.waitForFunction(() => document.getElementById('chat-log').innerText.includes('example.org'));
  assert.equal(await late.evaluate(() => document.getElementById('chat-log').innerText.includes('only you')), false);
  third.kill();
  await closeAll(host, guest, late);
});

test('who comes to a waiting room is asked for; the host lets one in and refuses another, and each sees what it waits for', async () => {
  const { room, host, guest } = await openTwo();
  await host.click('#people-toggle');
  await host.click('#waiting-room');
  await host.waitForFunction(() => document.getElementById('waiting-room').getAttribute('aria-pressed') === 'true');
  const late = await openPage(browser, server, { room, name: 'Cy' });
  const other = await openPage(browser, server, { room, name: 'Dee', language: 'ko' });
  for (const page of [late, other]) await page.waitForSelector('#lets-in:not([hidden])');
  assert.match(await other.innerText('#lets-in'), /기다리고/);
  assert.equal(await late.isVisible('#chat-toggle'), false);
  await late.setViewportSize({ width: 390, height: 844 });
  await late.waitForFunction(() => { // the tile moves when the words have taken their place
    const [words, own] = ['#lets-in', '.tile.mirrored'].map((selector) => document.querySelector(selector).getBoundingClientRect());
    return own.height > 0 && words.top >= own.bottom;
  });
  assert.equal(await late.isVisible('.tile.mirrored'), true, 'who waits sees what the others will see');
  await host.waitForFunction(() => document.querySelectorAll('#waiting-list li').length === 2);
  assert.deepEqual(await host.evaluate(() => ['people-toggle', 'more'].map((id) => document.getElementById(id).dataset.count)), ['2', '2']);
  assert.match(await host.textContent('#announcer'), /Waiting to be let in: .*Cy/);
  assert.match(await host.title(), /^\(2\) /);
  assert.equal(await guest.evaluate(() => window.heddle.call.participants.size + window.heddle.call.waiting.length), 1); // others do not hear of it
  await late.evaluate(() => window.heddle.call.signaling.socket.close()); // its place is kept
  await late.waitForFunction(() => window.heddle.call.signaling.isWaiting === false);
  await late.waitForFunction(() => window.heddle.call.signaling.isWaiting);
  await host.click('[aria-label*="Cy"]:text("Let in")');
  await until(late, 'being let in', ({ status, participants }) => status === 'connected' && participants.length === 2);
  await late.waitForFunction(() => !document.getElementById('lets-in').checkVisibility());
  await guest.waitForFunction(() => window.heddle.call.participants.size === 2);
  await host.click('#waiting-list button:text("Refuse")');
  await other.waitForFunction(() => !document.getElementById('prejoin').hidden);
  assert.match(await other.innerText('#notice'), /거절/);
  await host.waitForFunction(() => document.getElementById('waiting').hidden);
  await closeAll(host, guest, late, other);
});

test('a host whose list is closed lets somebody in where that is told', async () => {
  const { room, host, guest } = await openTwo();
  await host.evaluate(() => window.heddle.call.setWaitingRoom(true));
  await host.waitForFunction(() => window.heddle.call.hasWaitingRoom);
  const late = await openPage(browser, server, { room, name: 'Cy' });
  await host.click('#call-notice button:text("Let in")');
  await until(late, 'being let in', ({ status }) => status === 'connected');
  await host.waitForFunction(() => document.getElementById('call-notice').hidden);
  const others = await Promise.all(['Dee', 'Eve'].map((name) => openPage(browser, server, { room, name })));
  await host.click('#call-notice button:text("Participants")');
  assert.ok(await host.isVisible('#waiting-list'));
  assert.equal(await host.isVisible('#call-notice'), false, 'the list says it');
  await closeAll(host, guest, late, ...others);
});

test('a question about somebody with a long name has its buttons on the screen', async () => {
  const { room, host, guest } = await openTwo();
  const long = await openPage(browser, server, { room, name: 'W'.repeat(64), source: 'none' });
  await host.click('#people-toggle');
  await host.click('#people-list li:has-text("WWW") button');
  await host.click('#person-menu button.danger');
  const inside = await host.evaluate(() => {
    const { left, right } = document.getElementById('host-question').getBoundingClientRect();
    return [...document.querySelectorAll('#host-question :is(h2, input, button)')].every((element) => element.getBoundingClientRect().left >= left && element.getBoundingClientRect().right <= right && element.scrollWidth <= element.clientWidth);
  });
  assert.ok(inside);
  await closeAll(host, guest, long);
});

test('on a phone everything of the list and its menus has a place', async () => {
  const { host, guest } = await openTwo();
  await host.setViewportSize({ width: 390, height: 844 });
  await host.click('#more');
  await host.click('#more-menu button:text("Participants")');
  await host.click('#people-list li button');
  const outside = await host.evaluate(() => [...document.querySelectorAll('#people button, #people input, #person-menu button, .buttons button')]
    .filter((element) => element.checkVisibility()).filter((element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      return left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1;
    }).map(({ id, textContent }) => id || textContent));
  assert.deepEqual(outside, []);
  await host.keyboard.press('Escape');
  assert.equal(await host.evaluate(() => document.activeElement.textContent), '⋯'); // the focus is where it was
  await host.setViewportSize({ width: 844, height: 390 });
  const [seen, last] = await host.evaluate(() => { // on its side the whole panel scrolls: below what hosts do, the list alone would be a line or two
    const panel = document.getElementById('people');
    panel.scrollTop = panel.scrollHeight;
    return [panel.getBoundingClientRect().bottom, document.querySelector('#people-list li:last-child').getBoundingClientRect().bottom];
  });
  assert.ok(last <= seen, `${last} of ${seen}`);
  await closeAll(host, guest);
});

test('the prejoin page says who is there already, and that a room is locked', async () => {
  const { room, host, guest } = await openTwo();
  const late = await openPage(browser, server, { room, name: 'Cy', joins: false });
  await late.waitForFunction(() => !document.getElementById('room-preview').hidden);
  assert.match(await late.innerText('#room-preview'), /Ann.*Bob/);
  await late.fill('#room', `${room}-other`);
  await late.waitForFunction(() => document.getElementById('room-preview').innerText.includes('Nobody'));
  await host.click('#people-toggle');
  await host.click('#lock-room');
  await host.waitForFunction(() => window.heddle.call.isLocked);
  await late.fill('#room', room);
  await late.waitForFunction(() => document.getElementById('room-preview').innerText.includes('locked'));
  assert.equal((await late.innerText('#room-preview')).includes('Ann'), false);
  await closeAll(host, guest, late);
});

test('how loud one hears somebody is set by keyboard, at once and for the call', async () => {
  const { host, guest } = await openTwo({ source: 'canvas' });
  await host.waitForFunction(() => document.querySelector('body > audio'));
  await act(host, 'Volume');
  assert.equal(await host.evaluate(() => document.activeElement.id), 'volume');
  for (let presses = 0; presses < 8; presses += 1) await host.keyboard.press('ArrowLeft');
  assert.deepEqual(await host.evaluate(() => [document.querySelector('body > audio').volume, document.getElementById('volume-percent').textContent]), [0.6, '60 %']);
  await host.keyboard.press('Enter');
  await host.waitForFunction(() => !document.getElementById('volume-question').open);
  await act(host, 'Volume');
  assert.equal(await host.inputValue('#volume'), '60');
  await host.keyboard.press('Escape');
  await closeAll(host, guest);
});
