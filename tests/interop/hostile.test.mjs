// Everything a stranger can throw at the server, and one who is let in by mistake, beside two calls of three C
// clients: each gets its error or its counter, and the calls do not notice.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import net from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { assertHarmIsSeen, assertUnharmed, Calls, describeHarm, first, NAMES, OWN } from './lib/calls_of_three.mjs';
import { remote } from './lib/client.mjs';
import { makeOffer, offerTo, runHostile } from './lib/hostile.mjs';
import { roomOf, sleep } from './lib/wait.mjs';
import { Client, joined, startServer } from './signaling_client.mjs';

const CALM_GAP_MS = 140; // two frames, at 15 a second
const COOKIE = Buffer.from([0x21, 0x12, 0xa4, 0x42]);
let server;
let quiet; // another server, left in peace: what its call suffers is this machine's doing
let calls;
let control;

before(async () => {
  server = await startServer(['--open', '--mesh-max', '0'], first);
  quiet = await startServer(['--open', '--mesh-max', '0'], first);
  [calls, control] = await Promise.all([Calls.start(server), Calls.start(quiet, { rooms: [OWN] })]);
});
afterEach(() => calls.assertUndisturbed()); // each attack by itself
after(async () => {
  calls.kill();
  control.kill();
  await Promise.all([server.stop(), quiet.stop()]);
});

const counters = async () => (await (await fetch(`${server.url}api/v1/rooms`)).json()).server.workers[0];
/** What `act` adds to the counters, as soon as `enough(added)`, or after five seconds. */
async function added(act, enough) {
  const start = await counters();
  await act();
  for (const end = Date.now() + 5000; ;) {
    const now = await counters();
    const difference = Object.fromEntries(Object.entries(now).map(([key, value]) => [key, value - start[key]]));
    if (enough(difference) || Date.now() > end) return difference;
    await sleep(100);
  }
}

test('malformed datagrams of every size and kind are counted, and not one is answered', async (t) => {
  const socket = dgram.createSocket('udp4');
  t.after(() => socket.close());
  let answers = 0;
  socket.on('message', () => { answers += 1; });
  await new Promise((resolve) => { socket.connect(server.mediaPort, '127.0.0.1', resolve); });
  const firstBytes = [0, 1, 3, 20, 22, 63, 64, 79, 100, 128, 144, 191, 192, 255];
  const sizes = [0, 1, 2, 3, 4, 11, 12, 13, 19, 20, 21, 28, 100, 548, 1199, 1200, 1201, 1472, 1473, 1500, 4000, 65000];
  const datagrams = [];
  for (const size of sizes) {
    for (const first of firstBytes) {
      const data = randomBytes(size);
      if (size > 0) data[0] = first;
      datagrams.push(data);
    }
    if (size < 20) continue;
    const check = randomBytes(size); // a binding request of nobody, with attributes that make no sense
    check.set([0, 1, (size - 20) >> 8 & 0xff, (size - 20) & 0xff, ...COOKIE]);
    datagrams.push(check);
  }
  const rounds = 5;
  const count = datagrams.length * rounds;
  const difference = await added(async () => {
    for (let round = 0; round < rounds; round += 1) {
      for (const data of datagrams) await new Promise((resolve, reject) => { socket.send(data, (error) => (error ? reject(error) : resolve())); });
      await sleep(50);
    }
  }, ({ malformed, bad_checks: bad }) => malformed + bad >= count);
  assert.ok(difference.malformed + difference.bad_checks >= count, `${count} sent, counted: ${JSON.stringify(difference)}`);
  assert.equal(answers, 0);
});

test('a certificate that is not the one of the SDP ends the handshake', async () => {
  const client = await joined(server, OWN);
  const wrong = Array(32).fill('AB').join(':');
  let result;
  const difference = await added(async () => { result = await runHostile(server, client, 'connect', 5000, { fingerprint: wrong }); },
    ({ dtls_errors: errors, connections }) => errors >= 1 && connections === 0);
  // As the DTLS client it is connected before the router has judged its certificate
  // (False Start), and told by an alert.
  assert.ok(result.lines.includes('failed') || result.lines.includes('ended'), result.lines.join());
  assert.ok(difference.dtls_errors >= 1, JSON.stringify(difference));
  assert.equal(difference.connections, 0, 'the connection is still there');
  client.kill();
});

