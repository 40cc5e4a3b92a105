// What hosts do, against the real server: with C clients whose media the router keeps back, and with access tokens.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UNTIL_TOLD, startClient } from './lib/client.mjs';
import { eventually, roomOf, untilMediaFlows } from './lib/wait.mjs';
import { Client, joined, startServer } from './signaling_client.mjs';

const KEY = 'a secret that is long enough';
let folder;
let server;
let closed; // a server with access tokens
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-hosts-'));
  const file = path.join(folder, 'secret');
  await writeFile(file, KEY);
  server = await startServer(['--open', '--mesh-max', '0']);
  closed = await startServer(['--secret', file]);
});
after(async () => {
  await server.stop();
  await closed.stop();
  await rm(folder, { recursive: true });
});

function token(claims) {
  const part = (object) => Buffer.from(JSON.stringify(object)).toString('base64url');
  const text = `${part({ alg: 'HS256' })}.${part({ exp: Math.floor(Date.now() / 1000) + 60, ...claims })}`;
  return `${text}.${createHmac('sha256', KEY).update(text).digest('base64url')}`;
}

test('a C client waits until a host lets it in, and then its media flows; the API says who waits', async (t) => {
  const host = await joined(server, 'waiting', { name: 'Host' });
  await host.send({ type: 'set-waiting-room', enabled: true });
  const ann = startClient(server, { room: 'waiting', name: 'Ann', duration: UNTIL_TOLD, quiet: false });
  t.after(() => ann.end());
  const { waiting: [{ id, name }] } = await host.take('waiting-list');
  assert.equal(name, 'Ann');
  const room = await roomOf(server, 'waiting');
  assert.deepEqual([room.waiting_room, room.waiting, room.participant_count], [true, [{ id, name, state: 'active' }], 1]);
  await host.send({ type: 'admit', target: id });
  await host.take('participant-joined');
  await eventually('the media of who was let in', async () => (await roomOf(server, 'waiting')).participants[1]?.connection?.in.packets > 20);
  assert.match(ann.log, /waiting for a host/);
  const bob = startClient(server, { room: 'waiting', name: 'Bob', duration: UNTIL_TOLD, quiet: false });
  const { waiting: [second] } = await host.take('waiting-list', 5000, ({ waiting }) => waiting[0]?.name === 'Bob');
  await host.send({ type: 'deny', target: second.id });
  const { code, log } = await bob.done;
  assert.equal(code, 1);
  assert.match(log, /did not let you in/);
  host.kill();
});

test('what a host mutes, the router keeps back until its owner unmutes it', async (t) => {
  const host = await joined(server, 'muting', { name: 'Host' });
  assert.equal(host.joined.host, true);
  const [ann, bob] = ['Ann', 'Bob'].map((name) => startClient(server, { room: 'muting', name, duration: UNTIL_TOLD, quiet: false }));
  t.after(() => Promise.all([ann.end(), bob.end()]));
  await untilMediaFlows(server, 'muting', 2);
  const participant = async (name) => (await roomOf(server, 'muting')).participants.find((one) => one.name === name);
  const { id } = await participant('Ann');
  const slot = async () => (await participant('Bob')).connection.slots.find(({ publication }) => publication === `${id}/microphone`);
  await eventually('Bob hears Ann', async () => (await slot())?.packets > 20);
  await host.ask({ type: 'mute-participant', target: id, source: 'microphone' }, 'publications');
  await eventually('Ann is told who did it', () => ann.log.includes(`${host.id} muted our microphone`));
  await eventually('the slot is muted', async () => (await slot()).state === 'muted');
  const { packets } = await slot();
  await eventually('pictures go on', async () => (await participant('Bob')).connection.slots.find(({ publication }) => publication === `${id}/camera`).packets > packets + 100);
  assert.equal((await slot()).packets, packets);
  ann.child.kill('SIGUSR1'); // mutes what is left
  await eventually('Ann mutes both', () => /^muted$/m.test(ann.log));
  ann.child.kill('SIGUSR1');
  await eventually('Bob hears Ann again', async () => (await slot()).packets > packets + 20);
  await host.ask({ type: 'remove', target: id, reason: 'enough' }, 'participant-left');
  const { code, log } = await ann.done;
  assert.equal(code, 1);
  assert.match(log, /removed/);
  await host.send({ type: 'end-room' });
  assert.equal((await host.take('error')).code, 'room-ended');
  assert.match((await bob.done).log, /ended the call/);
  assert.equal((await fetch(new URL('/api/v1/rooms/muting', server.url))).status, 404);
});

