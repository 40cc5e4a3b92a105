// Files between C clients and a page: offered on the command line, saved without writing over anything, refused where
// there is no place, and taken up again after a change of topology.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { startClient, UNTIL_TOLD } from './lib/client.mjs';
import { openPage } from './lib/pages.mjs';
import { eventually } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

let server;
let folder;
before(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-files-'));
  server = await startServer(['--open', '--mesh-hold', '0']);
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const sum = (bytes) => createHash('sha256').update(bytes).digest('hex');
const start = (room, name, ...args) => startClient(server, { room, name, duration: UNTIL_TOLD, quiet: false, args: ['--send', 'none', ...args] });
const says = (client, words) => eventually(() => `${words}: ${client.saw()}`, () => client.log.includes(words), 15000, 50);

test('a C client offers two files to a page and to others, and saves what the page offers; nothing is written over', async (t) => {
  const sent = { 'plan.bin': randomBytes(3_000_000), 'empty.txt': Buffer.alloc(0) };
  for (const [name, bytes] of Object.entries(sent)) writeFileSync(path.join(folder, name), bytes);
  const inbox = path.join(folder, 'inbox');
  mkdirSync(inbox);
  writeFileSync(path.join(inbox, 'plan.bin'), 'mine');
  const weft = start('files', 'Weft', '--send-file', path.join(folder, 'plan.bin'), '--send-file', path.join(folder, 'empty.txt'));
  const warp = start('files', 'Warp', '--receive-files', inbox);
  const reed = start('files', 'Reed', '--data');
  const browser = await launchChromium();
  t.after(() => browser.close());
  await says(warp, 'plan (2).bin');
  await says(warp, 'empty.txt');
  const page = await openPage(browser, server, { room: 'files', name: 'Ann', source: 'none' });
  await page.click('#chat-toggle');
  await page.waitForFunction(() => document.querySelectorAll('.file').length === 2); // offered again to who came late
  await page.click('.file:has-text("plan.bin") button:has-text("Accept")');
  await page.evaluate(() => window.heddle.call.setPin('mesh'));
  await page.waitForSelector('.file a');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('.file a')]);
  assert.equal(sum(readFileSync(await download.path())), sum(sent['plan.bin']));
  await page.setInputFiles('#file-input', { name: '.hidden', mimeType: 'text/plain', buffer: Buffer.from('by Ann') });
  await says(warp, 'hidden');
  await page.waitForFunction(() => /Warp.*: has it/.test([...document.querySelectorAll('.file')].at(-1).innerText));
  assert.deepEqual(page.problems, []);
  await page.closeAll();
  const [ofWeft, ofWarp, ofReed] = await Promise.all([weft, warp, reed].map((client) => client.end()));
  assert.deepEqual([ofWeft.code, ofWarp.code, ofReed.code], [0, 0, 0], [weft, warp, reed].map((client) => client.saw()).join('\n'));
  const [plan, empty] = ofWeft.summary.files.sent;
  assert.deepEqual({ ...plan, refused: 1 }, { name: 'plan.bin', size: 3_000_000, done: 2, refused: 1, stopped: 0 });
  assert.ok(plan.refused >= 1, 'Reed declines'); // and Weft itself has none to save Ann's
  assert.equal(empty.done, 1);
  assert.deepEqual(ofWarp.summary.files.received.map(({ path: saved, size }) => [path.basename(saved), size]).sort(), [['empty.txt', 0], ['hidden', 6], ['plan (2).bin', 3_000_000]]);
  assert.deepEqual(readdirSync(inbox).sort(), ['empty.txt', 'hidden', 'plan (2).bin', 'plan.bin']);
  assert.equal(readFileSync(path.join(inbox, 'plan.bin'), 'utf8'), 'mine');
  assert.equal(sum(readFileSync(path.join(inbox, 'plan (2).bin'))), sum(sent['plan.bin']));
  assert.equal(readFileSync(path.join(inbox, 'hidden'), 'utf8'), 'by Ann');
});

test('a full disk is an error that both are told, and leaves nothing', async () => {
  const full = path.join(folder, 'full');
  mkdirSync(full);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', full]);
  try {
    writeFileSync(path.join(folder, 'large.bin'), randomBytes(500_000));
    const warp = start('full', 'Warp', '--receive-files', full);
    const weft = start('full', 'Weft', '--send-file', path.join(folder, 'large.bin'));
    await says(weft, 'does not get large.bin: it could not be saved');
    const [ofWarp, ofWeft] = await Promise.all([warp.end(), weft.end()]);
    assert.equal(ofWarp.code, 1);
    assert.match(ofWarp.log, /heddle-client: a file is not complete: large\.bin: No space left on device/);
    assert.equal(ofWeft.code, 1);
    assert.match(ofWeft.log, /heddle-client: a file is not complete: large\.bin: nobody has it: it could not be saved/);
    assert.deepEqual(readdirSync(full), []);
  } finally {
    execFileSync('umount', [full]);
  }
});
