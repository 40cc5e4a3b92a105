// A call whose media may go through coturn only, with credentials that the server makes; run inside a namespace.
// Parameters: udp, tcp or tls (how TURN is reached), mesh (pinned), auto (small enough for one) or sfu, and
// how long credentials hold, in seconds. coturn runs with the configuration of docker/. Prints what each
// saw, by which path, and what coturn logged.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '../lib/browser.mjs';
import { startClient, UNTIL_TOLD } from '../lib/client.mjs';
import { ADDRESS } from '../lib/namespace.mjs';
import { difference, find, openPage, until } from '../lib/pages.mjs';
import { sleep } from '../lib/wait.mjs';
import { startServer } from '../signaling_client.mjs';

const [transport, topology, life] = process.argv.slice(2);
const duration = life ? 2.5 * Number(life) : 15; // 15: a room that is tried directly has decided then
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-turn-'));
const file = (name) => path.join(folder, name);
const urls = {
  udp: `turn:${ADDRESS}:3478?transport=udp`, tcp: `turn:${ADDRESS}:3478?transport=tcp`, tls: `turns:${ADDRESS}:5349?transport=tcp`,
};

async function startCoturn() {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=turn', '-addext', `subjectAltName=IP:${ADDRESS}`, '-keyout', file('key.pem'), '-out', file('cert.pem')], { stdio: 'ignore' });
  await writeFile(file('secret'), 'what coturn and heddle share\n');
  const options = ['-c', path.join(root, 'docker/coturn/turnserver.conf'), '--listening-ip', ADDRESS, '--relay-ip', ADDRESS,
    '--allowed-peer-ip', ADDRESS, '--static-auth-secret', 'what coturn and heddle share', '--cert', file('cert.pem'),
    '--pkey', file('key.pem'), '--pidfile', file('pid'), '--userdb', file('db'), '-v'];
  // Browsers hold an allocation for half a minute after they have moved: with lives this
  // short that is more than the quota.
  if (life) options.push('--user-quota', '200');
  const child = spawn('turnserver', options, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { log += data; });
  for (let i = 0; i < 100; i += 1) {
    const port = transport === 'tls' ? 5349 : 3478;
    const up = await new Promise((resolve) => {
      const socket = net.connect(port, ADDRESS, () => { socket.destroy(); resolve(true); });
      socket.on('error', () => resolve(false));
    });
    if (up) return { child, log: () => log };
    await sleep(100);
  }
  throw new Error(`coturn did not start: ${log}`);
}

const coturn = await startCoturn();
process.env.SSL_CERT_FILE = file('cert.pem'); // for the C clients: the authority that coturn's certificate comes from
const server = await startServer(['--open', '--mesh-max', topology === 'sfu' ? '0' : '4', '--public-ip', ADDRESS, '--turn-secret', file('secret'),
  '--ice-server', urls[transport], '--ice-policy', 'relay', ...(life ? ['--turn-lifetime', life] : [])]);
const browser = await launchChromium({ args: ['--ignore-certificate-errors'] });
const ann = await openPage(browser, server, { room: 'turn', name: 'Ann', size: '320x180@15', ...(topology === 'mesh' ? { topology } : {}) }); // first: a browser may take its time to start
await until(ann, 'joining', (stats) => stats.participant);
const began = Date.now();
const clients = ['Weft', 'Warp'].map((name) => startClient(server, {
  room: 'turn', name, duration: UNTIL_TOLD, args: ['--verbose', '--video', '320x180@15:200k'],
}));
const expected = topology === 'mesh' ? 'mesh' : 'sfu';
const seen = await until(ann, 'seeing both', (stats) => stats.topology === expected && ['Weft', 'Warp'].every((name) => find(stats, name, 'camera')?.frames > 40) && stats, 40000)
  .catch((error) => ({ error: String(error) }));
if (life) { // by then nothing that was made with the first two credentials is of use any more
  await sleep((duration - 5) * 1000 - (Date.now() - began));
  const before = await ann.stats();
  const late = (stats) => ['Weft', 'Warp'].map((name) => difference(before, stats, name));
  const goesOn = (stats) => late(stats).every(({ frames, audioPackets }) => frames > 20 && audioPackets > 70);
  await until(ann, 'media that goes on', goesOn, 5000).catch((error) => { seen.error = String(error); });
  seen.late = late(await ann.stats());
}
await sleep(life || topology === 'auto' ? duration * 1000 - (Date.now() - began) : 5000); // the audio that is asked of each: 250 packets
const summaries = await Promise.all(clients.map(({ end }) => end()));
let refused = null;
if (transport === 'tls' && topology === 'sfu') { // a certificate that nobody vouches for is not taken
  process.env.SSL_CERT_FILE = '/dev/null';
  refused = await startClient(server, { room: 'turn', name: 'Stranger', duration: 6, args: ['--verbose'] }).done;
}
const log = coturn.log();
console.log(JSON.stringify({
  clients: summaries.map(({ code, summary, log: text }) => ({ code, text, remotes: summary?.remotes, connections: summary?.connections, recoveries: summary?.recoveries, topology: summary?.topology })),
  ann: seen,
  refused: refused && { code: refused.code, log: refused.log },
  allocations: [...log.matchAll(/user <(\d+):(p\d+)>: incoming packet ALLOCATE processed, success/g)].map(([, expires, id]) => ({ expires: Number(expires), id })),
  coturn: log.split('\n').filter((line) => /rror|denied|orbidden|uota/.test(line) && !/401|438/.test(line)).slice(0, 20),
}));
await browser.close();
await server.stop();
coturn.child.kill();
await rm(folder, { recursive: true });