test('the role goes to who was there longest, and comes back with who was only away', async () => {
  const [first, second, third] = [await joined(server, 'role'), await joined(server, 'role'), await joined(server, 'role')];
  assert.deepEqual([first, second, third].map((one) => one.joined.host), [true, false, false]);
  assert.equal((await second.ask({ type: 'end-room' }, 'error')).code, 'not-allowed');
  await first.send({ type: 'leave' });
  assert.deepEqual(await third.take('participant-role'), { type: 'participant-role', participant: second.id, host: true });
  await second.send({ type: 'transfer-host', target: third.id });
  assert.equal((await third.take('participant-role', 5000, ({ participant }) => participant === third.id)).host, true);
  assert.equal((await second.ask({ type: 'remove', target: third.id }, 'error')).code, 'not-allowed');
  second.kill();
  third.kill();
});

test('a token says who is host, what one may publish, and whether one may write', async (t) => {
  const guest = await joined(closed, 'daily', { token: token({ room: 'daily', publish: ['microphone'], chat: false }) });
  assert.deepEqual(guest.joined.permissions, { camera: false, microphone: true, screen: false, 'screen-audio': false, 'camera-2': false, 'screen-2': false, 'screen-2-audio': false, chat: false, pin: false, record: false });
  assert.equal(guest.joined.host, false);
  assert.equal((await guest.ask({ type: 'chat', text: 'x' }, 'error')).code, 'not-allowed');
  const offer = { type: 'offer', target: 'router', generation: 1, sdp: 'v=0\r\n', sends: [{ mid: '0', source: 'screen', muted: false }] };
  const refusal = await guest.ask(offer, 'error');
  assert.deepEqual([refusal.code, refusal.request, refusal.field], ['not-allowed', 'offer', 'sends[0].source']);
  const host = await joined(closed, 'daily', { token: token({ room: 'daily', host: true }) });
  assert.equal(host.joined.host, true);
  const quiet = startClient(closed, { room: 'daily', name: 'Quiet', duration: UNTIL_TOLD, args: ['--token', token({ room: 'daily', publish: ['camera'] })] });
  t.after(() => quiet.end());
  const sends = await host.take('publications');
  assert.deepEqual(sends.publications.map(({ source }) => source), ['camera']); // it leaves the microphone out, else nothing would work
  host.kill();
  await guest.take('participant-left');
  assert.equal(guest.messages.some(({ type }) => type === 'participant-role'), false); // nobody inherits it
  guest.kill();
});

test('who was removed does not come back by its token, another one does', async () => {
  const [own, other] = ['Ann', 'Bob'].map((name) => token({ room: 'club', name }));
  const host = await joined(closed, 'club', { token: token({ room: 'club', host: true }) });
  const guest = await joined(closed, 'club', { token: own });
  await host.send({ type: 'remove', target: guest.id, reason: 'noise' });
  const told = await guest.take('error');
  assert.deepEqual([told.code, told.by, told.reason], ['removed', 'tester', 'noise']);
  assert.equal(await guest.closed, 1008);
  for (const fields of [{ token: own }, { resume: guest.joined.resume }]) {
    const again = new Client(closed);
    assert.equal((await again.ask({ type: 'join', room: 'club', name: 'x', ...fields }, 'error')).code, 'removed');
    assert.equal(await again.closed, 1008);
  }
  (await joined(closed, 'club', { token: other })).kill();
  host.kill();
});

test('hands, reactions, private words and what was written before', async () => {
  const [ann, bob] = [await joined(server, 'words', { name: 'Ann' }), await joined(server, 'words', { name: 'Bob' })];
  await bob.send({ type: 'hand', raised: true });
  assert.equal((await ann.take('participant-hand')).hand, 1);
  await ann.send({ type: 'reaction', reaction: 'party' });
  assert.deepEqual(await bob.take('reaction'), { type: 'reaction', from: ann.id, reaction: 'party' });
  await ann.send({ type: 'chat', text: 'to all' });
  await ann.send({ type: 'chat', text: 'to Bob', to: bob.id });
  assert.equal((await bob.take('chat', 5000, ({ to }) => to === bob.id)).text, 'to Bob');
  const cy = startClient(server, { room: 'words', name: 'Cy', duration: UNTIL_TOLD, quiet: false, args: ['--send', 'none', '--hand'] });
  await eventually('Cy reads what was written', () => cy.log.includes(`${ann.id}: to all`));
  assert.ok(!cy.log.includes('to Bob'));
  assert.equal((await bob.take('participant-hand', 5000, ({ hand }) => hand === 2)).participant, 'p3');
  await ann.send({ type: 'lock-room', locked: true });
  assert.equal((await bob.take('room-lock')).locked, true);
  const late = new Client(server);
  assert.equal((await late.ask({ type: 'join', room: 'words', name: 'x' }, 'error')).code, 'room-locked');
  await ann.send({ type: 'end-room' });
  assert.equal((await cy.done).code, 1);
});

