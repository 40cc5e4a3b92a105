// What networks do to a call, and how long until media flows again. A scenario disturbs the viewer, a page or a C
// client, of a call in the laboratory, through the router or direct. Used by page-recovery.test.mjs, and by
// tests/lab/reconnection.mjs for docs/reconnection.md.
import { execFileSync } from 'node:child_process';
import { startServer } from '../signaling_client.mjs';
import { remote, startClient, untilReceive } from './client.mjs';
import { Call, find } from './quality.mjs';
import { eventually, sleep } from './wait.mjs';

const POLL = 50;
const WELL = 5; // after so many new frames the picture counts as moving
const TIMEOUT = 60000;

/**
 * A call with one viewer and a publisher, a C client.
 * @param {{viewer?: 'page'|'client', mesh?: boolean, nat?: number, isNatOnBothSides?: boolean, before?: (call: Call) =>
 *   void, key?: string, page?: object, args?: string[]}} options nat: the viewer is behind one that forgets after so
 *   many seconds; before: what happens before it joins; key: of an encrypted room, in which the publisher writes
 */
export async function makeCall({ viewer = 'page', mesh = false, nat = 0, isNatOnBothSides = false, before, key = '', page = {}, args = [] } = {}) {
  const prepare = async (call) => {
    call.links = mesh ? [['server', 'viewer'], ['publisher', 'viewer']] : [['server', 'viewer']];
    for (const [a, b] of call.links) await call.lab.link(a, b, 'both delay 10ms');
    if (nat > 0) behindNat(call, 'viewer', nat);
    if (isNatOnBothSides) behindNat(call, 'publisher', nat);
    before?.(call);
  };
  const call = await Call.make(['viewer'], { publisher: 'client', key, server: mesh ? ['--mesh-hold', '1'] : ['--mesh-max', '0'], prepare });
  if (viewer === 'page') {
    call.viewer = await call.page('viewer', 'View', { size: '320x180', key, ...page });
    call.joinedAfter = await flowing(call);
  } else {
    call.client = startClient(call.server, { room: 'lab', name: 'View', duration: 600, quiet: false, args: ['--video', '320x180@15:200k', ...args], inside: (...command) => call.lab.inside('viewer', ...command) });
    await eventually('media for the viewer', () => {
      const { topology, participants } = call.room();
      const viewing = participants?.find(({ name }) => name === 'View');
      return viewing && (topology === 'mesh' || viewing.connection?.out.packets > 200);
    }, TIMEOUT);
    await untilReceive([call.client], 30, TIMEOUT);
  }
  if (mesh && !isNatOnBothSides && !before) await untilDirect(call);
  return call;
}

/** The room, and everybody in it, has left the router. */
export async function untilDirect(call) {
  let room;
  await eventually(() => `the room does not go direct: ${JSON.stringify(room).slice(0, 1200)}`, () => {
    room = call.room();
    return room.topology === 'mesh' && room.participants.every(({ connection }) => connection === null);
  }, TIMEOUT);
}

async function frames(call) {
  const stats = await call.viewer.stats().catch(() => null); // not in the call yet
  return (stats && find(stats, 'Pub', 'camera')?.frames) ?? 0;
}

/** Milliseconds until frames come (again), from `since` on. */
export async function flowing(call, since = Date.now()) {
  let last = await frames(call);
  let count = 0;
  let first = 0;
  while (Date.now() < since + TIMEOUT) {
    await sleep(POLL);
    const now = await frames(call);
    if (now < last) count = 0; // another track: it counts from 0
    else count += now - last;
    if (count > 0) first ||= Date.now();
    if (count >= WELL) return first - since;
    last = now;
  }
  throw new Error(`no picture for ${TIMEOUT} ms; ${JSON.stringify(await call.viewer.stats()).slice(0, 1200)}`);
}

const inside = (call, where, ...command) => execFileSync(...call.lab.inside(where, ...command)).toString();

function rules(call, where, ...lines) {
  for (const line of lines) inside(call, where, 'nft', ...line.split(' '));
}

function block(call, where, what) {
  rules(call, where, 'add table inet cut', 'add chain inet cut in { type filter hook input priority 0 ; }',
    'add chain inet cut out { type filter hook output priority 0 ; }', `add rule inet cut in ${what} drop`, `add rule inet cut out ${what} drop`);
}

