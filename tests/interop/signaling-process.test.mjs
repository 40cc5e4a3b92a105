// The server as a process: descriptors, signals, a log that nobody reads, ports that it cannot have, files that it
// cannot write; and what is no WebSocket, though it wants to be one.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { assertHarmIsSeen, assertUnharmed, Calls, OWN } from './lib/calls_of_three.mjs';
import { remote, startClient } from './lib/client.mjs';
import { eventually, roomOf, sleep } from './lib/wait.mjs';
import { Client, binary, joined, startServer, takeMediaPort } from './signaling_client.mjs';

let folder;
let ownPort; // for servers that are not to start
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-process-'));
  ownPort = String(await takeMediaPort());
});
after(async () => { await rm(folder, { recursive: true }); });

const inShell = (before, after = '') => (...command) => ['bash',
  ['-c', `${before} exec "$@" ${after}`, 'bash', ...command]];
const counts = async (server) => (await (await fetch(new URL('/api/v1/rooms', server.url))).json()).server;
const cpuTicks = async ({ child }) => {
  const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
};
const connect = (server) => new Promise((resolve, reject) => {
  const { hostname, port } = new URL(server.url);
  const socket = net.connect(Number(port), hostname, () => resolve(socket));
  socket.on('error', reject);
});
/** What a server answers to raw bytes. */
const talk = async (server, request) => {
  const socket = await connect(server);
  let answer = '';
  const answered = new Promise((resolve) => {
    socket.on('data', (data) => {
      answer += data;
      if (answer.includes('\r\n\r\n')) setTimeout(resolve, 20); // and what comes right behind the headers
    });
    socket.on('close', resolve);
  });
  socket.write(request);
  await Promise.race([answered, sleep(5000)]);
  socket.destroy();
  return answer;
};
const fails = (options, limits = '') => {
  const result = spawnSync('bash', ['-c', `${limits} exec "$@"`, 'bash', binary, '--http', '127.0.0.1:0', '--media-port', ownPort,
    '--public-ip', '127.0.0.1', '--open', ...options], { encoding: 'utf8', timeout: 10000 });
  assert.equal(result.status, 1, `${result.signal} ${result.stdout} ${result.stderr}`);
  assert.doesNotMatch(result.stdout, /ready/);
  return result.stderr;
};

test('too few descriptors to start are an error that says how many it takes', () => {
  assert.match(fails(['--workers', '64'], 'ulimit -n 64;'), /64 workers need at least \d+ open files, and 64 are allowed/);
  assert.match(fails(['--workers', '1'], 'ulimit -n 20;'), /at least \d+ open files/);
});

test('the soft limit of descriptors is raised to the hard one', async () => {
  const server = await startServer(['--open'], inShell('ulimit -Sn 64; ulimit -Hn 4096;'));
  assert.match(await readFile(`/proc/${server.child.pid}/limits`, 'utf8'), /Max open files\s+4096\s+4096/);
  await server.stop();
});

test('idle connections make place for others: no spinning, no lines without end, no lockout, and a call loses nothing', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0', '--log', 'warning'], inShell('ulimit -n 100;'));
  const call = await Calls.start(server, { rooms: [OWN] }); // who only connects is in no room
  t.after(() => call.kill());
  const participant = await joined(server, OWN);
  const idle = [];
  for (let i = 0; i < 150; i += 1) {
    const socket = await connect(server);
    socket.on('error', () => {});
    socket.on('close', () => { socket.isClosed = true; });
    idle.push(socket);
  }
  await eventually('they made place', () => idle.filter(({ isClosed }) => isClosed).length >= 100);
  const ticks = await cpuTicks(server);
  await sleep(1000); // in which nothing is to be done
  assert.ok(await cpuTicks(server) - ticks < 20, 'the loop spins');
  await participant.settle();
  const { limits, connections, connections_max: most } = await counts(server);
  assert.ok(limits.connections_evicted >= 150 - most, JSON.stringify(limits));
  assert.ok(connections <= most, `${connections} of ${most}`);
  assert.ok(idle.filter(({ isClosed }) => isClosed).length >= 100);
  const newcomer = await joined(server, 'room');
  await newcomer.settle();
  assert.ok(server.log.length < 5000, `${server.log.length} bytes of log`);
  await call.assertUndisturbed();
  const ended = await call.end();
  assertUnharmed(ended);
  assertHarmIsSeen(ended);
  for (const socket of idle) socket.destroy();
  for (const client of [participant, newcomer]) client.kill();
  await server.stop();
});

