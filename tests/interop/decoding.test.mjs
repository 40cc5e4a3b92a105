// Whatever codec heddle-client claims to decode, it decodes from a browser, through the router: frames are shown, and
// what it records is read by others' tools.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient, UNTIL_TOLD } from './lib/client.mjs';
import { openPage, until } from './lib/pages.mjs';
import { eventually, roomOf } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

const streams = [
  { name: 'vp8', codec: 'vp8', size: '640x360', width: 640, layers: 1 },
  { name: 'vp9 in one layer', codec: 'vp9', size: '320x180', width: 320, layers: 1 },
  { name: 'vp9 in two spatial layers', codec: 'vp9', size: '640x360', width: 640, layers: 2 },
];

/** The router sends the largest encoding, and so many of its spatial layers, to View. */
async function isFull(server, room, layers) {
  const { participants = [] } = await roomOf(server, room);
  const camera = ({ id, publication = id }) => publication.endsWith('/camera');
  const connectionOf = (who) => participants.find((one) => one.name === who)?.connection;
  const slot = connectionOf('View')?.slots.find(camera);
  const encodings = connectionOf('Bob')?.publications.find(camera)?.encodings;
  return slot && encodings && slot.packets > 60 && slot.encoding === encodings.length - 1 && slot.spatial >= layers - 1;
}

for (const { name, codec, size, width, layers } of streams) {
  test(`${name} from Chromium is decoded and recorded`, async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-decoding-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const server = await startServer(['--open', '--mesh-max', '0']);
    t.after(() => server.stop());
    const bob = await openPage(browser, server, { room: codec, name: 'Bob', simulcast: true, size, codec });
    t.after(() => bob.closeAll());
    const viewer = startClient(server, { room: codec, name: 'View', duration: UNTIL_TOLD, args: ['--send', 'none', '--record', folder] });
    t.after(viewer.end);
    await eventually('the full size', () => isFull(server, codec, layers), 20000);
    const made = ({ sent }) => Math.max(...sent.filter(({ kind }) => kind === 'video').map(({ frames }) => frames));
    const before = made(await bob.stats());
    await until(bob, 'enough frames', (stats) => made(stats) > before + 90);
    const { code, summary, log } = await viewer.end();
    assert.equal(code, 0, log);
    const { video } = remote(summary, 'Bob');
    t.diagnostic(JSON.stringify(video));
    assert.equal(video.decode_errors, 0);
    assert.ok(video.frames_decoded > 60, JSON.stringify(video));
    assert.ok(video.frames_received - video.frames_decoded <= 1, JSON.stringify(video)); // one may be on its way at the end
    assert.equal(video.width, width);
    const file = path.join(folder, readdirSync(folder).find((one) => one.endsWith('.ivf')));
    const seen = JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', file])).streams[0];
    assert.equal(seen.codec_name, codec);
    execFileSync('ffmpeg', ['-v', 'fatal', '-xerror', '-i', file, '-f', 'null', '-']); // every frame decodes
  });
}