/** Signaling goes on, media does not, neither by UDP nor by TCP. */
export const blockMedia = (call, where) => rules(call, where, 'add table inet cut', 'add chain inet cut out { type filter hook output priority 0 ; }',
  'add rule inet cut out meta l4proto udp drop', 'add rule inet cut out tcp dport != 8080 drop');

export const unblock = (call, where) => rules(call, where, 'delete table inet cut');

async function setLinks(call, settings) {
  for (const [a, b] of call.links) await call.lab.set(a, b, settings);
}

/** The viewer's address on a link becomes another one. */
function changeAddress(call, other, fresh) {
  const to = call.lab.address(other);
  const [, gateway, device] = /via (\S+) dev (\S+)/.exec(inside(call, 'viewer', 'ip', 'route', 'show', to));
  const [, old] = /inet (\S+) /.exec(inside(call, 'viewer', 'ip', '-4', 'addr', 'show', 'dev', device));
  const isDefault = inside(call, 'viewer', 'ip', 'route', 'show', 'default').includes(device);
  inside(call, other, 'ip', 'route', 'replace', fresh, 'dev', device);
  inside(call, 'viewer', 'ip', 'addr', 'add', `${fresh}/32`, 'dev', device);
  inside(call, 'viewer', 'ip', 'addr', 'del', old, 'dev', device);
  inside(call, 'viewer', 'ip', 'route', 'replace', gateway, 'dev', device);
  if (isDefault) inside(call, 'viewer', 'ip', 'route', 'replace', 'default', 'via', gateway, 'dev', device);
  inside(call, 'viewer', 'ip', 'route', 'replace', to, 'via', gateway, 'dev', device);
}

