// WHIP and WHEP with clients that no one here wrote: aiortc (foreign/aiortc_whip.py), and the npm package whip-whep in
// Chromium, on a page of another origin.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient, UNTIL_TOLD } from './lib/client.mjs';
import { Foreign } from './lib/foreign.mjs';
import { eventually, roomOf } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

const PUBLICATIONS = ['camera', 'microphone'];
let server; let pages; let origin;

before(async () => {
  pages = http.createServer(async (request, response) => {
    const script = /^\/(whip|whep)\.js$/.exec(request.url)?.[0];
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script ? await readFile(new URL(`./node_modules/whip-whep${script}`, import.meta.url)) : '<!doctype html>');
  });
  await new Promise((resolve) => pages.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${pages.address().port}`;
  server = await startServer(['--open', '--allow-origin', origin, '--no-tcp']);
});
after(() => {
  pages.close();
  return server.stop();
});

const at = (path) => `${server.url}${path}`;
const foreign = (t, path, name) => {
  const client = new Foreign(server, { name, script: 'aiortc_whip.py', url: at(path) });
  t.after(() => client.child.kill());
  return client;
};
const weave = (t, room, name, ...args) => {
  const client = startClient(server, { room, name, duration: UNTIL_TOLD, args: ['--video', '320x180@15:200k', ...args] });
  t.after(() => client.child.kill('SIGINT'));
  return client;
};
const find = async (room, name) => (await roomOf(server, room)).participants?.find((one) => one.name === name);

/** Waits until `check` is true of that one in the room. */
async function untilIs(room, name, what, check, ms = 20000) {
  let last;
  return eventually(() => `${name} ${what}: ${JSON.stringify(last)?.slice(0, 1500)}`, async () => check(last = await find(room, name)) && (last ?? true), ms);
}
const untilThere = (room, name) => untilIs(room, name, 'is not connected', (one) => one?.connection);
const untilGone = (room, name) => untilIs(room, name, 'is there', (one) => !one);
const untilSent = (room, name, packets) => untilIs(room, name, `is not sent ${packets} packets`, (one) => one?.connection?.slots
  .filter((slot) => slot.packets > packets).length >= 2);

describe('aiortc', () => {
  test('who posts an offer is seen and heard, until its session is deleted', async (t) => {
    const weft = weave(t, 'in', 'Weft', '--send', 'none');
    await untilIs('in', 'Weft', 'has not come', (one) => one);
    const studio = foreign(t, 'whip/in', 'Studio');
    const answer = await studio.take('answer');
    assert.equal(answer.status, 201, answer.body);
    assert.match(answer.location, /^\/whip\/in\/[0-9a-f]{32}$/);
    assert.equal(answer.etag, '"1"');
    await studio.take('connection', ({ state }) => state === 'connected');
    await untilSent('in', 'Weft', 60);
    const { publications } = await find('in', 'Studio');
    assert.deepEqual(publications.map(({ source }) => source), PUBLICATIONS);
    studio.do({ do: 'delete' });
    assert.equal((await studio.take('deleted')).status, 200);
    await untilGone('in', 'Studio');
    const { summary, log } = await weft.end();
    assert.ok(remote(summary, 'Studio')?.video.frames_decoded > 30, log);
    assert.ok(remote(summary, 'Studio').audio.packets > 60, log);
  });

  test('whose connection ends is gone without a word', async (t) => {
    const studio = foreign(t, 'whip/end', 'Studio');
    const { location } = await studio.take('answer');
    await studio.take('connection', ({ state }) => state === 'connected');
    await untilThere('end', 'Studio');
    studio.do({ do: 'end' });
    await eventually('the room to be gone', async () => (await fetch(at('api/v1/rooms/end'))).status === 404);
    assert.equal((await fetch(new URL(location, server.url), { method: 'DELETE' })).status, 404);
  });

  test('a viewer gets who speaks, or one publication', async (t) => {
    weave(t, 'out', 'Weft');
    const { id } = await untilThere('out', 'Weft');
    const viewer = foreign(t, 'whep/out', 'Viewer');
    assert.equal((await viewer.take('answer')).status, 201);
    await viewer.decodes(['video', 'audio']);
    const listener = foreign(t, `whep/out/${id}/microphone`, 'Listener');
    assert.equal((await listener.take('answer')).status, 201);
    await listener.decodes(['audio'], 50);
    assert.equal((await listener.frames()).video, undefined);
    assert.deepEqual((await find('out', 'Listener')).publications, []);
  });
});

describe('whip-whep in Chromium', () => {
  let browser;
  before(async () => { browser = await launchChromium(); });
  after(() => browser.close());

  /** A page of another origin with a client of the package and a peer connection. */
  async function openClient(t, kind) {
    const page = await browser.newPage();
    t.after(() => page.close());
    page.patches = [];
    page.on('response', (response) => {
      if (response.request().method() === 'PATCH') page.patches.push(response.status());
    });
    await page.goto(`${origin}/`);
    await page.evaluate(async (kind_) => {
      const library = await import(`/${kind_}.js`);
      window.client = new (kind_ === 'whip' ? library.WHIPClient : library.WHEPClient)();
      window.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    }, kind);
    return page;
  }

  test('simulcast, trickled candidates, a restart of ICE, and the end', async (t) => {
    const weft = weave(t, 'page', 'Weft', '--send', 'none');
    await untilIs('page', 'Weft', 'has not come', (one) => one);
    const page = await openClient(t, 'whip');
    await page.evaluate(async (url) => {
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360 } });
      window.peer.addTransceiver(media.getAudioTracks()[0], { direction: 'sendonly' });
      window.peer.addTransceiver(media.getVideoTracks()[0], { direction: 'sendonly',
        sendEncodings: [{ rid: 'l', scaleResolutionDownBy: 2 }, { rid: 'h' }] });
      await window.client.publish(window.peer, url);
    }, at('whip/page?name=Page'));
    await untilSent('page', 'Weft', 60);
    await untilIs('page', 'Page', 'does not send two encodings', (one) => one?.connection?.publications
      .find(({ kind }) => kind === 'video')?.encodings.length === 2);
    await eventually(() => `trickle was answered by ${page.patches}`, () => page.patches.includes(204));
    const before_ = await page.evaluate(() => window.peer.localDescription.sdp.match(/a=ice-ufrag:(.*)/)[1]);
    await page.evaluate(() => window.client.restart());
    assert.ok(page.patches.includes(200), `${page.patches}`);
    assert.ok(page.patches.every((status) => status === 200 || status === 204), `${page.patches}`);
    assert.notEqual(await page.evaluate(() => window.peer.localDescription.sdp.match(/a=ice-ufrag:(.*)/)[1]), before_);
    const { slots } = (await find('page', 'Weft')).connection;
    await untilSent('page', 'Weft', Math.max(...slots.map(({ packets }) => packets)) + 60);
    assert.equal(await page.evaluate(() => window.peer.connectionState), 'connected');
    await page.evaluate(() => window.client.stop());
    await untilGone('page', 'Page');
    const { summary, log } = await weft.end();
    assert.ok(remote(summary, 'Page')?.video.frames_decoded > 30, log);
  });

  test('a viewer decodes who speaks', async (t) => {
    weave(t, 'watch', 'Weft');
    await untilThere('watch', 'Weft');
    const page = await openClient(t, 'whep');
    await page.evaluate(async (url) => {
      window.peer.addTransceiver('audio', { direction: 'recvonly' });
      window.peer.addTransceiver('video', { direction: 'recvonly' });
      await window.client.view(window.peer, url);
    }, at('whep/watch'));
    await eventually('no pictures are decoded', () => page.evaluate(async () => [...(await window.peer.getStats()).values()]
      .some((one) => one.type === 'inbound-rtp' && one.kind === 'video' && one.framesDecoded > 20)), 20000);
    await page.evaluate(() => window.client.stop());
    await untilGone('watch', 'Viewer');
  });
});

test('a page of another origin that is not allowed is refused', async () => {
  for (const method of ['POST', 'OPTIONS', 'PATCH', 'DELETE']) {
    const path = method === 'POST' || method === 'OPTIONS' ? 'whip/x' : `whip/x/${'0'.repeat(32)}`;
    const answer = await fetch(at(path), { method, headers: { origin: 'https://other.example' }, body: method === 'POST' ? 'v=0' : undefined });
    assert.equal(answer.status, 403, method);
  }
});

/** What a raw request is answered: everything that comes, until the server closes. `pieces` are written one by one. */
function raw(...pieces) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const socket = net.connect(port, hostname, () => pieces.forEach((piece) => socket.write(piece)));
    let text = '';
    socket.on('data', (data) => { text += data; });
    socket.on('close', () => resolve(text));
    socket.on('error', (error) => (text ? resolve(text) : reject(error)));
    socket.setTimeout(12000, () => socket.destroy(new Error(`no end, only: ${text}`)));
  });
}
const head = (length, more = '') => `POST /whip/raw HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/sdp\r\ncontent-length: ${length}\r\n${more}\r\n`;

test('bodies are bounded, complete and of a known length', async () => {
  for (const [pieces, status, reason] of [
    [[head(4), 'v=0\n'], 400, /there is no o= line/],
    [[head(40000), 'x'.repeat(40000)], 400, /bad-sdp/], // headers and body together are more than headers may be
    [[head(65536), 'x'.repeat(65536)], 400, /bad-sdp/],
    [[head(65537)], 413, /too-large/],
    [[head('4x')], 400, /one number/],
    [[head(4, 'transfer-encoding: chunked\r\n')], 400, /or a Transfer-Encoding/],
    [[head(4).replace(/content-length: 4/, 'transfer-encoding: chunked')], 411, /length-required/],
    [[head(10), 'v=0\n'], 408, /complete/], // and then silence
    [[`${head(10)}v=0\n`], 408, /complete/],
    [[head(10)], 408, /complete/],
    [[head(0)], 400, /there is no body/],
    [['DELETE /whip/raw/', '0'.repeat(32), ' HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx'], 400, /unexpected-body/],
    [['GET /whip/raw HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'], 405, /allow: OPTIONS, POST/],
    [['PUT /whip/raw HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'], 405, /allow: OPTIONS, POST/],
  ]) {
    const text = await raw(...pieces);
    assert.ok(text.startsWith(`HTTP/1.1 ${status} `) && reason.test(text), `${pieces[0]}: ${text}`);
  }
});
