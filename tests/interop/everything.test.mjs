// All that may be in a room at once, for a minute on links that lose 2 % both ways: three people (a page and two C
// clients), an encoder by WHIP, a mixer, a recorder, and a player that gets the mixer's picture by WHEP.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient, UNTIL_TOLD } from './lib/client.mjs';
import { Foreign } from './lib/foreign.mjs';
import { Lab } from './lib/lab.mjs';
import { find, openPage, until } from './lib/pages.mjs';
import { eventually, sleep } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

const SECONDS = 60;
const RATE = 25; // pictures a second of the mixer
const LEAST = 0.85; // of them come, decoded: 0.94 beside other tests
const STILL = 750; // ms that a picture stands at most, three times what was measured
const LINKS = ['ann', 'weft', 'warp', 'studio', 'player'];

const probe = (file) => JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-count_packets', '-show_entries', 'stream=codec_name,nb_read_packets,width', '-of', 'json', file])).streams;
const decodes = (file) => execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-map', '0', '-f', 'null', '-'], { encoding: 'utf8' });

/** Everybody and everything is there, and the mix goes to all. */
function isComplete({ topology, participants, recording }) {
  const connected = participants?.filter(({ connection }) => connection?.in.packets + connection?.out.packets > 20) ?? [];
  return topology === 'mcu' && recording === 'on' && connected.length >= 7;
}

test('people, WHIP, mixer, recorder and WHEP in one room, a minute on links that lose packets', { timeout: 180000 }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'heddle-recordings-'));
  const lab = await Lab.make('server', ...LINKS);
  t.after(() => lab.end());
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [index, name] of LINKS.entries()) await lab.link('server', name, `both delay 10ms loss 2%`, `--seed ${index + 1}`);
  const address = lab.address('server');
  const server = await startServer(['--open', '--mesh-max', '0', '--recordings', folder, '--public-ip', address, '--http', '0.0.0.0:8080'],
    (...command) => lab.inside('server', ...command));
  t.after(() => server.stop());
  server.url = `http://${address}:8080/`; // for who is elsewhere
  const curl = (...parameters) => execFileSync(...lab.inside('server', 'curl', '-s', ...parameters)).toString();
  const room = () => JSON.parse(curl(`${server.url}api/v1/rooms/lab`));
  const inside = (where) => (...command) => lab.inside(where, ...command);

  const clients = ['Weft', 'Warp'].map((name) => startClient(server, { room: 'lab', name, duration: UNTIL_TOLD, args: ['--video', '320x180@15:200k'], inside: inside(name.toLowerCase()) }));
  t.after(() => clients.forEach(({ child }) => child.kill('SIGKILL')));
  const browser = await launchChromium({ args: [`--unsafely-treat-insecure-origin-as-secure=${new URL(server.url).origin}`], executablePath: lab.wrapper('ann', '/usr/bin/chromium') });
  t.after(() => browser.close());
  const ann = await openPage(browser, server, { room: 'lab', name: 'Ann', size: '320x180' });
  const foreign = (where, name, what) => new Foreign(server, { name, script: 'aiortc_whip.py', url: `${server.url}${what}`, inside: inside(where) });
  const studio = foreign('studio', 'Studio', 'whip/lab');
  const player = foreign('player', 'Player', 'whep/lab/mix');
  t.after(() => [studio, player].forEach(({ child }) => child.kill('SIGKILL')));
  curl('-X', 'POST', `${server.url}api/v1/rooms/lab/pin?topology=mcu`);
  curl('-X', 'POST', `${server.url}api/v1/rooms/lab/recording?state=on`);
  let last;
  await eventually(() => `all in the room: ${JSON.stringify(last).slice(0, 1500)}; ${server.log.slice(-1000)}`, () => isComplete(last = room()), 30000, 250);
  await until(ann, 'the mix', ({ remotes }) => remotes.find(({ publication }) => publication.endsWith('/mix-video'))?.frames > 10);
  const seen = await player.decodes(['video', 'audio']);

  const mixOf = async () => (await ann.stats()).remotes.find(({ publication }) => publication.endsWith('/mix-video')).frames;
  const before = await mixOf();
  const begun = Date.now();
  for (let second = 0; second < SECONDS; second += 5) {
    await sleep(5000); // what is shown is how a minute goes
    assert.equal(room().topology, 'mcu', server.log.slice(-1000));
  }
  const seconds = (Date.now() - begun) / 1000;
  const shown = (await mixOf() - before) / seconds;
  const played = await player.frames();
  const told = { page: shown, player: (played.video - seen.video) / seconds, heard: (played.audio - seen.audio) / seconds };
  curl('-X', 'POST', `${server.url}api/v1/rooms/lab/recording?state=off`);
  const ended = await Promise.all(clients.map((client) => client.end()));
  for (const { summary } of ended) {
    const { video, audio } = remote(summary, 'Mixer');
    told[summary.participant] = { pictures: video.frames_decoded, still: video.longest_freeze_ms, gap: audio.longest_gap_ms };
  }
  t.diagnostic(JSON.stringify(told));
  assert.ok(shown > RATE * LEAST, `the page saw ${shown} pictures a second`);
  assert.ok(told.player > RATE * 0.6, `the player ${told.player}`); // aiortc drops what it cannot decode at once
  assert.ok(told.heard > 40, `and heard ${told.heard} packets of 50 a second`); // a lost one costs aiortc those behind it
  for (const { code, log, summary } of ended) {
    const { video, audio } = remote(summary, 'Mixer');
    assert.equal(code, 0, log);
    assert.ok(video.frames_decoded > SECONDS * RATE * LEAST && video.longest_freeze_ms < STILL, JSON.stringify(video));
    assert.ok(audio.level_dbov > -50, 'the others are heard');
  }
  assert.doesNotMatch(server.log, /its (mixer|recorder) (was ended by|ended with status [^0])/);
  await server.logs(/its recorder ended with status 0/, 15000);
  const files = readdirSync(path.join(folder, readdirSync(folder)[0]));
  assert.ok(files.some((file) => file.includes('Studio')) && files.includes('room.webm'), `${files}`);
  const mix = path.join(folder, readdirSync(folder)[0], 'mix.webm');
  const [picture] = probe(mix).filter(({ width }) => width);
  t.diagnostic(`${picture.nb_read_packets} pictures of the mix are recorded in ${seconds} s`);
  assert.ok(Number(picture.nb_read_packets) > SECONDS * RATE * LEAST);
  assert.equal(decodes(mix), '');
  assert.deepEqual(ann.problems, []);
});
