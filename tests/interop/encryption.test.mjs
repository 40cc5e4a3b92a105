// End-to-end encryption: pages and C clients with one key see and hear each other by the router, directly, and across
// the change; who has another key is told so and sees nothing; what the server has is of no use without the key.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient, UNTIL_TOLD } from './lib/client.mjs';
import { find, openPage, until, untilMore, untilSees } from './lib/pages.mjs';
import { eventually, roomOf } from './lib/wait.mjs';
import { Client, startServer } from './signaling_client.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const KEY = 'warp and weft';
const SMALL = ['--video', '320x180@15:200k'];
let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

const stateOf = (page, name) => page.evaluate((wanted) => {
  const { call } = window.heddle;
  return call.encryption.states.get([...call.participants.values()].find((one) => one.name === wanted)?.id);
}, name);
const untilState = (page, name, state) => eventually((last) => `${name} is ${last}`, async () => (await stateOf(page, name)) === state, 8000);
const hears = (page, name) => until(page, `hearing ${name}`, (stats) => find(stats, name, 'microphone')?.audioEnergy > 0);

test('pages and C clients with one key, by the router and directly; another key shows nothing', async (t) => {
  const server = await startServer(['--open', '--mesh-hold', '600']);
  t.after(() => server.stop());
  const pin = (topology) => fetch(`${server.url}api/v1/rooms/secret/pin?topology=${topology}`, { method: 'POST' });
  const weft = startClient(server, { room: 'secret', name: 'Weft', duration: UNTIL_TOLD, args: [...SMALL, '--e2ee-key', KEY] });
  t.after(() => weft.child.kill('SIGKILL'));
  const guessed = mkdtempSync(path.join(os.tmpdir(), 'heddle-guessed-'));
  t.after(() => rmSync(guessed, { recursive: true }));
  const guess = startClient(server, { room: 'secret', name: 'Guess', duration: UNTIL_TOLD, args: ['--send', 'none', '--record', guessed, '--e2ee-key', 'a guess'] });
  t.after(() => guess.child.kill('SIGKILL'));
  const ann = await openPage(browser, server, { key: KEY, room: 'secret', name: 'Ann', size: '320x180' });
  t.after(() => ann.closeAll());
  ann.witnesses.push(weft);
  await untilSees(ann, ['Weft']);
  await hears(ann, 'Weft');
  const eve = await openPage(browser, server, { key: 'another key', room: 'secret', name: 'Eve', size: '320x180' });
  t.after(() => eve.closeAll());
  await Promise.all([untilState(eve, 'Ann', 'wrong-key'), untilState(eve, 'Weft', 'wrong-key'), untilState(ann, 'Eve', 'wrong-key')]);
  await eventually(() => weft.saw(), () => /cannot be decrypted/.test(weft.log), 5000);
  assert.equal(await stateOf(ann, 'Weft'), 'decrypted');
  for (const name of ['Ann', 'Weft']) {
    const { frames = 0 } = find(await eve.stats(), name, 'camera') ?? {};
    assert.equal(frames, 0, `Eve decoded ${frames} pictures of ${name}`);
  }
  assert.equal(await eve.evaluate(() => [...document.querySelectorAll('.tile .note')].filter((note) => /another key/.test(note.title)).length), 2, 'each of them is marked');
  assert.match(await eve.innerText('#call-notice'), /You see and hear nobody/);
  assert.match(await ann.innerText('#call-notice'), /You do not see or hear \u2068Eve/);
  assert.equal(await ann.evaluate(() => document.getElementById('encryption').checkVisibility()), true, 'the lock');
  await eve.closeAll();
  const lost = await browser.newPage();
  await lost.goto(`${server.url}?room=secret&name=Lost&source=none`);
  await lost.check('#encrypt'); // which would make a key of its own
  await lost.click('#join');
  await lost.waitForFunction(() => !document.getElementById('prejoin').hidden && /link is without its key/.test(document.getElementById('notice').innerText));
  await lost.fill('#room-key', `${server.url}?room=secret#key=${KEY}`);
  await lost.click('#join');
  await lost.waitForFunction(() => window.heddle.call?.encryption && [...window.heddle.call.encryption.states.values()].includes('decrypted'));
  await lost.close();
  const { summary: recorded } = await guess.end();
  for (const name of ['Ann', 'Weft']) {
    assert.equal(remote(recorded, name).encryption, 'wrong key');
    assert.equal(remote(recorded, name).video.frames_decoded + remote(recorded, name).audio.packets, 0);
  }
  const bytes = readdirSync(guessed).reduce((sum, file) => sum + statSync(path.join(guessed, file)).size, 0);
  assert.ok(bytes < 1000, `without the key ${bytes} bytes were recorded`); // headers of files

  assert.deepEqual([(await pin('mcu')).status, (await roomOf(server, 'secret')).encrypted], [409, true]);
  assert.equal((await (await fetch(`${server.url}api/v1/rooms/secret/preview`)).json()).encrypted, true);
  const plain = new Client(server);
  t.after(() => plain.kill());
  await plain.opened;
  assert.equal((await plain.ask({ type: 'join', room: 'secret', name: 'Plain' }, 'error')).code, 'encrypted');
  for (const topology of ['mesh', 'sfu']) {
    assert.equal((await pin(topology)).status, 200);
    await until(ann, topology, (stats) => stats.topology === topology);
    await untilMore(ann, ['Weft'], 20);
  }
  const { code, summary, log } = await weft.end();
  assert.equal(code, 0, log);
  const seen = remote(summary, 'Ann');
  assert.equal(seen.encryption, 'encrypted');
  assert.equal(seen.video.decode_errors, 0);
  assert.ok(seen.video.frames_decoded > 30 && seen.audio.level_dbov > -60, JSON.stringify(seen));
  assert.deepEqual(summary.switches.map((one) => one.topology), ['mesh', 'mesh', 'sfu', 'sfu']);
  assert.equal(remote(summary, 'Eve').encryption, 'wrong key');
  assert.equal(remote(summary, 'Eve').video.frames_decoded, 0);
});

