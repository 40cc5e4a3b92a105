// The npm package heddle-client: packed, installed in an empty folder, and its example holds a call from another
// origin; a program in TypeScript is checked against its types.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { startServer } from './signaling_client.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '../..');
let folder;
let installed;
before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-installed-'));
  const tarball = execFileSync(process.execPath, [path.join(root, 'client/web_package/pack.mjs'), folder], { encoding: 'utf8' }).trim();
  writeFileSync(path.join(folder, 'package.json'), '{"private": true, "type": "module"}');
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: folder, stdio: 'pipe' });
  installed = path.join(folder, 'node_modules/heddle-client');
});
after(() => rmSync(folder, { recursive: true }));

/** Fails with what the compiler says. */
function compile(programs, options) {
  execFileSync(path.join(here, 'node_modules/.bin/tsc'), ['--noEmit', '--strict', '--target', 'ES2022', ...options, ...programs], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'inherit', 'inherit'] });
}

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

test('it has the version of the project, types, and nothing of the page', () => {
  const { version } = readJson(path.join(installed, 'package.json'));
  assert.equal(version, readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8').match(/^project\(heddle VERSION (\S+)/m)[1]);
  for (const name of ['README.md', 'LICENSE', 'index.js', 'types/index.d.ts', 'example/index.html']) assert.ok(existsSync(path.join(installed, name)), name);
  for (const name of ['app.js', 'ui', 'index.html', 'i18n.js']) assert.ok(!existsSync(path.join(installed, name)), name);
  assert.doesNotMatch(readdirSync(installed).filter((name) => name.endsWith('.js')).map((name) => readFileSync(path.join(installed, name), 'utf8')).join('\n'), /\bdocument\./);
});

test('what its reference has is in its types', () => {
  writeFileSync(path.join(folder, 'program.ts'), `
import { Call, FileTransfers, reconnectionDefaults } from 'heddle-client';
declare const track: MediaStreamTrack, stream: MediaStream, socket: WebSocket;
const call = new Call({ page: 'https://calls.example/', room: 'weaving', name: 'Ann', data: true, reconnection: { maxRestarts: reconnectionDefaults.maxRestarts }, connect: () => socket });
call.publish({ source: 'camera', kind: 'video', track, stream, muted: false, codec: 'vp8', encodings: [{ maxBitrate: 600000 }] });
call.replaceTrack('camera', track);
call.setView(new Map([['p2/camera', { width: 320, height: 180, priority: 1 }]]));
const wasTaken: boolean = call.sendData('hello', { topic: 'words', policy: 'lossy' });
const names: string[] = [...call.participants.values()].map(({ name }) => name);
new Call({ page: 'https://calls.example/', room: 'weaving', name: 'Ann', key: 'secret', worker: new URL('https://calls.example/worker.js'), reconnection: { ...reconnectionDefaults, autoWait: 1 } });
call.react('thumbs-up');
const transfers = new FileTransfers(call);
const offered = transfers.offer(new Blob([]), { to: 'p2' });
const size: number | undefined = offered?.size;
const received: number[] = [...offered?.receivers.values() ?? []].map((receiver) => receiver.received);
transfers.addEventListener('offered', ({ detail }) => detail.accept({ write: async (bytes) => console.log(bytes.length), close: async () => {}, abort() {} }));
// @ts-expect-error: there is no such source
call.publish({ source: 'camera-3', kind: 'video', track, stream, muted: false });
// @ts-expect-error: it is true or false
call.lockRoom('yes');
// @ts-expect-error: there is no such policy
call.sendData('hello', { policy: 'never' });
export { names, received, size, wasTaken };
`);
  compile(['program.ts'], ['--skipLibCheck', '--module', 'ES2022', '--moduleResolution', 'bundler', '--lib', 'ES2022,DOM,DOM.Iterable']);
});

test('the example of its README is a program in TypeScript, and what events say has types', () => {
  const [, example] = readFileSync(path.join(installed, 'README.md'), 'utf8').match(/^```js\n(.*?)^```$/ms);
  writeFileSync(path.join(folder, 'example.ts'), example);
  writeFileSync(path.join(folder, 'events.ts'), `
import { Call, FileTransfers } from 'heddle-client';
declare const call: Call;
call.addEventListener('data', ({ detail: { from, payload } }) => console.log(from.length, payload.byteLength), { once: true });
call.addEventListener('chat-history', ({ detail }) => console.log(detail.map(({ at, text }) => [at.toFixed(), text.length])));
call.addEventListener('status', ({ detail: { attempt, state } }) => console.log(state === 'failed', attempt + 1));
call.removeEventListener('participants', () => {});
new FileTransfers(call).addEventListener('offered', ({ detail }) => detail.refuse());
call.addEventListener('mine', { handleEvent() {} });
// @ts-expect-error: a track's event has no participant
call.addEventListener('track', ({ detail: { participant } }) => participant);
// @ts-expect-error: there is no such event
call.addEventListener('trak', ({ detail }) => detail);
// @ts-expect-error: nobody has a call without a room
new Call({ page: 'https://calls.example/', name: 'Ann' });
`);
  compile(['example.ts', 'events.ts'], ['--module', 'nodenext', '--lib', 'es2022,dom']);
});

test('its example holds a call from another origin, with a message, another device and its own transport', async (t) => {
  const types = { '.html': 'text/html', '.js': 'text/javascript' };
  const files = createServer(({ url }, response) => {
    const file = path.join(folder, new URL(url, 'http://x').pathname);
    if (!file.startsWith(folder) || !existsSync(file)) response.writeHead(404).end();
    else createReadStream(file).pipe(response.writeHead(200, { 'Content-Type': types[path.extname(file)] ?? 'text/plain' }));
  });
  await new Promise((resolve) => { files.listen(0, '127.0.0.1', resolve); });
  const origin = `http://127.0.0.1:${files.address().port}`;
  const server = await startServer(['--open', '--allow-origin', origin]);
  const browser = await launchChromium();
  t.after(async () => {
    await browser.close();
    await server.stop();
    files.close();
  });
  const open = async (name) => {
    const page = await (await browser.newContext()).newPage();
    page.problems = [];
    page.on('pageerror', (error) => page.problems.push(error.message));
    await page.goto(`${origin}/node_modules/heddle-client/example/index.html?server=${encodeURIComponent(server.url)}&room=package&name=${name}`);
    return page;
  };
  const example = `${origin}/node_modules/heddle-client/example/index.html`;
  const nowhere = await (await browser.newContext()).newPage();
  await nowhere.goto(example);
  await nowhere.waitForFunction(() => /^Which server\?/.test(document.getElementById('status').innerText));
  const blind = await (await browser.newContext()).newPage(); // without a camera
  blind.problems = [];
  blind.on('pageerror', (error) => blind.problems.push(error.message));
  await blind.addInitScript(() => {
    const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wanted) => (wanted.video ? Promise.reject(new DOMException('not found', 'NotFoundError')) : given(wanted));
  });
  await blind.goto(`${example}?server=${encodeURIComponent(server.url)}&room=blind&name=Cid`);
  await blind.waitForFunction(() => document.getElementById('missing').innerText === 'No camera: not found.' && window.call.sources.has('microphone'));
  assert.deepEqual(blind.problems, []);
  const pages = await Promise.all(['Ann', 'Bob'].map(open));
  for (const page of pages) await page.waitForFunction(() => document.querySelector('#videos video')?.currentTime > 0.2 && document.getElementById('status').innerText === 'connected');
  const [ann, bob] = pages;
  await ann.click('#hello');
  await bob.waitForFunction(() => document.getElementById('said').innerText === 'Ann: hello');
  const before = await ann.evaluate(() => window.call.sources.get('camera').track.id);
  await ann.click('#camera');
  await ann.waitForFunction((id) => window.call.sources.get('camera').track.id !== id, before);
  const shown = await bob.evaluate(() => document.querySelector('#videos video').currentTime);
  await bob.waitForFunction((time) => document.querySelector('#videos video').currentTime > time + 0.3, shown);
  await ann.evaluate(async (address) => { // a transport that one makes oneself, in another call
    const { Call } = await import('../index.js');
    window.asked = [];
    // It has what the reference says, and nothing else of a WebSocket.
    const connect = (url, subprotocol) => {
      window.asked.push(url);
      const inner = new WebSocket(url, subprotocol);
      const outer = { get readyState() { return inner.readyState; }, send: (text) => inner.send(text), close: () => inner.close() };
      inner.onopen = () => outer.onopen();
      inner.onmessage = ({ data }) => outer.onmessage({ data });
      inner.onclose = () => outer.onclose({});
      window.breakIt = () => inner.close();
      return outer;
    };
    window.other = new Call({ page: address, room: 'package', name: 'Cy', connect });
    window.resumed = [];
    window.other.addEventListener('joined', ({ detail }) => window.resumed.push(detail.resumed));
    window.other.join();
  }, server.url);
  await bob.waitForFunction(() => [...window.call.participants.values()].some(({ name }) => name === 'Cy'));
  await ann.evaluate(() => window.breakIt());
  await ann.waitForFunction(() => window.resumed.length === 2);
  const address = `${server.url.replace('http', 'ws')}ws`;
  assert.deepEqual(await ann.evaluate(() => window.asked), [address, address], 'another one is asked for when it was lost');
  assert.deepEqual(pages.map(({ problems }) => problems), [[], []]);
});
