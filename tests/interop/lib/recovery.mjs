// What networks do to a call, and how long until media flows again: each scenario disturbs the viewer of a call in the
// laboratory and returns milliseconds. Used by recovery.test.mjs, and by tests/lab/reconnection.mjs for docs/reconnection.md.
import { execFileSync } from 'node:child_process';
import { startServer } from '../signaling_client.mjs';
import { Call, find, sleep } from './quality.mjs';

const POLL = 50;
const WELL = 5; // so many frames more, and it flows

/** A call with one viewer, a page, and a publisher, a C client. */
export async function makeCall({ mesh = false } = {}) {
  const call = await Call.make(['viewer'], { publisher: 'client', server: mesh ? [] : ['--mesh-max', '0'] });
  await call.lab.link('server', 'viewer', 'both delay 10ms');
  if (mesh) await call.lab.link('publisher', 'viewer', 'both delay 10ms');
  call.viewer = await call.page('viewer', 'View', { size: '320x180' });
  await flowing(call);
  return call;
}

async function frames(call) {
  const stats = await call.viewer.stats().catch(() => null); // not in the call yet
  return (stats && find(stats, 'Pub', 'camera')?.frames) ?? 0;
}

/** Milliseconds until frames come (again), from `since` on. */
async function flowing(call, since = Date.now(), limit = 60000) {
  let last = await frames(call);
  let count = 0;
  let first = 0;
  while (Date.now() < since + limit) {
    await sleep(POLL);
    const now = await frames(call);
    if (now < last) count = 0; // another track: it counts from 0
    else count += now - last;
    if (count > 0) first ||= Date.now();
    if (count >= WELL) return first - since;
    last = now;
  }
  throw new Error(`no picture for ${limit} ms; ${JSON.stringify(await call.viewer.stats()).slice(0, 1200)}`);
}

const rules = (call, where, ...lines) => {
  for (const line of lines) execFileSync(...call.lab.inside(where, 'nft', ...line.split(' ')));
};

function block(call, where, what) {
  rules(call, where, 'add table inet cut', 'add chain inet cut in { type filter hook input priority 0 ; }',
    'add chain inet cut out { type filter hook output priority 0 ; }', `add rule inet cut in ${what} drop`, `add rule inet cut out ${what} drop`);
}

const unblock = (call, where) => rules(call, where, 'delete table inet cut');

/** The page's peer connection, to see whether it is still the same. */
const connectionId = (call) => call.viewer.evaluate(() => {
  const [link] = window.heddle.call.links.values();
  return (link.peer.pc.testId ??= Math.random());
});

export const scenarios = {
  'address changes': async (call) => {
    const before = await connectionId(call);
    const inside = (...command) => execFileSync(...call.lab.inside('viewer', ...command));
    const device = /dev (link\d+)/.exec(inside('ip', 'route', 'show', 'default').toString())[1];
    const gateway = /via (\S+)/.exec(inside('ip', 'route', 'show', 'default').toString())[1];
    const old = /inet (\S+) .*global/.exec(inside('ip', '-4', 'addr', 'show', 'dev', device).toString())[1];
    const fresh = old.startsWith('10.79.') ? '10.80.0.9' : '10.79.0.9';
    execFileSync(...call.lab.inside('server', 'ip', 'route', 'replace', fresh, 'dev', device));
    inside('ip', 'addr', 'add', `${fresh}/32`, 'dev', device);
    const since = Date.now();
    inside('ip', 'addr', 'del', old, 'dev', device);
    inside('ip', 'route', 'replace', gateway, 'dev', device);
    inside('ip', 'route', 'replace', 'default', 'via', gateway, 'dev', device);
    inside('ip', 'route', 'replace', call.lab.address('server'), 'via', gateway, 'dev', device);
    const ms = await flowing(call, since);
    if (await connectionId(call) !== before) throw new Error('it is another peer connection');
    return ms;
  },
  'no packet for 10 s': async (call) => {
    await call.lab.set('server', 'viewer', 'both loss 100%');
    if (call.lab.isMesh) await call.lab.set('publisher', 'viewer', 'both loss 100%');
    await sleep(10000);
    await call.lab.set('server', 'viewer', 'both loss 0%');
    if (call.lab.isMesh) await call.lab.set('publisher', 'viewer', 'both loss 0%');
    return flowing(call);
  },
  'server killed and started again': async (call) => {
    await call.server.stop('SIGKILL');
    await sleep(3000);
    call.server = await startServer(call.options, (...command) => call.lab.inside('server', ...command));
    return flowing(call);
  },
  'signaling cut for 20 s, media flows': async (call) => {
    const before = await frames(call);
    block(call, 'viewer', 'meta l4proto tcp');
    await sleep(20000);
    const during = await frames(call) - before;
    unblock(call, 'viewer');
    if (during < 20 * 15 * 0.8) throw new Error(`only ${during} frames came while signaling was cut`);
    const since = Date.now();
    while (Date.now() < since + 30000 && !await call.viewer.evaluate(() => window.heddle.call.signaling.isUp)) await sleep(POLL);
    return Date.now() - since;
  },
  'UDP blocked in mid-call': async (call) => {
    const since = Date.now();
    block(call, 'viewer', 'meta l4proto udp');
    const ms = await flowing(call, since + 1);
    unblock(call, 'viewer');
    return ms;
  },
};
