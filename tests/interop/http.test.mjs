// What is served over HTTP beside WebSockets: the page, its files and types, what is no path, HTTPS.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import { after, before, test } from 'node:test';
import { spawnSync } from 'node:child_process';
import { Client, startServer } from './signaling_client.mjs';

let server;
let folder;
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-http-'));
  server = await startServer(['--open']);
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

test('the page, its types, health and the API are served; odd paths are not', async () => {
  const get = (where, options) => fetch(new URL(where, server.url), options);
  assert.equal(await (await get('/healthz')).text(), 'ok\n');
  const page = await get('/?room=x');
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  const script = await get('/protocol.js');
  assert.equal(script.status, 200);
  assert.match(script.headers.get('content-type'), /^text\/javascript/);
  assert.equal(script.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(script.headers.get('referrer-policy'), 'same-origin');
  const policy = Object.fromEntries(script.headers.get('content-security-policy').split('; ').map((rule) => rule.split(/ (.*)/)));
  assert.deepEqual([policy['default-src'], policy['frame-ancestors'], policy['connect-src'], policy['script-src']], ["'self'", "'none'", "'self' ws: wss:", undefined]);
  const text = await (await get('/api/v1/rooms')).text();
  assert.match(text, /"uptime_s": \d+\.\d{1,6},/, 'no digits of a rounding error');
  const rooms = JSON.parse(text);
  assert.ok(Array.isArray(rooms.rooms));
  assert.equal(rooms.server.workers.length, 1);
  assert.equal(rooms.server.workers[0].answers, true);
  assert.equal((await get('/api/v1/rooms/nobody')).status, 404);
  assert.equal((await get('/api/v1/elsewhere')).status, 404);
  assert.equal((await get('/nothing.js')).status, 404);
  assert.equal((await get('/.gitignore')).status, 404);
  for (const [method, path, status, allow] of [['POST', '/healthz', 405, 'GET, HEAD'], ['PUT', '/', 405, 'GET, HEAD'],
    ['POST', '/api/v1/rooms', 405, 'GET, HEAD'], ['DELETE', '/api/v1/rooms/daily', 405, 'GET, HEAD'], ['OPTIONS', '/api/v1/rooms/daily', 405, 'GET, HEAD'],
    ['GET', '/api/v1/rooms/daily/pin', 405, 'POST'], ['HEAD', '/api/v1/rooms/daily/pin', 405, 'POST'], ['PATCH', '/api/v1/rooms/daily/pin', 405, 'POST'],
    ['PUT', '/api/v1/elsewhere', 404, null], ['POST', '/api/v1/rooms/pin', 405, 'GET, HEAD']]) {
    const answer = await get(path, { method });
    assert.deepEqual([answer.status, answer.headers.get('allow')], [status, allow], `${method} ${path}`);
    if (status === 405 && method !== 'HEAD') assert.deepEqual((await answer.json()).expected, allow);
  }
  for (const [path, options, status, code] of [[`/${'y'.repeat(256)}`, {}, 414, 'path-too-long'], [`/api/v1/rooms/${'y'.repeat(256)}`, {}, 414, 'path-too-long'],
    ['/api/v1/rooms/nobody', {}, 404, 'no-such-room'], ['/api/v1/elsewhere', {}, 404, 'no-such-resource'], ['/nothing.js', {}, 404, 'no-such-resource'],
    ['/api/v1/rooms/daily/pin?topology=sfu', { method: 'POST', headers: { origin: 'https://evil.example' } }, 403, 'foreign-origin']]) {
    const answer = await get(path, options);
    assert.deepEqual([answer.status, answer.headers.get('content-type'), (await answer.json()).code],
      [status, 'application/json; charset=utf-8', code], path);
  }
  const head = await get('/healthz', { method: 'HEAD' });
  assert.equal(head.headers.get('content-length'), '3');
});

test('the page is few answers, compressed, which browsers keep by their content', async () => {
  const web = path.join(folder, 'page');
  await mkdir(web);
  const write = (name, text) => writeFile(path.join(web, name), text);
  await write('index.html', '<html>\n  <meta name="effect" content="effects/a.js">\n  <script src="early.js"></script>\n  <link rel="modulepreload" href="b.js">\n  <script type="module" src="app.js"></script>\n</html>\n');
  await write('early.js', 'begin();');
  await write('app.js', "import { b } from './b.js';\nwindow.b = b;\n");
  await write('b.js', 'export const b = 1; // what "kept" says\n');
  const own = await startServer(['--open', '--web', web]);
  const get = (where, headers = {}) => fetch(new URL(where, own.url), { headers });
  const scriptOf = (html) => /<script type="module" src="(page-[0-9a-f]{16}\.js)">/.exec(html)[1];

  const page = await get('/?room=x', { 'accept-encoding': 'gzip' });
  assert.deepEqual(['content-encoding', 'vary', 'cache-control'].map((name) => page.headers.get(name)), ['gzip', 'accept-encoding', 'no-cache']);
  const html = await page.text();
  assert.match(html, /<script>begin\(\);<\/script>/);
  assert.doesNotMatch(html, /modulepreload/);
  const hash = createHash('sha256').update('begin();').digest('base64');
  assert.ok(page.headers.get('content-security-policy').split('; ').includes(`script-src 'self' 'sha256-${hash}'`));
  const plain = await get('/', { 'accept-encoding': 'identity' });
  assert.deepEqual([plain.headers.get('content-encoding'), await plain.text()], [null, html]);

  const script = await get(scriptOf(html));
  assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  const ran = { window: {} };
  vm.runInNewContext(await script.text(), ran);
  assert.equal(ran.window.b, 1);

  for (const where of ['/', '/b.js']) {
    const etag = (await get(where)).headers.get('etag');
    const again = await get(where, { 'if-none-match': etag });
    assert.deepEqual([again.status, await again.text(), again.headers.get('etag')], [304, '', etag], where);
    assert.equal((await get(where, { 'if-none-match': 'W/"other"' })).status, 200);
  }
  await write('b.js', 'export const b = 2;\n');
  const changed = scriptOf(await (await get('/')).text());
  assert.notEqual(changed, scriptOf(html));
  assert.equal((await get(`/${scriptOf(html)}`)).status, 404);

  assert.doesNotMatch(html, /effects/); // there are none
  await mkdir(path.join(web, 'effects'));
  await write('effects/a.js', '');
  const withEffects = await get('/');
  assert.match(await withEffects.text(), /<meta name="effect" content="effects\/a\.js">/);
  assert.ok(withEffects.headers.get('content-security-policy').split('; ').includes(`script-src 'self' 'sha256-${hash}' 'wasm-unsafe-eval'`));

  await write('b.js', 'export default 3;\n'); // nothing that the server can join: served as it is
  assert.match(await (await get('/')).text(), /src="app\.js"/);
  await own.logs(/b\.js: an export that is no/);
  await own.stop();
});

test('no way out of the folder of the page', async () => {
  for (const where of ['/../PROTOCOL.md', '/..%2f..%2fCHANGELOG.md', '/%2e%2e/%2e%2e/CHANGELOG.md', '//etc/passwd']) {
    const status = await new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      const socket = net.connect(Number(port), hostname, () => socket.write(`GET ${where} HTTP/1.1\r\nhost: x\r\n\r\n`));
      socket.once('data', (data) => { resolve(String(data).split(' ')[1]); socket.destroy(); });
      socket.on('error', reject);
    });
    assert.notEqual(status, '200', where);
  }
});

