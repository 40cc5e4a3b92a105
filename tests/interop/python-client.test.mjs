// The client library from Python (client/python), as somebody scripts it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startClient } from './lib/client.mjs';
import { eventually, roomOf } from './lib/wait.mjs';
import { joined, startServer } from './signaling_client.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const python = '/usr/bin/python3'; // Debian's own, which its package of cffi is for

function run(args, PYTHONPATH = path.join(root, 'client/python'), HEDDLE_CLIENT_LIBRARY = '') {
  const env = { ...process.env, PYTHONPATH, HEDDLE_CLIENT_LIBRARY, PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(python, args, { env, timeout: 30_000 });
  const out = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (out.text += data));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text: out.text })));
}

const greeter = `
import sys, heddle_client
with heddle_client.Client(sys.argv[1], 'python', 'Greeter', on_audio=lambda who, source, samples: heard.add(len(samples) // 4)) as call:
    heard = set()
    call.publish(video='test', audio='test', width=320, height=180)
    call.publish_source('screen', video='test', width=320, height=180)
    for event in call.events(20):
        if event.type == 'participant-joined':
            call.chat('hello, ' + event.text)
        if event.type == 'chat' and event.text == 'enough':
            call.leave()
    print(event.type, event.participant, call.stats()['sent']['video_frames'] > 0, sum(heard) > 0)
import gc, tracemalloc
with heddle_client.Client(sys.argv[1], 'python', 'Quiet') as call:
    call.publish(video='test')
    tracemalloc.start()
    for i in range(1000):
        call.chat('x' * 10000) # before it has joined: nothing is sent
    gc.collect()
    print('held:', tracemalloc.get_traced_memory()[0] // 100_000)
try:
    heddle_client.Client('nonsense')
except heddle_client.Error as error:
    print('refused:', error)
`;

// Sends pictures, sound and data that it makes itself to another client in another process, which tells what came.
const maker = `
import sys, heddle_client
WIDTH, HEIGHT = 64, 36
def grey(width, height):
    return heddle_client.Picture(width, height, (bytes([200]) * width * height, bytes([128]) * (width * height // 4), bytes([128]) * (width * height // 4)))
answers = []
with heddle_client.Client(sys.argv[1], 'made', 'Maker', on_data=lambda who, topic, payload: answers.append((topic, payload))) as call:
    call.add_source('screen', width=WIDTH, height=HEIGHT, frames_per_second=20, bitrate_bps=100000)
    call.add_source('screen-audio')
    try:
        call.add_source('camera', codec='H264')
    except heddle_client.Error as error:
        print('refused:', error)
    call.add_source('camera')
    for event in call.events(20, every=0.02):
        if event.type == 'tick':
            call.push_picture('screen', grey(WIDTH, HEIGHT))
            call.push_picture('camera', grey(640, 360)) # as the header says, where nothing is said
            call.push_audio('screen-audio', bytes(3840))
        if event.type == 'chat':
            call.send_data(b'hello', to=event.participant, topic='greeting')
        if answers:
            call.leave()
    print(event.type, answers)
`;
const taker = `
import sys, heddle_client
seen, words, has_thanked = set(), [], False
with heddle_client.Client(sys.argv[1], 'made', 'Taker', on_picture=lambda who, source, picture: seen.add((source, picture.width, abs(picture.planes[0][0] - 200) < 8)),
                          on_audio=lambda who, source, samples: seen.add(source), on_data=lambda who, topic, payload: words.append((who, topic, payload))) as call:
    for event in call.events(20, every=0.1):
        if event.type == 'joined':
            call.chat('ready') # who comes later hears of it, too
        if len(seen) == 3 and words and not has_thanked:
            has_thanked = call.send_data(b'thanks', to=words[0][0])
        if event.type == 'participant-left':
            call.leave()
    print(event.type, sorted(map(str, seen)), words[0][1:], [one['is_screen'] for one in call.remotes()])
`;