test('who may join is told who is there, others are not', async () => {
  const preview = (room, bearer) => fetch(new URL(`/api/v1/rooms/${room}/preview`, closed.url), { headers: bearer ? { authorization: `Bearer ${bearer}` } : {} });
  const host = await joined(closed, 'look', { token: token({ room: 'look', host: true, name: 'Ann' }) });
  const own = token({ room: 'look', name: 'Bob' });
  assert.deepEqual(await (await preview('look', own)).json(), { room: 'look', locked: false, waiting_room: false, encrypted: false, recording: 'off', participants: 1, names: ['Ann'] });
  for (const bearer of [undefined, 'x.y.z', token({ room: 'other' })]) assert.equal((await preview('look', bearer)).status, 401);
  await host.ask({ type: 'lock-room', locked: true }, 'room-lock');
  assert.deepEqual(await (await preview('look', own)).json(), { room: 'look', locked: true, waiting_room: false, encrypted: false, recording: 'off', participants: 1, names: [] });
  await host.ask({ type: 'lock-room', locked: false }, 'room-lock');
  const guest = await joined(closed, 'look', { token: own });
  await host.send({ type: 'remove', target: guest.id });
  await guest.closed;
  assert.equal((await (await preview('look', own)).json()).code, 'removed');
  assert.equal((await (await preview('empty', token({ room: 'empty' }))).json()).participants, 0);
  host.kill();
});

// A program on the C client library that does what it is told to in the chat: "remove p2 enough".
const obedient = `
import sys, heddle_client
values = {'none': None, 'true': True, 'false': False}
with heddle_client.Client(sys.argv[1], 'obedient', 'Host') as call:
    for event in call.events(60):
        print(event.type, event.participant, event.text, flush=True)
        if event.type == 'chat':
            name, *arguments = event.text.split()
            getattr(call, name)(*(values.get(one, one) for one in arguments))
`;

test('a host on the C client library does all that hosts do, and is told when it may not', async (t) => {
  const host = spawn('/usr/bin/python3', ['-c', obedient, server.url], {
    env: { ...process.env, PYTHONPATH: fileURLToPath(new URL('../../client/python', import.meta.url)), PYTHONDONTWRITEBYTECODE: '1' } });
  let said = '';
  for (const stream of [host.stdout, host.stderr]) stream.on('data', (data) => { said += data; });
  const ended = new Promise((resolve) => { host.on('close', resolve); });
  t.after(() => host.kill());
  const saw = (line) => eventually(() => `"${line}" in ${said}`, () => said.includes(line));
  await saw('role p1 host');
  const guest = await joined(server, 'obedient', { name: 'Guest' });
  const tell = (text) => guest.send({ type: 'chat', text });
  const ann = startClient(server, { room: 'obedient', name: 'Ann', duration: UNTIL_TOLD, quiet: false });
  t.after(() => ann.end());
  const { participant: { id } } = await guest.take('participant-joined');
  const annIs = (muted) => guest.take('publications', 5000, ({ participant, publications }) => participant === id && publications.some((one) => one.source === 'camera' && one.muted === muted));
  await annIs(false);

  await tell(`mute_participant ${id} camera`);
  await annIs(true);
  await tell(`ask_unmute ${id} camera`);
  await eventually('Ann is asked', () => ann.log.includes('p1 asks us to unmute our camera'));
  await tell('lock_room true');
  assert.equal((await guest.take('room-lock')).locked, true);
  const kept = new Client(server);
  await kept.send({ type: 'join', room: 'obedient', name: 'Late' });
  assert.equal((await kept.take('error')).code, 'room-locked');
  await tell('lock_room false');
  assert.equal((await guest.take('room-lock')).locked, false);
  await tell('set_waiting_room true');
  assert.equal((await guest.take('waiting-room')).enabled, true);
  const waits = [new Client(server), new Client(server)];
  const ids = [];
  for (const [i, one] of waits.entries()) {
    await one.send({ type: 'join', room: 'obedient', name: `Late${i}` });
    ids.push((await one.take('waiting')).participant);
    await saw(`waits ${ids[i]} Late${i}`);
  }
  await tell(`deny ${ids[0]}`);
  assert.equal((await waits[0].take('error')).code, 'denied');
  await tell('admit none');
  await waits[1].take('joined');
  await tell(`remove ${ids[1]} enough`);
  assert.deepEqual(await waits[1].take('error').then(({ code, by, reason }) => [code, by, reason]), ['removed', 'Host', 'enough']);

  await tell(`transfer_host ${guest.id}`);
  await saw(`role ${guest.id} host`);
  await tell('lock_room true'); // it may not any more
  await saw('warning not-allowed ');
  await guest.send({ type: 'transfer-host', target: 'p1' });
  await guest.take('participant-role', 5000, ({ participant, host: is }) => participant === 'p1' && is);
  await tell('end_room');
  assert.deepEqual(await guest.take('error').then(({ code, by }) => [code, by]), ['room-ended', 'Host']);
  assert.equal(await ended, 0, said);
  assert.match(said, /^ended room-ended /m);
});
