// Everything a stranger can throw at the server, while two C clients are in a call through it: each gets its error or
// its counter, and the call does not notice.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { remote, startClient, UNTIL_TOLD } from './lib/client.mjs';
import { assertDelivered } from './lib/delivery.mjs';
import { makeOffer, offerTo, runHostile } from './lib/hostile.mjs';
import { sleep, untilMediaFlows } from './lib/wait.mjs';
import { Client, joined, startServer } from './signaling_client.mjs';

const CALM_GAP_MS = 140; // two frames, at 15 a second
const COOKIE = Buffer.from([0x21, 0x12, 0xa4, 0x42]);
let server;
let quiet; // another server, left in peace: what its call suffers is this machine's doing
let call;
let control;
let began;

async function startCall(where) {
  const args = ['--video', '320x180@15:200k'];
  const clients = ['Ann', 'Bob'].map((name) => startClient(where, { room: 'call', name, duration: UNTIL_TOLD, args }));
  await untilMediaFlows(where, 'call', clients.length);
  return clients;
}
before(async () => {
  server = await startServer(['--open', '--mesh-max', '0']);
  quiet = await startServer(['--open', '--mesh-max', '0']);
  [call, control] = await Promise.all([server, quiet].map(startCall));
  began = Date.now(); // media flows
});
after(async () => {
  for (const { child } of [...call, ...control]) child.kill();
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
  const client = await joined(server, 'elsewhere');
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
  const watcher = await joined(server, 'keys');
  const client = await joined(server, 'keys');
  let result;
  const difference = await added(async () => { result = await runHostile(server, client, 'malformed', 2000); },
    ({ srtp_errors: errors }) => errors >= 2000);
  assert.equal(result.code, 0, result.lines.join());
  assert.ok(result.lines.includes('done 2000'), result.lines.join());
  assert.equal(difference.srtp_errors, 2000, JSON.stringify(difference));
  const room = await (await fetch(`${server.url}api/v1/rooms/keys`)).json();
  for (const { connection } of room.participants) assert.ok(!connection || connection.in.packets === 0, JSON.stringify(connection));
  client.kill();
  watcher.kill();
});

test('signaling: each mistake is told by its name, and only the worst end the socket', async () => {
  const client = await joined(server, 'words');
  const other = await joined(server, 'other-words');
  const third = await joined(server, 'other-words'); // p2 is in the other room only
  const fingerprint = Array(32).fill('AB').join(':');
  const refusal = async (message, code, field) => {
    const error = await client.ask(message, 'error');
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
    await refusal(message, 'no-such-target');
  await third.settle();
  assert.deepEqual(third.messages.filter(({ from }) => from), []);
  await client.send(JSON.stringify({ type: 'chat', text: 'x'.repeat(300 * 1024) }));
  assert.equal((await client.take('error')).code, 'too-large');
  assert.equal(await client.closed, 1009);
  other.kill();
  third.kill();
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
  const client = await joined(server, 'others');
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

test('ICE-TCP: malformed data, half frames and crawlers are cut off, framed nonsense is counted', async () => {
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
    for (const end of ends) assert.ok(end - began < 14000, `open for ${end - began} ms`);
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
    const client = await joined(server, 'streams');
    assert.equal((await runHostile(server, client, mode, 100)).code, 0, mode);
    client.kill();
  }
  for (const socket of sockets) socket.destroy();
  const { tcp_unproven: unproven } = await counters();
  assert.ok(unproven >= 400, `${unproven} refused`);
});

test('the call has not noticed: nothing lost, no frame missing, no freeze of its own', async (t) => {
  const room = await (await fetch(`${server.url}api/v1/rooms/call`)).json();
  assert.equal(room.participants.length, 2, 'the call ended before the attacks did');
  for (const { connection } of room.participants) {
    assert.deepEqual([connection.in.lost, connection.out.lost, connection.bad_packets], [0, 0, 0], JSON.stringify(connection));
    assert.ok(connection.in.packets > 500 && connection.out.packets > 500, JSON.stringify(connection));
  }
  const seconds = (Date.now() - began) / 1000;
  assert.ok(seconds > 10, `a call of ${seconds} s`);
  const results = await Promise.all([...call, ...control].map(({ end }) => end()));
  const video = ({ summary }, name) => remote(summary, name).video;
  const undisturbed = [video(results[2], 'Bob'), video(results[3], 'Ann')];
  const freezes = Math.max(...undisturbed.map((one) => one.freezes));
  const gap = Math.max(...undisturbed.map((one) => one.longest_gap_ms));
  t.diagnostic(`left in peace: ${freezes} freezes, longest gap ${gap} ms`);
  for (const [own, other, name] of [[results[0], results[1], 'Bob'], [results[1], results[0], 'Ann']]) {
    assert.equal(own.code, 0, own.log);
    const { video: seen, audio } = assertDelivered(own.summary, name, { video: seconds * 15 * 0.7, audio: seconds * 50 * 0.7 });
    const { sent } = other.summary;
    t.diagnostic(JSON.stringify({ seen, audio, sent }));
    assert.ok(Math.abs(seen.frames_decoded - sent.video_frames) <= 5, `${seen.frames_decoded} of ${sent.video_frames} frames`);
    assert.ok(sent.video_frames > seconds * 15 * 0.7, `${sent.video_frames} frames sent`);
    assert.ok(Math.abs(audio.packets - sent.audio_packets) <= 25, `${audio.packets} of ${sent.audio_packets} audio packets`);
    assert.deepEqual([seen.decode_errors, seen.counter_missed], [0, 0]);
    // Where even the call left in peace has gaps of more than two frames, the machine stands still now and then, and
    // this one may have its share of that; on a calm machine there is no excuse.
    const allowed = gap < CALM_GAP_MS ? 0 : 3 * freezes + 3;
    assert.ok(seen.freezes <= allowed, `${seen.freezes} freezes, without attacks ${freezes}, and a gap of ${gap} ms`);
    assert.ok(seen.longest_gap_ms <= Math.max(250, 4 * gap), `a gap of ${seen.longest_gap_ms} ms, without attacks ${gap}`);
  }
});