test('packets protected with a wrong key are counted and go no further', async () => {
  const watcher = await joined(server, OWN);
  const client = await joined(server, OWN);
  let result;
  const difference = await added(async () => { result = await runHostile(server, client, 'malformed', 2000); },
    ({ srtp_errors: errors }) => errors >= 2000);
  assert.equal(result.code, 0, result.lines.join());
  assert.ok(result.lines.includes('done 2000'), result.lines.join());
  assert.equal(difference.srtp_errors, 2000, JSON.stringify(difference));
  const { participants } = await roomOf(server, OWN);
  for (const { connection } of participants.filter(({ name }) => !NAMES.includes(name))) assert.ok(!connection || connection.in.packets === 0, JSON.stringify(connection));
  client.kill();
  watcher.kill();
});

test('signaling: each mistake is told by its name, and only the worst end the socket', async () => {
  const client = await joined(server, OWN);
  const other = await joined(server, 'other-words');
  const third = await joined(server, 'other-words'); // p2 is in the other room only
  const alone = await joined(server, 'words');
  const fingerprint = Array(32).fill('AB').join(':');
  const refusal = async (message, code, field, sender = client) => {
    const error = await sender.ask(message, 'error');
    assert.equal(error.code, code, JSON.stringify(error));
    if (field) assert.equal(error.field, field, JSON.stringify(error));
    return error;
  };
  for (const broken of ['{"type":"chat"', 'null', '"chat"', `${'['.repeat(50000)}`, '{"type":"chat","text":"\\ud800"}', '\u0000'])
    await refusal(broken, 'bad-json');
  await refusal(offerTo('router', 17), 'bad-message', 'sdp');
  await refusal(offerTo('router', 'v=0\r\n', { generation: -1 }), 'bad-message', 'generation');
  await refusal(offerTo(undefined, 'v=0\r\n'), 'bad-message', 'target');
  const edit = (sdp) => sdp.replaceAll(/^a=ice-ufrag:.*\r?\n/mg, '');
  const error = await refusal(offerTo('router', await makeOffer(fingerprint, edit)), 'bad-sdp', 'sdp');
  assert.match(error.message, /ice-ufrag/);
  for (const message of [offerTo('p2', await makeOffer(fingerprint)), { type: 'request-new-connection', target: 'p2', generation: 2 },
    { type: 'ice-candidate', target: 'p2', generation: 1, candidate: '' }])
    await refusal(message, 'no-such-target', undefined, alone);
  await third.settle();
  assert.deepEqual(third.messages.filter(({ from }) => from), []);
  await client.send(JSON.stringify({ type: 'chat', text: 'x'.repeat(300 * 1024) }));
  assert.equal((await client.take('error')).code, 'too-large');
  assert.equal(await client.closed, 1009);
  for (const one of [other, third, alone]) one.kill();
});

test('a socket that never ends its message, or never joins, holds nobody up', async () => {
  const half = new Client(server);
  await half.opened;
  half.socket.send('{"type":"join","room":"half"', { fin: false });
  const raw = net.connect(Number(new URL(server.url).port), '127.0.0.1');
  raw.on('error', () => {});
  raw.write('GET /ws HTTP/1.1\r\nhost: x\r\nupgrade: webs');
  const noise = net.connect(Number(new URL(server.url).port), '127.0.0.1');
  noise.on('error', () => {});
  noise.write(randomBytes(20000));
  const client = await joined(server, OWN);
  await client.settle();
  for (const socket of [raw, noise]) socket.destroy();
  half.kill();
  client.kill();
});

const stream = (localAddress = '127.0.0.1') => new Promise((resolve, reject) => {
  const socket = net.connect({ port: server.mediaPort, host: '127.0.0.1', localAddress }, () => resolve(socket));
  socket.closed_ = new Promise((done) => { socket.on('close', () => done(Date.now())); });
  socket.on('error', reject);
});
const frame = (data) => Buffer.concat([Buffer.from([data.length >> 8, data.length & 0xff]), data]);

