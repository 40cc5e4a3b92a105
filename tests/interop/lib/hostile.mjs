// Participants whose transport is the test's own: the tool tests/tools/hostile, and an offer to go with it.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const binary = path.join(root, 'build/hostile');
const template = readFile(path.join(root, 'tests/vectors/sdp/chromium-plain.sdp'), 'utf8');
const attribute = (sdp, name) => new RegExp(`^a=${name}:(.*?)\\r?$`, 'm').exec(sdp)[1];
let session = Date.now();

/** A browser's offer with another certificate, that wants to be the DTLS client. */
export async function makeOffer(fingerprint, edit = (sdp) => sdp) {
  session += 1;
  const [ufrag, pwd] = [4, 18].map((bytes) => randomBytes(bytes).toString('base64'));
  return edit((await template).replace(/^(o=\S+) \d+/m, `$1 ${session}`)
    .replaceAll(/^a=ice-ufrag:.*?(\r?)$/mg, `a=ice-ufrag:${ufrag.replaceAll('=', '')}$1`)
    .replaceAll(/^a=ice-pwd:.*?(\r?)$/mg, `a=ice-pwd:${pwd}$1`)
    .replaceAll(/^a=fingerprint:.*?(\r?)$/mg, `a=fingerprint:sha-256 ${fingerprint}$1`)
    .replaceAll(/^a=setup:\w+/mg, 'a=setup:active'));
}

export const offerTo = (target, sdp, fields = {}) => ({
  type: 'offer', target, generation: 1, sdp, receives: [],
  sends: [{ mid: '0', source: 'microphone', muted: false }, { mid: '1', source: 'camera', muted: false }], ...fields,
});

/** Where the router takes packets: its port, or with full ICE, where connections have their own, the first over UDP. */
async function addressOf(server, client, isFull) {
  if (!isFull) return `127.0.0.1 ${server.mediaPort}`;
  const isOverUdp = ({ candidate }) => / udp /i.test(candidate) && isIPv4(candidate.split(' ')[4]);
  const { candidate } = await client.take('ice-candidate', 5000, isOverUdp);
  return candidate.split(' ').slice(4, 6).join(' ');
}

/**
 * Connects `client` (a signaling client that has joined) to the router by the tool; resolves with {code,
 * lines, told}, where `told` has the numbers of its lines by name. `connected` is called, with what was
 * told so far and the offer, when it is. `watch`: a publication to receive instead of sending; `ssrc`: of
 * the flood's media; `edit` changes the offer; `isFull`: the server has full ICE.
 */
export async function runHostile(server, client, mode, amount,
  { fingerprint, port, watch, ssrc = 0, edit = (sdp) => sdp, isFull = false, connected = () => {} } = {}) {
  const child = spawn(binary, [mode, String(amount), ...port ? [String(port)] : []], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve, reject) => { child.on('close', resolve); child.on('error', reject); });
  const lines = [];
  const told = {};
  let started;
  let sdp;
  const own = new Promise((resolve) => { started = resolve; });
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line.startsWith('fingerprint ')) started(line.slice(12));
    const number = /^(\w+) (\d+)$/.exec(line);
    if (number) told[number[1]] = Number(number[2]);
    if (line.startsWith('connected ')) connected(told, sdp);
  });
  try {
    const change = (sdp) => edit(watch ? sdp.replaceAll('a=sendrecv', 'a=recvonly') : sdp);
    sdp = await makeOffer(fingerprint ?? await Promise.race([own, exited]), change);
    const fields = watch ? { sends: [], receives: [{ mid: '1', publication: watch }] } : {};
    const { sdp: answer } = await client.ask(offerTo('router', sdp, fields), 'answer');
    child.stdin.end(`${await addressOf(server, client, isFull)} ${attribute(answer, 'ice-ufrag')} ${attribute(answer, 'ice-pwd')} `
      + `${attribute(answer, 'fingerprint').split(' ')[1]} ${attribute(sdp, 'ice-ufrag')} ${attribute(sdp, 'ice-pwd')} `
      + `${watch ? /^a=ssrc:(\d+)/m.exec(answer)[1] : ssrc}\n`);
  } catch (error) {
    child.kill();
    throw error;
  }
  return { code: await exited, lines, told };
}
