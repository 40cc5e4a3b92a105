// Files that people send each other on the page: chosen or dropped, taken while the room becomes a Mesh and connections
// are made anew, declined, cancelled, by keyboard and in Korean.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { openPage, until } from './lib/pages.mjs';
import { startServer } from './signaling_client.mjs';

let server;
let browser;
before(async () => {
  server = await startServer(['--open', '--mesh-hold', '0']);
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  await server.stop();
});

async function open(room, names, more = {}) {
  const pages = await Promise.all(names.map((name) => openPage(browser, server, { room, name, source: 'none', topology: 'sfu', ...more })));
  for (const page of pages) await until(page, 'joining', ({ status, participants }) => status === 'connected' && participants.length === names.length - 1);
  return pages;
}

const closeAll = (...pages) => Promise.all(pages.map(async (page) => {
  assert.deepEqual(page.problems, []);
  await page.closeAll();
}));

const choose = async (page, name, buffer) => {
  await page.evaluate(() => document.getElementById('chat').hidden && document.getElementById('chat-toggle').click());
  await page.setInputFiles('#file-input', { name, mimeType: 'application/octet-stream', buffer });
};
const rows = (page) => page.evaluate(() => [...document.querySelectorAll('#chat-log .file')].map((row) => row.innerText.replace(/[\u2068\u2069]/g, '').split('\n').filter(Boolean)));
const row = (page, words) => page.waitForFunction((sought) => [...document.querySelectorAll('#chat-log .file')].some(({ innerText }) => innerText.includes(sought)), words);

test('a file is offered to all, taken while the room becomes a Mesh and a connection is made anew, and saved; another one declines', async () => {
  const [ann, bob, cy] = await open('files-1', ['Ann', 'Bob', 'Cy']);
  const bytes = randomBytes(3e6);
  await choose(ann, '../plan \u202e2026.pdf', bytes);
  await cy.waitForFunction(() => document.getElementById('announcer').innerText.includes('offers you'));
  assert.ok(await cy.evaluate(() => document.getElementById('chat-toggle').classList.contains('unread')));
  await bob.click('#chat-toggle');
  assert.match(await cy.innerText('#call-notice p'), /Ann\u2069 offers you \u2068plan 2026\.pdf/);
  await cy.click('#call-notice button:has-text("Show")');
  for (const page of [bob, cy]) assert.ok(await page.evaluate(() => document.getElementById('call-notice').hidden && document.querySelector('.file').checkVisibility()));
  assert.deepEqual(await rows(bob), [['plan 2026.pdf', 'Ann · 3 MB', 'Accept', 'Decline']]);
  await ann.evaluate(() => window.heddle.call.chat('That is the plan.'));
  await bob.waitForFunction(() => document.querySelector('#chat-log .file + li')?.innerText.includes('That is the plan.'));
  await cy.click('.file button:has-text("Decline")');
  await bob.click('.file button:has-text("Accept")');
  await bob.waitForFunction(() => document.querySelector('.file progress').value > 5);
  await ann.evaluate(() => window.heddle.call.setPin('mesh'));
  await ann.waitForFunction(() => window.heddle.call.topology === 'mesh');
  await bob.evaluate(() => [...window.heddle.call.connections.values()].forEach((connection) => connection.run('network-changed')));
  await bob.waitForSelector('.file a');
  assert.match((await rows(bob))[0].join(), /It has come\. Save it to keep it\./);
  const [download] = await Promise.all([bob.waitForEvent('download'), bob.click('.file a')]);
  assert.equal(download.suggestedFilename(), 'plan 2026.pdf');
  assert.ok(readFileSync(await download.path()).equals(bytes));
  await row(ann, 'has it');
  assert.match((await rows(ann))[0].find((line) => line.includes('has it')), /Bob: has it/);
  assert.match((await rows(ann))[0].find((line) => line.includes('declined')), /Cy: declined/);
  assert.deepEqual(await rows(cy), []);
  await closeAll(ann, bob, cy);
});

test('a dropped file is for the one that one writes to; either end cancels by keyboard; what is not offered any more cannot be taken', async () => {
  const [ann, bob, cy] = await open('files-2', ['Ann', 'Bob', 'Cy'], { language: 'ko' });
  await ann.evaluate(() => {
    const { view } = window.heddle;
    view.writeTo([...view.call.participants.values()].find(({ name }) => name === 'Bob'));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([new Uint8Array(6e6)], '보고서.pdf'));
    const drag = (type) => document.getElementById('stage').dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    drag('dragover');
    window.hint = document.getElementById('drop-hint').innerText;
    window.wasTaken = !drag('drop');
  });
  assert.match(await ann.evaluate(() => window.hint), /Bob\u2069 님에게만/);
  assert.match(await ann.evaluate(() => getComputedStyle(document.getElementById('drop-hint')).backgroundColor), /\/ 0\.8\)/, 'the call is seen below');
  assert.equal(await ann.evaluate(() => getComputedStyle(document.getElementById('drop-hint')).wordBreak), 'keep-all', 'Korean lines end between words');
  assert.ok(await ann.evaluate(() => window.wasTaken && document.getElementById('drop-hint').hidden), 'the browser does not open it');
  await bob.click('#chat-toggle');
  await row(bob, '보고서.pdf');
  assert.deepEqual(await rows(bob), [['보고서.pdf', 'Ann · 나에게만 · 6MB', '받기', '거절']]);
  await bob.focus('.file button');
  await bob.keyboard.press('Enter');
  await bob.waitForFunction(() => document.querySelector('.file progress').value > 0 && document.activeElement.innerText === '취소');
  await bob.keyboard.press('Enter');
  await row(ann, '중단함');
  await row(bob, '취소했습니다');
  await ann.click('.file button:has-text("지우기")'); // Bob was all whom it was for
  await choose(ann, 'a.txt', Buffer.from('a'));
  await row(bob, 'a.txt');
  await ann.focus('.file button');
  await ann.keyboard.press('Enter');
  await ann.waitForFunction(() => document.activeElement.innerText === '지우기');
  await ann.keyboard.press('Enter');
  await ann.waitForFunction(() => !document.querySelector('.file') && document.activeElement.id === 'file-choose');
  assert.deepEqual(await rows(cy), [], 'it was not for Cy');
  await ann.click('#chat-to-all');
  await ann.setInputFiles('#file-input', Array.from({ length: 18 }, () => ({ name: 'b.txt', mimeType: 'text/plain', buffer: Buffer.from('b') })));
  assert.match(await ann.innerText('#chat-problem'), /파일 2개를 보내지 못했습니다/);
  await cy.click('#chat-toggle');
  await row(cy, 'b.txt');
  await ann.click('#leave');
  await row(cy, '나갔습니다');
  await closeAll(ann, bob, cy);
});