// Looks at somebody, hides it, and looks again, smaller.
const hider = `
import sys, time, heddle_client
widths, last = [], 0
def look(who, source, picture):
    global last
    widths.append(picture.width)
    last = time.monotonic()
with heddle_client.Client(sys.argv[1], 'hidden', 'Hider', on_picture=look) as call:
    phase, hidden_at = 'large', 0
    for event in call.events(20, every=0.05):
        if phase == 'large' and len(widths) >= 5:
            phase = 'hidden'
            call.show_at('p1', 'camera', 0, 0)
        elif phase == 'hidden' and time.monotonic() - last > 1.5:
            phase, widths = 'small', []
            call.show_at('p1', 'camera', 160, 90)
        elif phase == 'small' and len(widths) >= 5:
            call.leave()
    print(event.type, set(widths), next(call.remotes())['video']['longest_gap_ms'] < 1500)
`;

// Each call in words or a value, and never the end of the process.
const closer = `
import sys, heddle_client
def told(name, *arguments, **named):
    try:
        result = getattr(call, name)(*arguments, **named)
        return list(result) if name in ('events', 'remotes') else result
    except heddle_client.Error as error:
        return str(error)
grey = heddle_client.Picture(64, 36, (bytes(64 * 36), bytes(32 * 18), bytes(32 * 18)))
calls = [('chat', 'x'), ('leave',), ('raise_hand', True), ('mute', True, True), ('publish',), ('publish_source', 'screen'), ('add_source', 'screen'), ('push_picture', 'screen', grey),
         ('push_audio', 'screen-audio', bytes(3840)), ('push_frame', 'screen', b'x'), ('send_data', b'x'), ('events',), ('events', 1, 0.1)]
with heddle_client.Client(sys.argv[1], 'closed', 'Closer') as call:
    call.publish(audio='test')
    for event in call.events(20):
        if event.type == 'participant-joined':
            call.leave()
print(event.type, {told(*one) for one in calls}, call.stats()['participant'] != '', [one['name'] for one in call.remotes()], call.close())
call = heddle_client.Client(sys.argv[1], 'closed', 'Closer')
seen = []
for event in call.events(20):
    seen.append(event.type)
    call.close()
print(len(seen), told('chat', 'x'), told('events'), call.stats()['room'])
with heddle_client.Client(sys.argv[1], 'closed', 'Closer', on_audio=lambda *_: call.close()) as call:
    print(told('events', 20))
import os
before = len(os.listdir('/proc/self/fd'))
for i in range(20):
    try:
        heddle_client.Client(sys.argv[1], 'closed') # without a name
    except heddle_client.Error:
        pass
print(len(os.listdir('/proc/self/fd')) - before)
`;

// What it is given is measured before the library reads it.
const mistaken = `
import array, sys, heddle_client
def told(function, *arguments, **named):
    try:
        print(function(*arguments, **named))
    except heddle_client.Error as error:
        print(error)
def picture(y, u, v, width=64, height=36):
    return heddle_client.Picture(width, height, (bytes(y), bytes(u), bytes(v)))
call = heddle_client.Client(sys.argv[1], 'mistaken', 'Maker', data=True)
call.add_source('screen', width=64, height=36, frames_per_second=20, bitrate_bps=100000)
call.add_source('screen-audio')
call.add_source('camera', codec='VP8')
told(call.push_picture, 'screen', picture(2304, 576, 576))
told(call.push_picture, 'screen', picture(2303, 576, 576))
told(call.push_picture, 'screen', picture(2304, 575, 576))
told(call.push_picture, 'screen', picture(2304, 576, 577))
told(call.push_picture, 'screen', picture(0, 0, 0, -2, 36))
told(call.push_picture, 'screen', heddle_client.Picture(64, 36, (bytes(2304), bytes(1152))))
told(call.push_picture, 'screen', heddle_client.Picture(64, 36, (bytes(2304), None, None)))
told(call.push_audio, 'screen-audio', array.array('h', [0] * 1920))
told(call.push_audio, 'screen-audio', bytes(3838))
told(call.push_audio, 'screen-audio', bytes(7680))
told(call.push_frame, 'camera', 'text')
told(call.push_frame, 'camera', b'')
told(call.push_frame, None, b'x')
told(call.send_data, 'text')
told(call.send_data, b'x', policy='fast')
told(call.chat, 5)
told(call.chat)
told(call.chat, None)
told(call.mute_source, None, True)
told(call.remove, 'p9', None)
told(call.unpublish, 'camera')
told(call.publish, vidoe='test')
told(call.publish, video='test', width='wide')
told(call.publish, video='test', width=-1)
told(heddle_client.Client, sys.argv[1], 'mistaken', 'Maker', tokn='x')
told(heddle_client.Client, sys.argv[1], 'mistaken', 5)
told(heddle_client.Client, sys.argv[1], 'mistaken', 'Maker', reconnection={'max_restarts': 2, 'nosuch': 1})
call.close()
`;