test('endless headers hold a bounded amount of memory', async () => {
  const server = await startServer(['--open', '--log', 'warning']);
  const memory = async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${server.child.pid}/status`, 'utf8'))[1]) / 1024;
  const participant = await joined(server, 'room');
  const before = await memory();
  const sockets = [];
  for (let i = 0; i < 1500; i += 1) {
    const socket = await connect(server);
    socket.on('error', () => {});
    socket.write(`GET / HTTP/1.1\r\nhost: x\r\n${`cookie: ${'a'.repeat(990)}\r\n`.repeat(60)}`);
    sockets.push(socket);
  }
  await participant.settle();
  const grown = await memory() - before;
  assert.ok(grown < 70, `${grown.toFixed(1)} MB more`);
  let limits;
  await eventually(() => JSON.stringify(limits), async () => {
    ({ limits } = await counts(server));
    const { connections_evicted: evicted, headers_unfinished: unfinished, headers_refused: tooLarge } = limits;
    return evicted + unfinished + tooLarge >= 1500 - 512; // whichever comes first
  });
  const newcomer = await joined(server, 'room');
  for (const client of [participant, newcomer]) client.kill();
  for (const socket of sockets) socket.destroy();
  await server.stop();
});

test('without descriptors new connections wait, and are served when there are some again; a call loses nothing', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0', '--log', 'warning'], inShell('ulimit -n 100;'));
  const call = await Calls.start(server, { rooms: [OWN] }); // who only connects is in no room
  t.after(() => call.kill());
  const participant = await joined(server, 'room');
  const used = (await readdir(`/proc/${server.child.pid}/fd`)).length;
  spawnSync('prlimit', ['--pid', String(server.child.pid), `--nofile=${used}:100`]);
  const waiting = await connect(server);
  let answer = '';
  waiting.on('data', (data) => { answer += data; });
  waiting.on('error', () => {});
  waiting.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  const ticks = await cpuTicks(server);
  await sleep(1000); // in which nothing can be done
  await participant.settle();
  assert.ok(await cpuTicks(server) - ticks < 20, 'the loop spins');
  assert.ok(server.log.length < 5000, `${server.log.length} bytes of log`);
  spawnSync('prlimit', ['--pid', String(server.child.pid), '--nofile=100:100']);
  await eventually(() => `no 200 but ${answer}`, () => answer.includes('200 OK'));
  assert.ok((await counts(server)).limits.accept_pauses > 0);
  await call.assertUndisturbed();
  const ended = await call.end();
  assertUnharmed(ended);
  assertHarmIsSeen(ended);
  participant.kill();
  await server.stop();
});

test('a log that nobody reads holds nobody up', async (t) => {
  // A pipe with a reader that never reads: the shell holds its other end.
  const server = await startServer(['--open', '--log', 'debug'], inShell('exec 3> >(exec sleep 20 >&- 2>&-);', '2>&3'));
  for (let round = 0; round < 40; round += 1) {
    const client = await joined(server, `room-${round}`);
    for (let i = 0; i < 100; i += 1) await client.send({ type: 'x'.repeat(200) }); // each is a line of debug
    await client.settle();
    client.kill();
  }
  const start = Date.now();
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  const took = Date.now() - start;
  t.diagnostic(`ended ${took} ms after TERM`);
  assert.ok(took < 3000, `took ${took} ms to end`);
});

test('rooms made and left in a loop do not fill a disk with their lines', async () => {
  const server = await startServer();
  for (let i = 0; i < 400; i += 1) {
    const client = await joined(server, `room-${i}`);
    await client.send({ type: 'leave' });
    await client.closed;
  }
  assert.match(server.log, /p1 joined/);
  assert.ok(server.log.split('\n').length < 400, `${server.log.split('\n').length} lines`);
  await server.stop();
});

test('started with descriptors 0 to 2 closed it serves, and its log goes nowhere else', async () => {
  const port = await takeMediaPort(); // of TCP as well as of UDP
  const child = spawn('bash', ['-c', 'exec "$@" 0<&- 1>&- 2>&-', 'bash', binary, '--open', '--http', `127.0.0.1:${port}`,
    '--media-port', String(await takeMediaPort()), '--workers', '1', '--public-ip', '127.0.0.1']);
  const exited = new Promise((resolve) => { child.on('exit', (code, signal) => resolve({ code, signal })); });
  const server = { url: `http://127.0.0.1:${port}/` };
  await eventually('it serves', () => fetch(server.url).then(() => true, () => false));
  const client = await joined(server, 'room');
  await client.settle();
  for (let fd = 0; fd <= 2; fd += 1) {
    assert.match(spawnSync('readlink', [`/proc/${child.pid}/fd/${fd}`], { encoding: 'utf8' }).stdout, /null/);
  }
  client.kill();
  child.kill();
  assert.deepEqual(await exited, { code: 0, signal: null });
});