test('ICE-TCP: malformed data, half frames and crawlers are cut off, framed nonsense is counted', async (t) => {
  const difference = await added(async () => {
    const noisy = await stream(); // its first two bytes are a length that no datagram of ours has
    noisy.write(Buffer.concat([Buffer.from([0xff, 0xff]), randomBytes(4000)]));
    await noisy.closed_;
    const framed = await stream();
    for (const size of [1, 2, 12, 20, 100, 1500]) framed.write(frame(Buffer.alloc(size, 0x80)));
    framed.write(Buffer.from([0, 0, 0, 0, 0])); // empty frames, and half of another
    const half = await stream();
    half.write(Buffer.from([0x04]));
    const promise = await stream();
    promise.write(frame(randomBytes(1000)).subarray(0, 500));
    const silent = await stream();
    const crawler = await stream();
    const began = Date.now();
    const crawl = setInterval(() => crawler.write('\0'), 200);
    const ends = await Promise.all([framed, half, promise, silent, crawler].map((socket) => socket.closed_));
    clearInterval(crawl);
    const longest = Math.max(...ends) - began;
    t.diagnostic(`open for ${longest} ms at most`);
    assert.ok(longest < 14000, `open for ${longest} ms`);
  }, ({ tcp_unproven: unproven }) => unproven >= 5);
  assert.equal(difference.tcp_accepted, 6, JSON.stringify(difference));
  assert.equal(difference.tcp_bad_frames, 1, JSON.stringify(difference));
  assert.equal(difference.tcp_unproven, 5, JSON.stringify(difference));
  assert.ok(difference.malformed >= 6, JSON.stringify(difference));
});

test('a thousand idle streams, of one address and of many, keep nobody out: the oldest make room', async () => {
  const sockets = [];
  for (let i = 0; i < 1000; i += 1) {
    sockets.push(await stream(i < 800 ? `127.0.1.${1 + i % 16}` : '127.0.0.1'));
    sockets.at(-1).on('error', () => {});
  }
  for (const mode of ['connect', 'tcp']) {
    const client = await joined(server, OWN);
    assert.equal((await runHostile(server, client, mode, 100)).code, 0, mode);
    client.kill();
  }
  for (const socket of sockets) socket.destroy();
  const { tcp_unproven: unproven } = await counters();
  assert.ok(unproven >= 400, `${unproven} refused`);
});

test('the calls have not noticed: nothing lost, no frame missing, no freeze of their own', async (t) => {
  const ended = await calls.end();
  const left = await control.end();
  const video = (summary, name) => remote(summary, name).video;
  const undisturbed = left.flatMap(({ name, summary }) => NAMES.filter((one) => one !== name).map((one) => video(summary, one)));
  const freezes = Math.max(...undisturbed.map((one) => one.freezes));
  const gap = Math.max(...undisturbed.map((one) => one.longest_gap_ms));
  t.diagnostic(`${describeHarm(ended)}; left in peace: ${freezes} freezes, longest gap ${gap} ms`);
  assert.ok(ended[0].seconds > 10, `calls of ${ended[0].seconds} s`);
  assertUnharmed(ended, Math.max(250, 4 * gap));
  assertHarmIsSeen(ended);
  for (const { room, name, summary } of ended) {
    for (const { name: other, summary: { sent } } of ended.filter((one) => one.room === room && one.name !== name)) {
      const { video: seen, audio } = remote(summary, other);
      const what = `${room}/${name}: ${JSON.stringify({ seen, audio, sent })}`;
      assert.ok(Math.abs(seen.frames_decoded - sent.video_frames) <= 5, what);
      assert.ok(Math.abs(audio.packets - sent.audio_packets) <= 25, what);
      assert.deepEqual([seen.decode_errors, seen.counter_missed], [0, 0], what);
      // Where even the call left in peace has gaps of more than two frames, the machine stands still now and then, and
      // this one may have its share of that; on a calm machine there is no excuse.
      assert.ok(seen.freezes <= (gap < CALM_GAP_MS ? 0 : 3 * freezes + 3), `${what}; without attacks ${freezes} freezes, and a gap of ${gap} ms`);
    }
  }
});
