// What a client records is accepted by others' tools, and can be sent again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { remote, startClient } from './lib/client.mjs';
import { startServer } from './signaling_client.mjs';

const probe = (file) => JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-count_packets', '-show_streams', '-of', 'json', file])).streams[0];

test('a recording is read by ffprobe, and sent again by another client', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-record-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const small = ['--video', '320x180@15:200k', '--fixed']; // of one size, however busy the machine is
  const weft = startClient(server, { room: 'record', name: 'Weft', duration: 9, args: small });
  const recorder = startClient(server, { room: 'record', name: 'Rec', duration: 7, args: ['--send', 'none', '--record', folder] });
  const { code, summary } = await recorder.done;
  assert.equal(code, 0);
  await weft.done;
  const files = readdirSync(folder).sort();
  const video = path.join(folder, files.find((name) => name.endsWith('.ivf')));
  const audio = path.join(folder, files.find((name) => name.endsWith('.ogg')));
  const seen = probe(video);
  assert.deepEqual([seen.codec_name, seen.width, seen.height], ['vp8', 320, 180]);
  assert.equal(Number(seen.nb_read_packets), remote(summary, 'Weft').video.frames_received);
  assert.equal(probe(audio).codec_name, 'opus');
  assert.ok(Number(probe(audio).nb_read_packets) > 200);
  execFileSync('ffmpeg', ['-v', 'fatal', '-xerror', '-i', video, '-f', 'null', '-']); // every frame decodes

  const sender = startClient(server, { room: 'again', name: 'Tape', duration: 6, args: ['--send', video, '--send', audio] });
  const viewer = await startClient(server, { room: 'again', name: 'View', duration: 5, args: ['--send', 'none'] }).done;
  await sender.done;
  const again = remote(viewer.summary, 'Tape');
  assert.ok(again.video.frames_decoded > 30 && again.video.width === 320, JSON.stringify(again));
  assert.ok(again.audio.packets > 100, JSON.stringify(again));
});

test('a second recording leaves the first as it is; a file that cannot be written is an error that says why', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-record-'));
  const full = path.join(folder, 'full');
  mkdirSync(full);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', full]);
  t.after(() => {
    execFileSync('umount', [full]);
    rmSync(folder, { recursive: true, force: true });
  });
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const record = (where, duration) => startClient(server, { room: 'twice', name: 'Rec', duration, args: ['--send', 'none', '--record', where] }).done;
  const weft = startClient(server, { room: 'twice', name: 'Weft', duration: 18, args: ['--video', '320x180@15:200k'] });

  const deep = path.join(folder, 'a', 'b'); // is made
  const first = await record(deep, 4);
  assert.equal(first.code, 0, first.log);
  const before = readdirSync(deep).map((name) => [name, readFileSync(path.join(deep, name))]);
  const second = await record(deep, 3);
  assert.equal(second.code, 0, second.log);
  for (const [name, content] of before) assert.ok(readFileSync(path.join(deep, name)).equals(content), `${name} was written over`);
  // Whose id is p1 depends on who joined first.
  assert.deepEqual(readdirSync(deep).map((name) => name.replace(/^p\d+-/, '')).sort(), ['Weft-2.ivf', 'Weft-2.ogg', 'Weft.ivf', 'Weft.ogg']);
  for (const name of readdirSync(deep)) assert.ok(Number(probe(path.join(deep, name)).nb_read_packets) > 20, name);

  const { code, log, summary } = await record(full, 6);
  assert.equal(code, 1);
  // The disk has no place for both: whichever file needed the next block is the one that it names.
  assert.match(log, /the recording is not complete: cannot write .*full\/p\d+-Weft\.(ivf|ogg): No space left on device/);
  assert.ok(remote(summary, 'Weft').audio.packets > 150, 'the call does not go on');
  const nowhere = await record(path.join(deep, readdirSync(deep)[0]), 1);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.log, /cannot record to the folder .*-Weft.*: Not a directory/);
  await weft.done;
});