/** Nothing of this kind passes between two namespaces, while both reach the server. */
export function blockBetween(call, where, other, what) {
  const addresses = [...inside(call, other, 'ip', '-4', 'addr', 'show', 'scope', 'global').matchAll(/inet (\S+?)\//g)].map(([, address]) => address);
  rules(call, where, 'add table inet between', 'add chain inet between in { type filter hook input priority 0 ; }',
    'add chain inet between out { type filter hook output priority 0 ; }',
    ...addresses.flatMap((address) => [`add rule inet between in ip saddr ${address} ${what} drop`, `add rule inet between out ip daddr ${address} ${what} drop`]));
}

/** Everything that leaves goes through a NAT that gives each destination a port of its own and lets nobody else in. */
export function behindNat(call, where, timeout = 30) {
  inside(call, where, 'sysctl', '-qw', `net.netfilter.nf_conntrack_udp_timeout=${timeout}`, `net.netfilter.nf_conntrack_udp_timeout_stream=${timeout}`);
  rules(call, where, 'add table inet nat', 'add chain inet nat out { type nat hook postrouting priority 100 ; }',
    'add rule inet nat out meta l4proto udp masquerade fully-random', 'add chain inet nat in { type filter hook input priority 0 ; }',
    'add rule inet nat in iifname link* ct state new drop');
}

/** Stops or continues all programs of the viewer. */
function signalViewer(call, signal) {
  for (const pid of execFileSync('ip', ['netns', 'pids', call.lab.namespace('viewer')]).toString().split('\n').filter(Boolean)) {
    try { process.kill(Number(pid), signal); } catch { /* it has ended */ }
  }
}

/**
 * `disturb` does the harm, `mend` ends it after `outage` ms, in which nothing can flow, or after `flows`
 * ms, in which media must go on. `before`: the harm is there when the viewer joins. `nat`: see
 * makeCall(). `isForRouter`: not for a Mesh.
 */
export const scenarios = {
  'address changes': {
    disturb: (call) => call.links.forEach(([other], index) => changeAddress(call, other, `10.79.${index}.9`)),
  },
  'no packet for 10 s': {
    outage: 10000,
    disturb: (call) => setLinks(call, 'both loss 100%'),
    mend: (call) => setLinks(call, 'both loss 0%'),
  },
  'more than half lost for 20 s': {
    outage: 20000,
    disturb: (call) => setLinks(call, 'both loss 55%'),
    mend: (call) => setLinks(call, 'both loss 0%'),
  },
  'NAT mapping expires': { // 2 s without a packet, then another port
    outage: 5000,
    nat: 2,
    disturb: (call) => setLinks(call, 'both loss 100%'),
    mend: (call) => setLinks(call, 'both loss 0%'),
  },
  'stopped for 60 s': {
    outage: 60000,
    disturb: (call) => signalViewer(call, 'SIGSTOP'),
    mend: (call) => signalViewer(call, 'SIGCONT'),
  },
  'server killed and started again': {
    outage: 3000,
    disturb: (call) => call.server.stop('SIGKILL'),
    mend: async (call) => { call.server = await startServer(call.options, (...command) => call.lab.inside('server', ...command)); },
  },
  'signaling cut for 20 s': { // the picture must not stop
    flows: 20000,
    disturb: (call) => block(call, 'viewer', 'meta l4proto tcp'),
    mend: (call) => unblock(call, 'viewer'),
  },
  'UDP blocked at join': {
    before: (call) => block(call, 'viewer', 'meta l4proto udp'),
  },
  'UDP blocked in mid-call': {
    isForRouter: true,
    disturb: (call) => block(call, 'viewer', 'meta l4proto udp'),
  },
};

/**
 * The viewer's page writes, too, from now on: fifty numbered messages a second. `end()`: both stop, and all has come.
 * @returns {{end: () => Promise<{sent: number, heard: number[], told: object[]}[]>}} of the page, and of the publisher
 */
export async function writeOnAndOn({ viewer: page, writer }) {
  await page.evaluate(() => {
    const { call } = window.heddle;
    Object.assign(window, { sent: 0, heard: [], told: [] });
    call.addEventListener('data', ({ detail: { payload } }) => window.heard.push(Number(new TextDecoder().decode(payload))));
    for (const type of ['data-refused', 'data-lost']) call.addEventListener(type, ({ detail }) => window.told.push([type, detail?.code]));
    window.timer = setInterval(() => { if (call.participants.size > 0 && call.sendData(`${window.sent}`)) window.sent += 1; }, 20);
  });
  return {
    async end() {
      await page.evaluate(() => clearInterval(window.timer));
      const sent = await writer.end();
      let last;
      await eventually(() => `what was written last: ${sent}, ${JSON.stringify(last).slice(0, 1000)}, ${writer.heard.slice(-5)}; ${writer.log}`, async () => {
        last = await page.evaluate(() => ({ sent: window.sent, heard: window.heard, told: window.told }));
        return last.heard.at(-1) === sent - 1 && writer.heard.at(-1) === last.sent - 1;
      }, TIMEOUT);
      return [last, { sent, heard: writer.heard, told: writer.log.match(/data-lost/g) ?? [] }];
    },
  };
}

async function disturbPage(call, { disturb, mend, outage = 0, flows = 0 }) {
  const before = await frames(call);
  let since = Date.now();
  await disturb(call);
  await sleep(outage + flows);
  const during = flows > 0 ? await frames(call) - before : 0;
  if (mend) {
    since = Date.now();
    await mend(call);
  }
  if (flows > 0 && during < (flows / 1000) * 15 * 0.8) throw new Error(`only ${during} frames came meanwhile`);
  return { ms: await flowing(call, since), recoveries: (await call.viewer.stats()).recoveries };
}

/** The C client tells its longest gap when it ends. */
async function disturbClient(call, { disturb, mend, outage = 0, flows = 0 }) {
  await disturb?.(call);
  await sleep(outage + flows);
  await mend?.(call);
  if (disturb) await untilReceive([call.client], 100, TIMEOUT);
  call.client.child.kill('SIGINT');
  const { code, summary, log } = await call.client.done;
  const seen = summary && remote(summary, 'Pub');
  if (code !== 0 || !seen) throw new Error(`the client ended with ${code}: ${log.slice(-500)}`);
  const ms = disturb ? Math.max(0, seen.video.longest_gap_ms - outage) : seen.video.first_frame_ms;
  return { ms: Math.round(ms), recoveries: summary.recoveries, paths: summary.connections.filter(({ probe }) => !probe).map(({ path }) => path) };
}

/** @returns {Promise<{ms: number, recoveries: object[]}>} how long until frames came again */
export async function run(call, name) {
  if (call.viewer && scenarios[name].before) return { ms: call.joinedAfter, recoveries: (await call.viewer.stats()).recoveries };
  return call.viewer ? disturbPage(call, scenarios[name]) : disturbClient(call, scenarios[name]);
}
