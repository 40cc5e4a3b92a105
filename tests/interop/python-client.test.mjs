// The client library from Python (client/python), as somebody scripts it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { startClient } from './lib/client.mjs';
import { joined, startServer } from './signaling_client.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const python = '/usr/bin/python3'; // Debian's own, which its package of cffi is for

function run(args, PYTHONPATH = path.join(root, 'client/python')) {
  const env = { ...process.env, PYTHONPATH, PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(python, args, { env, timeout: 30_000 });
  const out = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (out.text += data));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text: out.text })));
}

const greeter = `
import sys, heddle_client
with heddle_client.Client(sys.argv[1], 'python', 'Greeter', on_audio=lambda who, samples: heard.add(len(samples) // 4)) as call:
    heard = set()
    call.publish(video='test', audio='test', width=320, height=180)
    for event in call.events(20):
        if event.type == 'participant-joined':
            call.chat('hello, ' + event.text)
        if event.type == 'chat' and event.text == 'enough':
            call.leave()
    print(event.type, event.participant, call.stats()['sent']['video_frames'] > 0, sum(heard) > 0)
try:
    heddle_client.Client('nonsense')
except heddle_client.Error as error:
    print('refused:', error)
`;

test('a Python program talks, sends and hears; snapshot.py saves a picture of each; what is wrong is said', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-python-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const speaker = startClient(server, { room: 'python', name: 'Ann Bo', duration: 12, args: ['--video', '320x180@15:200k'] });
  t.after(() => speaker.done);
  const talking = run(['-c', greeter, server.url]);
  const snapshots = await run([path.join(root, 'client/python/snapshot.py'), server.url, 'python', folder]);
  assert.equal(snapshots.code, 0, snapshots.text);
  const files = snapshots.text.trim().split('\n');
  assert.deepEqual(files.map((file) => path.basename(file).replace(/^p\d+-/, '')).sort(), ['Ann_Bo.png', 'Greeter.png']);
  for (const file of files) {
    const png = readFileSync(file);
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [320, 180]);
  }

  const last = await joined(server, 'python', { name: 'Last' });
  await last.take('chat', 5000, (message) => message.text === 'hello, Last');
  await last.send({ type: 'chat', text: 'enough' });
  assert.match((await talking).text, /^ended left True True\nrefused: .+\n$/);
  last.kill();
  const alone = await run([path.join(root, 'client/python/snapshot.py'), 'http://127.0.0.1:1', 'python']);
  assert.match(alone.text, /^unreachable: /);
  assert.equal(alone.code, 1);
});

test('snapshot.py runs where it was installed, and says in a sentence how it is used and what is missing', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-python-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync('cmake', ['--install', path.join(root, 'build'), '--prefix', path.join(folder, 'prefix'), '--component', 'client']);
  const installed = path.join(folder, 'prefix/share/heddle/python');
  const alone = path.join(folder, 'alone');
  cpSync(installed, alone, { recursive: true });
  writeFileSync(path.join(folder, 'cffi.py'), 'raise ModuleNotFoundError("No module named \'cffi\'")');
  const nobody = ['http://127.0.0.1:1', 'python'];
  for (const [script, args, modules, expected] of [
    [installed, nobody, '', /^unreachable: /],
    [installed, [], folder, /^usage: snapshot.py URL ROOM/],
    [installed, ['http://127.0.0.1:1', 'python', '.', '--tokn', 'x'], folder, /^usage: snapshot.py URL ROOM/],
    [installed, ['http://127.0.0.1:1', 'a b'], '', /^the room is to be 1 to 64 characters[^\n]*\n$/],
    [installed, [...nobody, '--token', 'a\nb'], '', /^the token is to be [^\n]*\n$/],
    [installed, nobody, folder, /^heddle_client needs cffi.*: apt-get install python3-cffi\n$/],
    [alone, nobody, '', /^heddle_client needs libheddle_client.so.0 .*HEDDLE_CLIENT_LIBRARY.*\n$/],
  ]) {
    const { code, text } = await run([path.join(script, 'snapshot.py'), ...args], modules);
    assert.equal(code, 1);
    assert.match(text, expected);
  }
});
