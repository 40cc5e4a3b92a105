// What the images start, each in its root, as its user: a call through heddle, directly and by coturn alone. Run inside
// a namespace; the parameter is {heddle, coturn} as tests/docker/dockerfile.mjs gives them. Prints what came of it.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { startClient } from '../lib/client.mjs';
import { ADDRESS } from '../lib/namespace.mjs';
import { eventually } from '../lib/wait.mjs';

const { heddle, coturn } = JSON.parse(process.argv[2]);

function start(image, args, environment = {}) {
  const [uid, gid] = ['-u', '-g'].map((what) => execFileSync('chroot', [image.root, '/usr/bin/id', what, image.user]).toString().trim());
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const child = spawn('chroot', [`--userspec=${uid}:${gid}`, image.root, '/usr/bin/env', '-i', 'PATH=/usr/bin:/bin', ...variables,
    ...image.entrypoint, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { log += data; });
  const exited = new Promise((resolve) => child.on('close', (code, signal) => resolve([code, signal])));
  const ready = async (pattern) => {
    await eventually(() => `not ready: ${log}`, () => pattern.test(log));
  };
  return { child, exited, ready, url: 'http://127.0.0.1:8080/' };
}

async function call(server, room, args) {
  const clients = ['Ann', 'Bob'].map((name) => startClient(server, { room, name, duration: 8, args: ['--video', '320x180@15:200k', ...args] }));
  const results = await Promise.all(clients.map(({ done }) => done));
  return results.map(({ code, summary }) => ({ code, path: summary?.connections[0]?.path, frames: summary?.remotes[0]?.video.frames_decoded }));
}

// Docker mounts it, too; here it ends with the namespace, whose mounts are its own.
for (const { root } of [heddle, coturn]) execFileSync('mount', ['-t', 'proc', 'proc', path.join(root, 'proc')]);
const relay = start(coturn, coturn.cmd, { PUBLIC_IP: ADDRESS, ALLOWED_PEER: ADDRESS });
const server = start(heddle, [...heddle.cmd, `--public-ip=${ADDRESS}`, '--mesh-max=0', '--turn-secret=/run/secrets/turn',
  `--ice-server=turn:${ADDRESS}:3478?transport=udp`]);
await server.ready(/^ready /m);
await relay.ready(/Total General servers/);
const health = (url) => spawnSync('chroot', [heddle.root, ...heddle.healthcheck], { env: { ...process.env, ...(url && { HEALTH_URL: url }) } }).status;
const healths = { well: health(), nowhere: health('http://127.0.0.1:1/healthz') };
const page = (await fetch(server.url)).status;
const uids = [server, relay].map(({ child }) => Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]));
const direct = await call(server, 'direct', []);
const relayed = await call(server, 'relayed', ['--ice-policy', 'relay']);
server.child.kill('SIGTERM');
const ended = await server.exited;
relay.child.kill('SIGKILL');

// With a certificate that the image's user may read as a member of its group, as docker/README.md has it.
const files = ['fullchain.pem', 'privkey.pem'].map((name) => path.join(heddle.root, 'certificates', name));
mkdirSync(path.dirname(files[0]), { recursive: true });
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
  '-out', files[0], '-keyout', files[1]], { stdio: 'ignore' });
for (const [file, mode] of [[files[0], 0o640], [files[1], 0o640], [path.dirname(files[0]), 0o750]]) {
  chownSync(file, 0, 10800);
  chmodSync(file, mode);
}
const secure = start(heddle, [...heddle.cmd, '--http=0.0.0.0:8443', '--tls-cert=/certificates/fullchain.pem', '--tls-key=/certificates/privkey.pem', `--public-ip=${ADDRESS}`]);
await secure.ready(/^ready https:/m);
healths.secure = health('https://127.0.0.1:8443/healthz');
secure.child.kill('SIGTERM');
await secure.exited;
console.log(JSON.stringify({ healths, page, uids, direct, relayed, ended }));