test('signals of terminals and tools do not end it', async () => {
  const server = await startServer();
  const client = await joined(server, 'room');
  for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE']) {
    server.child.kill(signal);
    await sleep(100);
    await client.settle();
  }
  await server.logs(/1 rooms, 1 sockets/); // SIGUSR1
  client.kill();
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('signals that its parent had blocked end it', async () => {
  const server = await startServer(['--open'], (...command) => ['env', ['--block-signal', ...command]]);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('a certificate that is renewed is shown, at once with SIGHUP; a pair that does not fit leaves the old one', async (t) => {
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  const make = (name, keyFile = key) => {
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
      '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', cert], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
  };
  make('first');
  const server = await startServer(['--open', '--tls-cert', cert, '--tls-key', key]);
  t.after(() => server.stop());
  const shown = () => spawnSync('bash', ['-c', `openssl s_client -connect ${new URL(server.url).host} </dev/null 2>/dev/null | openssl x509 -noout -subject`],
    { encoding: 'utf8' }).stdout.trim();
  assert.match(shown(), /first/);
  make('second');
  server.child.kill('SIGHUP');
  await eventually(shown, () => /second/.test(shown()));
  make('third', path.join(folder, 'other.pem')); // its key is another
  server.child.kill('SIGHUP');
  await server.logs(/are no pair: the key is of another certificate/);
  assert.match(shown(), /second/);
  make('fourth');
  await eventually(shown, () => /fourth/.test(shown()));
});

test('a port or an address that it cannot have is an error that says why', async () => {
  assert.match(fails(['--http', '192.0.2.77:8080']), /192\.0\.2\.77:8080.*Cannot assign.*no interface/);
  assert.match(fails(['--http', '[2001:db8::7]:8080']), /2001:db8::7/);
  const taken = net.createServer();
  await new Promise((resolve) => { taken.listen(0, '127.0.0.1', resolve); });
  assert.match(fails(['--http', `127.0.0.1:${taken.address().port}`]), /in use; the port is taken/);
  taken.close();
  const alone = "ip link set lo up; sysctl -qw net.ipv4.ip_unprivileged_port_start=1024 net.ipv6.conf.all.disable_ipv6=1; ";
  const inNamespace = (options, as = '') => spawnSync('unshare', ['-n', 'bash', '-c', `${alone} exec timeout 5 ${as} "$@"`, 'bash',
    binary, '--open', '--media-port', ownPort, '--workers', '1', '--public-ip', '127.0.0.1', ...options], { encoding: 'utf8' });
  // As somebody else than root, who may yet read this folder wherever it is.
  const refused = inNamespace(['--http', '127.0.0.1:80'], 'setpriv --bounding-set=-net_bind_service');
  assert.equal(refused.status, 1, refused.stderr);
  assert.match(refused.stderr, /Permission denied; ports below 1024/);
  const without = inNamespace(['--http', '[::1]:0']); // no IPv6
  assert.equal(without.status, 1, without.stderr);
  assert.match(without.stderr, /\[::1\]:0/);
  assert.match(inNamespace(['--http', ':0']).stdout, /^ready http:\/\/127\.0\.0\.1:\d+\/$/m); // all there are
});

test('a packet trace that cannot be written ends the start; one that fills its disk does not end the call', async () => {
  assert.match(fails(['--packet-trace', '/nosuch/folder/trace']), /\/nosuch\/folder\/trace cannot be written: No such file/);
  assert.match(fails(['--packet-trace', folder]), /File exists/);
  const disk = path.join(folder, 'disk');
  const server = await startServer(['--open', '--mesh-max', '0', '--packet-trace', path.join(disk, 'trace')],
    (...command) => ['unshare', ['-m', 'bash', '-c', `mkdir ${disk}; mount -t tmpfs -o size=16k tmpfs ${disk}; exec "$@"`, 'bash', ...command]]);
  const clients = ['Ann', 'Bob'].map((name) => startClient(server, { room: 'call', name, duration: 5, args: ['--video', '320x180@15:200k'] }));
  const [ann] = await Promise.all(clients.map(({ done }) => done));
  assert.match(server.log, /stopped after \d+ packets: No space left on device/);
  assert.equal(server.log.match(/No space left/g).length, 1);
  assert.ok(remote(ann.summary, 'Bob').video.frames_decoded > 40, JSON.stringify(ann.summary));
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('what is no proper request for the WebSocket gets a status and a reason', async () => {
  const server = await startServer();
  const upgrade = (changes = {}, where = '/ws') => {
    const headers = { host: 'x', upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13', 'sec-websocket-protocol': 'heddle.v1', ...changes };
    return `GET ${where} HTTP/1.1\r\n${Object.entries(headers).filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  };
  for (const [request, status, reason] of [
    [upgrade(), 101],
    [upgrade({}, '/ws?x=1'), 101],
    [upgrade({ 'sec-websocket-protocol': 'chat, x.v2, heddle.v1' }), 101],
    [upgrade({ 'sec-websocket-protocol': null }), 400, /heddle\.v1/],
    [upgrade({ 'sec-websocket-protocol': 'chat' }), 400, /heddle\.v1/],
    [upgrade({ 'sec-websocket-protocol': `${'p, '.repeat(200)}heddle.v1` }), 101],
    [upgrade({ 'sec-websocket-protocol': `${','.repeat(100)}heddle.v1` }), 101],
    [upgrade({ 'sec-websocket-protocol': 'chat,, heddle.v1' }), 101],
    [upgrade({ 'sec-websocket-protocol': '"chat", heddle.v1' }), 101],
    [upgrade({ 'sec-websocket-protocol': 'chat 2 heddle.v1' }), 400, /a list of names/],
    [upgrade({ 'sec-websocket-protocol': '13, 1.5, heddle.v1' }), 101],
    [upgrade({ 'sec-websocket-protocol': 'x_y-z.1, y2, heddle.v1,, "' }), 101],
    [upgrade({ 'sec-websocket-version': '8' }), 426, /13/],
    [upgrade({ 'sec-websocket-version': null }), 426, /13/],
    [upgrade({ 'sec-websocket-key': null }), 400, /Key/],
    [upgrade({}, '/ws/'), 404, /\/ws/],
    [upgrade({}, '/elsewhere'), 404, /\/ws/],
    [upgrade({ upgrade: null, connection: null }), 426, /upgrade: websocket/],
    [upgrade({ upgrade: null, connection: null }, '/ws/'), 404],
    [upgrade({ cookie: `a=${'x'.repeat(20000)}` }), 101],
    [`GET /healthz HTTP/1.1\r\nhost: x\r\ncookie: a=${'x'.repeat(20000)}\r\n\r\n`, 200],
    [`GET /?token=${'y'.repeat(6000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 200],
    [`GET /healthz HTTP/1.1\r\nhost: x\r\ncookie: a=${'x'.repeat(40000)}\r\n\r\n`, 431, /32 kB/],
    [upgrade({ cookie: `a=${'x'.repeat(40000)}` }), 431, /32 kB/],
    [`GET /${'y'.repeat(20000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 414],
    ['NONSENSE\r\n\r\n', 400, /METHOD \/path/],
    ['GET /healthz HTTP/1.1\r\nhost: x\r\nx: y\r\n\r\n', 200],
    ['GET /healthz HTTP/1.1\nhost: x\nx-f: y\n\n', 200],
    ['\r\nGET http://x/healthz HTTP/1.1\r\nhost: x\r\n\r\n', 200],
    [`GET /healthz HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(2000)}\r\n`, 200],
    [`GET /healthz?${'a&'.repeat(2000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 200],
    ['GET /%00 HTTP/1.1\r\nhost: x\r\n\r\n', 400, /no character/],
    ['GET /%zz HTTP/1.1\r\nhost: x\r\n\r\n', 400, /no character/],
    ['GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n', 400, /%XX/],
    ['GET /healthz HTTP/1.1\r\nhost: x\r\nfoo: a\r\n b\r\n\r\n', 400, /NAME: VALUE/],
    ['GET /healthz HTTP/1.1\r\nhost: x\r\nfoo : a\r\n\r\n', 400, /NAME: VALUE/],
    ['CONNECT x:80 HTTP/1.1\r\nhost: x\r\n\r\n', 400, /slash/],
    ['TRACE /healthz HTTP/1.1\r\nhost: x\r\n\r\n', 405],
    ['GET /healthz HTTP/1.2\r\nhost: x\r\n\r\n', 505],
    ['GET /healthz HTTP/1.0\r\n\r\n', 200],
    // A body that may follow, or never come.
    ['GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n', 400, /no body/],
    ['GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello', 400, /no body/],
    ['GET /api/v1/rooms HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n', 400, /"code": "unexpected-body"/],
    ['HEAD / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n', 400],
    ['GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n', 200, /ok/],
    // Other upgrades are not heard.
    [upgrade({ upgrade: 'h2c', connection: 'Upgrade, HTTP2-Settings', 'http2-settings': 'AAMAAABkAAQAAP__' }), 426, /WebSocket/],
    [upgrade({ upgrade: 'h2c', connection: 'Upgrade, HTTP2-Settings', 'http2-settings': 'AAMAAABkAAQAAP__' }, '/healthz'), 200],
    [upgrade({ upgrade: 'TLS/1.0', connection: 'Upgrade' }, '/healthz'), 200],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
    // Another site's page, in a browser that can reach this server.
    [upgrade({ origin: 'https://evil.example' }), 403, /origin/],
    [upgrade({ origin: 'null' }), 403, /origin/],
    [upgrade({ origin: 'http://x' }), 101],
    [upgrade({ origin: 'https://meet.example', 'x-forwarded-host': 'meet.example' }), 101],
    ['POST /api/v1/rooms/none/pin?topology=sfu HTTP/1.1\r\nhost: x\r\norigin: https://evil.example\r\ncontent-length: 0\r\n\r\n', 403, /origin/],
    ['POST /api/v1/rooms/none/pin?topology=sfu HTTP/1.1\r\nhost: x\r\norigin: http://x\r\ncontent-length: 0\r\n\r\n', 404],
  ]) {
    const answer = await talk(server, request);
    assert.match(answer, new RegExp(`^HTTP/1\\.[01] ${status} `), `${request.slice(0, 120)} -> ${answer.slice(0, 200)}`);
    if (reason) assert.match(answer, reason);
  }
  const { upgrades_refused: upgrades, headers_refused: headers } = (await counts(server)).limits;
  assert.ok(upgrades > 5);
  assert.equal(headers, 2);
  await server.stop();
  const wide = await startServer(['--open', '--allow-origin', 'https://app.example']);
  assert.match(await talk(wide, upgrade({ origin: 'https://app.example' })), /^HTTP\/1.1 101/);
  assert.match(await talk(wide, upgrade({ origin: 'https://evil.example' })), /^HTTP\/1.1 403/);
  await wide.stop();
});

test('headers that do not end are answered once, and the connection ends', async () => {
  const server = await startServer();
  for (const request of ['GET / HTTP/1.1\rhost: x\r\r', 'GET / HTTP/1.1\r\nhost: x\r\nfoo: a\r\n', 'GET']) {
    const socket = await connect(server);
    let answer = '';
    socket.on('data', (data) => { answer += data; });
    const ended = once(socket, 'end', { signal: AbortSignal.timeout(5000) });
    socket.write(request);
    await ended;
    assert.equal(answer.match(/HTTP\/1\.1 408 /g).length, 1, `${JSON.stringify(request)} -> ${answer}`);
    socket.destroy();
  }
  await server.stop();
});

/**
 * Asks for `path` again and again over `count` connections from `address`, for `ms` or
 * until `last` came; how often each status came.
 */
async function askWithoutPause(server, { path: where, address, count = 20, ms, last }) {
  const { hostname, port } = new URL(server.url);
  const statuses = {};
  const end = Date.now() + ms;
  await Promise.all(Array.from({ length: count }, () => new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port), localAddress: address });
    const ask = () => socket.write(`GET ${where} HTTP/1.1\r\nhost: x\r\n\r\n`);
    socket.on('connect', ask);
    socket.on('error', () => {});
    socket.on('close', resolve);
    socket.on('data', (data) => {
      for (const [, status] of data.toString('latin1').matchAll(/HTTP\/1\.1 (\d+) /g)) {
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (Date.now() < end && !(last in statuses)) ask();
        else socket.destroy();
      }
    });
  })));
  return statuses;
}

test('a connection that is kept and always busy is not taken for one whose headers do not end', async () => {
  const server = await startServer();
  const statuses = await askWithoutPause(server, { path: '/healthz', ms: 4000 });
  assert.deepEqual(Object.keys(statuses), ['200'], JSON.stringify(statuses));
  await server.stop();
});

test('who asks for files of the page without pause pays, health is told to everybody', async () => {
  const server = await startServer(['--open'], (...command) => ['nice', ['-n', '-5', ...command]]); // it pays for time that it gets
  const status = async (where, address) => Object.keys(await askWithoutPause(server, { path: where, address, count: 1, ms: 0 }))[0];
  const statuses = await askWithoutPause(server, { path: '/call.js', address: '127.0.0.9', ms: 20000, last: '429' });
  assert.ok(statuses['200'] > 1000 && statuses['429'] >= 1, JSON.stringify(statuses)); // a crowd may load the page
  assert.equal(await status('/healthz', '127.0.0.9'), '200');
  assert.equal(await status('/call.js', '127.0.0.1'), '200');
  await server.stop();
});

test('an empty message is an error like others', async () => {
  const server = await startServer();
  const stranger = new Client(server);
  assert.equal((await stranger.ask('', 'error')).code, 'bad-json');
  const participant = await joined(server, 'room');
  assert.equal((await participant.ask('', 'error')).code, 'bad-json');
  await participant.settle();
  for (const client of [stranger, participant]) client.kill();
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('a socket that ends with a full queue is cut off', async () => {
  const server = await startServer(['--open', '--mesh-max', '0']);
  const sleeper = await joined(server, 'room');
  sleeper.socket._socket.pause();
  const talkers = [];
  const sdp = 'x'.repeat(240000);
  for (let queued = 0; queued < 1000000; queued = (await counts(server)).queued_bytes) { // the kernel takes the first megabytes
    assert.ok(talkers.length < 20, `${queued} bytes queued`);
    const talker = await joined(server, 'room');
    talkers.push(talker);
    for (let i = 0; i < 4; i += 1) await talker.send({ type: 'offer', target: 'p1', generation: 1, sdp, sends: [] });
    await talker.settle();
  }
  sleeper.socket.send(JSON.stringify({ type: 'leave' }));
  await eventually('its socket is cut off', async () => (await counts(server)).sockets === talkers.length);
  assert.equal((await counts(server)).limits.sockets_cut_off, 1);
  for (const client of [sleeper, ...talkers]) client.kill();
  await server.stop();
});

test('full ICE on a machine with loopback only: a warning at the start, and whoever is on it can call', async (t) => {
  const namespace = `heddle-loopback-${process.pid}`;
  const ip = (...args) => assert.equal(spawnSync('ip', args).status, 0, args.join(' '));
  ip('netns', 'add', namespace);
  t.after(() => ip('netns', 'del', namespace));
  ip('-n', namespace, 'link', 'set', 'lo', 'up');
  const inside = (...command) => ['ip', ['netns', 'exec', namespace, ...command]];
  const server = await startServer(['--open', '--mesh-max', '0', '--ice', 'full'], inside);
  t.after(() => server.stop());
  await server.logs(/warning router: this machine has no network but loopback: only programs on it can connect/);
  await server.logs(/warning router: --public-ip means nothing with --ice full/);
  const ended = await Promise.all(['Ann', 'Bob'].map((name) => startClient(server, { room: 'here', name, duration: 5, inside, args: ['--video', '320x180@15:200k'] }).done));
  for (const [index, name] of ['Bob', 'Ann'].entries()) {
    const { code, log, summary } = ended[index];
    assert.equal(code, 0, log);
    assert.ok(remote(summary, name).video.frames_decoded > 20, JSON.stringify(summary));
  }
});

test('a client whom a server that stops does not let in comes again, and says what it was told', async (t) => {
  const answers = [['shutting-down', 'the server stops'], ['room-full', 'nobody else fits in']];
  const fake = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'heddle.v1' });
  t.after(() => fake.close());
  await once(fake, 'listening');
  fake.on('connection', (socket) => socket.once('message', () => {
    const [code, message] = answers.shift();
    socket.send(JSON.stringify({ type: 'error', code, message, request: 'join' }));
    socket.close(1001);
  }));
  const { code, log } = await startClient({ url: `http://127.0.0.1:${fake.address().port}/` }, { room: 'later', name: 'Ann', duration: 20 }).done;
  assert.notEqual(code, 0);
  assert.deepEqual(answers, [], log);
  assert.match(log, /room-full/);
});
