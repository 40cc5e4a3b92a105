// Invitations: what the address shows, what a copied link has, and what a refusal says.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { openPage, until } from './lib/pages.mjs';
import { startServer } from './signaling_client.mjs';

const key = randomBytes(24).toString('hex');
const hour = 3600;
const now = () => Math.floor(Date.now() / 1000);
let folder;
let server;
let browser;
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-key-'));
  await writeFile(path.join(folder, 'key'), key);
  server = await startServer(['--secret', path.join(folder, 'key')]);
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

function sign(claims, secret = key) {
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** Opens a link; tests have rooms of their own, since whoever just went may still be seen by the next. */
async function open(t, parameters) {
  const page = await openPage(browser, server, { room: 'weaving', name: 'Ann', source: 'none', ...parameters });
  t.after(() => page.closeAll());
  return page;
}

async function copied(page) {
  await page.evaluate(() => {
    navigator.clipboard.writeText = async (text) => { window.copied = text; };
  });
  await page.click('#copy');
  return (await page.waitForFunction(() => window.copied)).jsonValue();
}

test('the token leaves the address, also from the history, and the tab still has it after "reload"', async (t) => {
  const token = sign({ room: 'weaving', exp: now() + hour });
  const page = await open(t, { token });
  await until(page, 'joining', ({ status }) => status === 'connected');
  assert.ok(!page.url().includes('token') && page.url().includes('room=weaving'), page.url());
  await page.reload();
  await until(page, 'joining after "reload"', ({ status }) => status === 'connected');
  const link = await copied(page);
  assert.equal(new URL(link).hash, `#token=${token}`, 'an invitation for anybody is given on');
  await page.waitForFunction(() => document.getElementById('call-notice').innerText.includes('Link copied')); // seen where buttons have no words, too

  const guest = await (await browser.newContext()).newPage();
  t.after(() => guest.context().close());
  await guest.goto(link);
  await guest.fill('#name', 'Bob');
  await guest.click('#join');
  await guest.waitForFunction(() => window.heddle.call?.participants.size === 1);
  assert.ok(!guest.url().includes('token'));
});

test('an invitation for one person is not given on, and that is said', async (t) => {
  const page = await open(t, { room: 'knitting', token: sign({ room: 'knitting', exp: now() + hour, name: 'Ann' }) });
  await until(page, 'joining', ({ status }) => status === 'connected');
  assert.equal(await copied(page), `${server.url}?room=knitting`);
  assert.match(await page.textContent('#call-notice'), /without your invitation/);
});

test('"Link copied" is said only when it was; else the link is there to copy by hand', async (t) => {
  const page = await open(t, { room: 'spinning', token: sign({ room: 'spinning', exp: now() + hour }) });
  await until(page, 'joining', ({ status }) => status === 'connected');
  await page.evaluate(() => { navigator.clipboard.writeText = async () => { throw new Error(); }; });
  await page.click('#alone-copy');
  await page.waitForSelector('#room-url-dialog[open]');
  assert.match(await page.inputValue('#room-url'), /room=spinning#token=/);
  assert.ok(!(await page.textContent('#call-notice')).includes('Link copied'));
  await page.keyboard.press('Escape');
});

test('each refusal of an invitation says which, in both languages', async (t) => {
  const table = [
    [undefined, /only people who have an invitation/, /초대받은 사람만/],
    [sign({ room: 'weaving', exp: now() - hour }), /has expired/, /만료되었습니다/],
    [sign({ room: 'weaving', exp: now() + 2 * hour, nbf: now() + hour }), /does not hold yet/, /아직 유효하지/],
    [sign({ room: 'spinning', exp: now() + hour }), /for another room/, /다른 방의 초대/],
    [sign({ room: 'weaving', exp: now() + hour }, 'some other key of somebody'), /signature is wrong/, /서명이 틀렸거나/],
  ];
  for (const [token, english, korean] of table) {
    const page = await open(t, { ...(token ? { token } : {}) });
    await page.waitForFunction(() => document.getElementById('notice').offsetParent !== null);
    assert.match(await page.textContent('#notice'), english);
    await page.click('#prejoin-language');
    assert.match(await page.textContent('#notice'), korean);
    await page.closeAll();
  }
});