test('VP9 and AV1 with spatial layers, and H.264, by the router', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const codecs = ['vp9', 'av1', 'h264'];
  const senders = await Promise.all(codecs.map((codec) => openPage(browser, server, { key: KEY, room: 'codecs', name: codec, codec, simulcast: true, size: '320x180' })));
  const viewer = await openPage(browser, server, { key: KEY, room: 'codecs', name: 'Viewer', source: 'none' });
  t.after(() => Promise.all([...senders, viewer].map((page) => page.closeAll())));
  await untilSees(viewer, codecs);
  await untilMore(viewer, codecs, 10);
});

/** A file of a second of silence: 16 bits, 48 kHz, one channel. */
function silence(file) {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + 96000, 4);
  head.write('WAVEfmt ', 8);
  [[16, 4], [1, 2], [1, 2], [48000, 4], [96000, 4], [2, 2], [16, 2]].reduce((at, [value, size]) => head.writeUIntLE(value, at, size), 16);
  head.write('data', 36);
  head.writeUInt32LE(96000, 40);
  writeFileSync(file, Buffer.concat([head, Buffer.alloc(96000)]));
}

/** What the packet trace of a server tells of somebody who sends silence. */
async function traced(t, folder, key) {
  const file = path.join(folder, key === '' ? 'plain' : 'encrypted');
  const server = await startServer(['--open', '--packet-trace', file]);
  t.after(() => server.stop());
  const client = startClient(server, { room: 'r', name: 'Weft', duration: UNTIL_TOLD, args: ['--send', path.join(folder, 'silence.wav'), ...(key === '' ? [] : ['--e2ee-key', key])] });
  t.after(() => client.child.kill('SIGKILL'));
  await eventually(() => client.saw(), async () => (await roomOf(server, 'r')).participants?.[0]?.connection?.in.packets > 60);
  await client.end();
  await server.stop();
  return JSON.parse(execFileSync(path.join(root, 'build/trace_audio'), [file]).toString());
}

test('a packet trace tells what was said without encryption, and nothing with it', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-traced-'));
  t.after(() => rmSync(folder, { recursive: true }));
  silence(path.join(folder, 'silence.wav'));
  const [plain, encrypted] = await Promise.all(['', KEY].map((key) => traced(t, folder, key)));
  assert.ok(plain.packets > 40 && plain.silent > 0.9 * plain.packets, JSON.stringify(plain));
  assert.ok(encrypted.packets > 40 && encrypted.silent < 0.1 * encrypted.packets, JSON.stringify(encrypted));
});