const slow = `
import sys, time, heddle_client
def look(who, source, picture):
    until = time.thread_time() + 0.2
    while time.thread_time() < until: # as slow as a program can be
        pass
with heddle_client.Client(sys.argv[1], 'python', 'Slow', on_picture=look) as call:
    began = time.monotonic()
    for event in call.events(3):
        pass
    print(event.type, time.monotonic() - began < 6, max(one['video']['frames_left_out'] for one in call.remotes()) > 5)
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
  assert.deepEqual(files.map((file) => path.basename(file).replace(/^p\d+-/, '')).sort(), ['Ann_Bo.png', 'Greeter-screen.png', 'Greeter.png']);
  for (const file of files) {
    const png = readFileSync(file);
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [320, 180]);
  }

  const slowly = run(['-c', slow, server.url]);
  const last = await joined(server, 'python', { name: 'Last' });
  await last.take('chat', 5000, (message) => message.text === 'hello, Last');
  await last.send({ type: 'chat', text: 'enough' });
  assert.match((await talking).text, /^ended left True True\nheld: 0\nrefused: .+\n$/);
  last.kill();
  assert.equal((await slowly).text, 'ended True True\n', 'what it does with pictures is left out before the call is');
  const alone = await run([path.join(root, 'client/python/snapshot.py'), 'http://127.0.0.1:1', 'python']);
  assert.match(alone.text, /^unreachable: /);
  assert.equal(alone.code, 1);
});

test('what a Python program makes itself comes over: pictures, sound and data', async (t) => {
  const server = await startServer(['--open']);
  t.after(() => server.stop());
  const making = run(['-c', maker, server.url]);
  const taken = run(['-c', taker, server.url]);
  assert.equal((await making).text, "refused: this codec needs `all_codecs`, and a call that is not encrypted\nended [('', b'thanks')]\n");
  assert.equal((await taken).text, `ended ["('camera', 640, True)", "('screen', 64, True)", 'screen-audio'] ('greeting', b'hello') [False, True]\n`);
});

test('of a closed call a Python program is told that it is, and what was measured', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const closing = run(['-c', closer, server.url]);
  await eventually('the program is there', async () => (await roomOf(server, 'closed')).participants?.length === 1);
  const speaker = startClient(server, { room: 'closed', name: 'Ann', duration: 20 });
  t.after(() => speaker.end());
  assert.deepEqual((await closing).text.trim().split('\n'), [
    "ended {'the call is closed'} True ['Ann'] None",
    '1 the call is closed the call is closed closed',
    'a callback can neither close the call nor take its events',
    '0',
  ]);
});

test('a Python program is told in words which buffer, argument or option is wrong', async (t) => {
  const server = await startServer(['--open']);
  t.after(() => server.stop());
  const { code, text } = await run(['-c', mistaken, server.url]);
  assert.deepEqual([code, text.trim().split('\n')], [0, [
    'None',
    'plane Y of 64x36: 2303 bytes where there are to be 2304',
    'plane U of 64x36: 575 bytes where there are to be 576',
    'plane V of 64x36: 577 bytes where there are to be 576',
    'a picture is to have sides of 2 to 8192 pixels and three planes',
    'a picture is to have sides of 2 to 8192 pixels and three planes',
    'plane U of 64x36: this is to be bytes, in one piece, not NoneType',
    'None',
    'samples: 3838 bytes where there are to be 3840',
    'samples: 7680 bytes where there are to be 3840',
    'data: this is to be bytes, in one piece, not str',
    'None',
    'a source is to be a text like "camera", not None',
    'payload: this is to be bytes, in one piece, not str',
    "the policy is to be ordered, unordered, lossy, not 'fast'",
    'chat() takes (const char *text), not (int)',
    'chat() takes (const char *text), not ()',
    'chat() takes (const char *text), not (NoneType)',
    'mute_source() takes (const char *source, bool muted), not (NoneType, bool)',
    'None',
    'None',
    'there is no option "vidoe"; there are video, audio, width, height, frames_per_second, bitrate_bps, encodings, temporal_layers, codec, is_fixed',
    'the option "width" cannot be \'wide\'',
    'the option "width" cannot be -1',
    text.split('\n').find((line) => /^there is no option "tokn"; there are url, room, name, token,/.test(line)),
    'the option "name" cannot be 5',
    'the option "reconnection" cannot be {\'max_restarts\': 2, \'nosuch\': 1}',
  ]]);
});

test('a Python program shows a video smaller, or not at all, and then nothing of it comes', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0']);
  t.after(() => server.stop());
  const speaker = startClient(server, { room: 'hidden', name: 'Ann', duration: 20, args: ['--simulcast', '3'] });
  t.after(() => speaker.end());
  await eventually('Ann is there', async () => (await roomOf(server, 'hidden')).participants?.[0]?.connection?.in.packets > 0);
  assert.equal((await run(['-c', hider, server.url])).text, 'ended {160} True\n');
});

test('snapshot.py runs where it was installed, and says in a sentence how it is used and what is missing', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-python-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync('cmake', ['--install', path.join(root, 'build'), '--prefix', path.join(folder, 'prefix'), '--component', 'client']);
  const installed = path.join(folder, 'prefix/share/heddle/python');
  const alone = path.join(folder, 'alone'), bare = path.join(folder, 'bare');
  cpSync(installed, alone, { recursive: true });
  cpSync(installed, bare, { recursive: true });
  rmSync(path.join(bare, 'heddle_client.h'));
  const library = readdirSync(path.join(folder, 'prefix'), { recursive: true }).find((file) => /(^|\/)libheddle_client\.so\.0\.1$/.test(file));
  writeFileSync(path.join(folder, 'file'), '');
  writeFileSync(path.join(folder, 'cffi.py'), 'raise ModuleNotFoundError("No module named \'cffi\'")');
  const nobody = ['http://127.0.0.1:1', 'python'];
  for (const [script, args, modules, expected, LIBRARY] of [
    [installed, nobody, '', /^unreachable: /],
    [installed, [], folder, /^usage: snapshot.py URL ROOM/],
    [installed, ['http://127.0.0.1:1', 'python', '.', '--tokn', 'x'], folder, /^usage: snapshot.py URL ROOM/],
    [installed, ['http://127.0.0.1:1', 'a b'], '', /^the room is to be 1 to 64 characters[^\n]*\n$/],
    [installed, [...nobody, '--token', 'a\nb'], '', /^the token is to be [^\n]*\n$/],
    [installed, nobody, folder, /^heddle_client needs cffi.*: apt-get install python3-cffi\n$/],
    [alone, nobody, '', /^heddle_client needs libheddle_client.so.0.1 .*HEDDLE_CLIENT_LIBRARY.*\n$/],
    [bare, nobody, '', /^heddle_client needs the file heddle_client.h beside it[^\n]*\n$/],
    [bare, nobody, '', /^unreachable: /, path.join(folder, 'prefix', library)],
    [bare, nobody, '', /^unreachable: /, path.join(root, 'build/client/install/libheddle_client.so.0.1')],
    [installed, [...nobody, path.join(folder, 'new/inner')], '', /^unreachable: /],
    [installed, [...nobody, path.join(folder, 'file/inner')], '', /^[^\n]*file\/inner: Not a directory\n$/],
  ]) {
    const { code, text } = await run([path.join(script, 'snapshot.py'), ...args], modules, LIBRARY);
    assert.equal(code, 1);
    assert.match(text, expected);
  }
  assert.ok(existsSync(path.join(folder, 'new/inner')), 'before the call');
});