test('links of the page\'s folder are followed inside of it only', async () => {
  const [web, outside] = [path.join(folder, 'web'), path.join(folder, 'outside.txt')];
  await mkdir(path.join(web, 'v1'), { recursive: true });
  await writeFile(path.join(web, 'v1/index.html'), 'page');
  await writeFile(outside, 'secret');
  await symlink('v1/index.html', path.join(web, 'index.html'));
  await symlink(outside, path.join(web, 'file.txt'));
  await symlink(folder, path.join(web, 'parent'));
  await symlink(web, path.join(folder, 'current')); // the folder itself may be one
  const own = await startServer(['--open', '--web', path.join(folder, 'current')]);
  for (const [where, status] of [['/', 200], ['/v1/index.html', 200], ['/file.txt', 404], ['/parent/outside.txt', 404], ['/parent/web/index.html', 200]]) {
    assert.equal((await fetch(new URL(where, own.url))).status, status, where);
  }
  await own.stop();
});

test('HTTPS and secure WebSockets, and an IPv6 address', async () => {
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const secure = await startServer(['--open', '--tls-cert', cert, '--tls-key', key]);
  assert.match(secure.url, /^https:/);
  const body = await new Promise((resolve, reject) => {
    https.get(new URL('/api/v1/rooms', secure.url), { rejectUnauthorized: false }, (response) => {
      let text = '';
      response.on('data', (data) => { text += data; });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
  assert.deepEqual(JSON.parse(body).rooms, []);
  const client = new Client(secure, { insecure: true });
  await client.join('x');
  const other = new Client(secure, { insecure: true });
  await other.join('x');
  await client.send({ type: 'offer', target: 'p2', generation: 1, sdp: 'x'.repeat(200000), sends: [] }); // many TLS records
  assert.equal((await other.take('offer')).sdp.length, 200000);
  client.kill();
  other.kill();
  assert.deepEqual(await secure.stop(), { code: 0, signal: null });
  const six = await startServer(['--open', '--http', '[::1]:0']);
  assert.match(six.url, /^http:\/\/\[::1\]:/);
  assert.equal(await (await fetch(new URL('/healthz', six.url))).text(), 'ok\n');
  await six.stop();
});
