// What viewers get on bad links. Times and frame rates are within three times the worst of
// docs/quality.md, or of docs/test_bounds.md.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { startClient, UNTIL_TOLD, untilReceive } from './lib/client.mjs';
import { Lab } from './lib/lab.mjs';
import { Call, startViewer, summarize, timeUntil, untilSees, watch } from './lib/quality.mjs';
import { EACH_OTHER, joinBeside } from './lib/see_each_other.mjs';
import { eventually, sleep } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

async function call(t, viewers, options) {
  const made = await Call.make(viewers, options);
  t.after(() => made.end());
  return made;
}

test('a link that shrinks to a fifth and grows again: encodings follow, the picture goes on', async (t) => {
  const lab = await call(t, ['viewer']);
  await lab.lab.link('server', 'viewer', 'both delay 10ms queue 300ms rate 2500kbit');
  await eventually('the publisher is in', () => isIn(lab.room(), 'Pub'));
  const page = await lab.page('viewer', 'View', { joins: false });
  const pictures = await joinBeside(lab.publisher, page);
  t.diagnostic(`pictures ${pictures} ms after the click`);
  assert.ok(Math.max(...pictures) < EACH_OTHER, `pictures ${pictures} ms after the click`);
  await untilSees(page, ['Pub'], 30000);
  await eventually('an encoding that a wide link carries', () => lab.state('View').encoding >= 1, 15000, 250);
  const isBest = (samples) => samples.length > 12 && samples.slice(-12).every(({ encoding }) => encoding === 2);
  const before = await watch(lab, page, 'View', 10, isBest); // it grows on
  await lab.lab.set('server', 'viewer', 'up rate 500kbit');
  const down = await watch(lab, page, 'View', 10);
  await lab.lab.set('server', 'viewer', 'up rate 2500kbit');
  const { encoding: former } = summarize(before);
  const up = await watch(lab, page, 'View', 20, (samples) => samples.length > 1 && samples.at(-1).encoding >= former);
  const rows = { before: summarize(before, 2.5e6), down: summarize(down, 5e5), up: summarize(up, 2.5e6) };
  t.diagnostic(JSON.stringify(rows));
  assert.ok(rows.before.encoding >= 1, `encoding ${rows.before.encoding} at 2.5 Mbit/s`);
  assert.ok(rows.down.encoding < rows.before.encoding, `encoding ${rows.down.encoding} at 500 kbit/s`);
  assert.ok(rows.down.fps > 10, `${rows.down.fps} frames a second on the small link`);
  assert.ok(rows.down.longestStillMs < 700, `the picture stood for ${rows.down.longestStillMs} ms`);
  assert.ok(timeUntil(up, up[0].at, ({ encoding }) => encoding >= former) !== null, 'the encoding did not come back');
});

test('a C client whose own link shrinks sends what fits, and all of it again later', async (t) => {
  const lab = await Lab.make('server', 'sender', 'viewer');
  t.after(() => lab.end());
  const address = lab.address('server');
  await lab.link('server', 'sender', 'both delay 10ms queue 300ms');
  await lab.link('server', 'viewer', 'both delay 10ms');
  const server = await startServer(['--open', '--mesh-max', '0', '--public-ip', address, '--http', `${address}:8080`], (...command) => lab.inside('server', ...command));
  t.after(() => server.stop());
  const start = (where, name, args) => startClient(server, { room: 'up', name, duration: UNTIL_TOLD, quiet: name !== 'Viewer', args, inside: (...command) => lab.inside(where, ...command) });
  const sender = start('sender', 'Sender', ['--receive', 'none', '--video', '1280x720@30:2M', '--verbose']);
  const viewer = start('viewer', 'Viewer', ['--send', 'none']);
  const encoding = () => {
    const text = execFileSync(...lab.inside('server', 'curl', '-s', `${server.url}api/v1/rooms/up`)).toString();
    const connection = JSON.parse(text).participants?.find(({ name }) => name === 'Sender')?.connection;
    return Math.round((connection?.publications.find(({ kind }) => kind === 'video')?.encodings[0].bps ?? 0) / 1000);
  };
  t.after(() => [sender, viewer].forEach(({ child }) => child.kill()));
  let kbps;
  const until = (what, fits, ms) => eventually(() => `${what}: ${kbps} kbit/s`, () => fits(kbps = encoding()), ms, 250);
  await until('on the open link', (rate) => rate > 1200, 19000);
  await lab.set('server', 'sender', 'down rate 500kbit');
  await until('on the link of 500', (rate) => rate < 520, 9000);
  await untilReceive([viewer], 75); // it goes on
  await until('on the link of 500, later', (rate) => rate < 520, 1000);
  await lab.set('server', 'sender', 'down rate 10mbit');
  await until('on the open link again', (rate) => rate > 1200, 15000);
  const [sent, seen] = await Promise.all([sender.end(), viewer.end()]);
  const { sent: end } = sent.summary;
  const { video } = seen.summary.remotes.find(({ name }) => name === 'Sender');
  t.diagnostic(JSON.stringify({ end, video }));
  assert.ok(end.bitrate_bps > 1000000 && end.width >= 640, `at the end ${end.bitrate_bps} bit/s, ${end.width} wide`);
  assert.ok(video.longest_freeze_ms < 1040, `the picture stood for ${video.longest_freeze_ms} ms`);
});

const isIn = (room, name) => room.participants?.some((one) => one.name === name && one.connection);

/**
 * Waits until `check()` is true `times` times in a row, looking every so many ms; goes on
 * after `ms`, for what follows to judge.
 */
async function untilStands(times, ms, every, check) {
  let row = 0;
  for (const end = Date.now() + ms; row < times && Date.now() < end; await sleep(every)) row = check() ? row + 1 : 0;
}

// C clients on a link each, side by side: encodings of 64, 264 and 800 kbit/s together with audio.
const links = {
  fast: { settings: 'rate 5mbit', least: 2 },
  middle: { settings: 'rate 500kbit', least: 0, most: 1 },
  small: { settings: 'rate 150kbit', least: 0, most: 0 },
  lossy: { settings: 'rate 10mbit loss 10%', least: 1 },
  bursts: { settings: 'rate 10mbit burst 1.3%/25%', least: 1 },
  jittery: { settings: 'rate 10mbit delay 100ms jitter 30ms', least: 1 },
};

test('links of every kind: each viewer gets what its own carries, and a moving picture', async (t) => {
  const names = Object.keys(links);
  const lab = await call(t, [...names, 'pair'], { publisher: 'client' });
  for (const name of names) await lab.lab.link('server', name, `both delay 10ms queue 300ms ${links[name].settings}`);
  await lab.lab.link('server', 'pair', 'both delay 10ms queue 300ms rate 600kbit');
  const begin = Date.now();
  const viewers = new Map([...names.map((name) => [name, startViewer(lab, name, name, UNTIL_TOLD)]),
    ...['one', 'two'].map((name) => [name, startViewer(lab, 'pair', name, UNTIL_TOLD)])]);
  t.after(() => viewers.forEach(({ child }) => child.kill()));
  const fits = (name, encoding) => encoding >= (links[name]?.least ?? 0) && encoding <= (links[name]?.most ?? 2);
  await untilStands(12, 18000, 300, () => {
    const room = lab.room();
    return [...viewers.keys()].every((name) => isIn(room, name) && fits(name, lab.state(name, room).encoding));
  });
  const seen = Object.fromEntries([...viewers.keys()].map((name) => [name, []]));
  for (let i = 0; i < 31; i += 1) {
    const room = lab.room();
    for (const name of viewers.keys()) seen[name].push(lab.state(name, room));
    await sleep(300);
  }
  const median = (name, key) => seen[name].map((state) => state[key]).sort((a, b) => a - b)[15];
  const seconds = (Date.now() - begin) / 1000 - 2; // they have to come in
  const ended = new Map(await Promise.all([...viewers].map(async ([name, { end }]) => [name, await end()])));
  for (const [name, { summary }] of ended) {
    const { video } = summary.remotes.find((remote) => remote.name === 'Pub');
    const figures = { encoding: median(name, 'encoding'), rtt: median(name, 'rtt'), estimate: median(name, 'estimate'), fps: video.frames_decoded / seconds, longest: video.longest_freeze_ms };
    t.diagnostic(`${name}: ${JSON.stringify(figures)}`);
    assert.ok(fits(name, figures.encoding), `${name}: ${JSON.stringify(figures)}`);
    // On the smallest two of three temporal layers fit: 7.5 frames a second.
    assert.ok(figures.fps > 6 && figures.longest < 1400, `${name}: ${JSON.stringify(figures)}`);
  }
  const shares = ['one', 'two'].map((name) => seen[name].at(-1).bytes - seen[name][0].bytes);
  assert.ok(Math.max(...shares) < Math.min(...shares) * 2.5, `behind one link: ${shares}`);
});

test('one viewer on a small link costs the others nothing', async (t) => {
  const lab = await call(t, ['good', 'bad'], { publisher: 'client' });
  await lab.lab.link('server', 'good', 'both delay 10ms');
  await lab.lab.link('server', 'bad', 'both delay 10ms queue 300ms rate 300kbit');
  const names = ['One', 'Two', 'Three'];
  const start = (name, where) => startClient(lab.server, { room: 'lab', name, duration: 30, args: ['--send', 'none'], inside: (...command) => lab.lab.inside(where, ...command) });
  const clients = [...names.map((name) => start(name, 'good')), start('Slow', 'bad')];
  await untilStands(8, 15000, 250, () => {
    const room = lab.room();
    return [...names, 'Slow'].every((name) => isIn(room, name) && (lab.state(name, room).encoding === 2) === (name !== 'Slow'));
  });
  const seen = [];
  for (let i = 0; i < 20; i += 1) {
    const room = lab.room();
    seen.push(Object.fromEntries([...names, 'Slow'].map((name) => [name, lab.state(name, room).encoding])));
    await sleep(250);
  }
  t.diagnostic(JSON.stringify(seen.at(-1)));
  for (const name of names) assert.ok(seen.filter((encodings) => encodings[name] === 2).length >= 18, `${name} had ${seen.map((encodings) => encodings[name])}`);
  assert.ok(seen.every(({ Slow }) => Slow < 2), `the slow one had ${seen.map(({ Slow }) => Slow)}`);
  await Promise.all(clients.map(({ end }) => end())); // their summaries are still to be read
});
