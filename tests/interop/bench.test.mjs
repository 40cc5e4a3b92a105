// heddle-bench, each subcommand briefly: it runs, and its numbers add up. How fast anything is, is no matter here.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const binary = process.env.HEDDLE_BENCH ?? path.join(root, 'build/heddle-bench');

function bench(...args) {
  return new Promise((resolve) => {
    execFile(binary, args, { maxBuffer: 1 << 24, timeout: 150_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code ?? error.signal : 0, stdout, stderr });
    });
  });
}

async function results(...args) {
  const { code, stdout, stderr } = await bench(...args, '--json', '--quiet');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

function near(a, b, share, what) {
  assert.ok(Math.abs(a - b) <= share * Math.max(Math.abs(a), Math.abs(b)), `${what}: ${a} and ${b}`);
}

function isNamed(result) {
  assert.ok(result.machine.cores > 0 && result.machine.kernel && result.machine.heddle, 'the machine is named');
  assert.ok(result.options.srtp && result.options.video, 'the options are named');
}

test('forward: what is sent is received or lost, and the CPU time is that of its parts', async () => {
  const result = await results('forward', '--subscribers', '5', '--seconds', '2', '--repeats', '2');
  isNamed(result);
  for (const name of ['packets_per_s', 'cpu_us_per_packet', 'packets_per_send_call', 'floor_us_per_packet',
    'floor_protect_us', 'floor_send_us', 'ratio_to_floor', 'delay_p50_us', 'delay_p99_us']) assert.ok(result[name] > 0, name);
  assert.equal(result.packets_sent, result.packets_received + result.packets_lost);
  // The server counts a packet before it pads it to the size of its neighbours, by a few bytes.
  if (result.packets_lost === 0) {
    assert.ok(result.bytes_received >= result.bytes_sent);
    near(result.bytes_sent, result.bytes_received, 0.01, 'bytes');
  }
  near(result.user_us + result.system_us, result.cpu_us_per_packet, 1e-6, 'user and system');
  near(result.user_cpu_s + result.system_cpu_s, result.server_cpu_s, 1e-6, 'user and system seconds');
  assert.ok(result.workers_cpu_s + result.signaling_cpu_s <= result.server_cpu_s * 1.05 + 0.02, 'threads are parts of the process');
  near(result.ratio_to_floor, result.cpu_us_per_packet / result.floor_us_per_packet, 1e-6, 'the ratio');
  assert.ok(result.decrypted > 0);
  assert.equal(result.decrypt_errors, 0);
  assert.ok(result.delay_p50_us <= result.delay_p99_us && result.delay_p99_us <= result.delay_p999_us);
  assert.equal(result.rows.length, 2);
});

test('peer janus: both servers carry the same load with the same SRTP profile', async () => {
  const result = await results('peer', 'janus', '--subscribers', '3', '--seconds', '2', '--repeats', '1');
  isNamed(result);
  for (const who of ['ours', 'peer', 'peer_best']) {
    assert.ok(result[`${who}_packets`] > 0, who);
    near(result[`${who}_us_per_packet`], result[`${who}_cpu_s`] * 1e6 / result[`${who}_packets`], 1e-6, who);
  }
  near(result.ratio, result.peer_us_per_packet / result.ours_us_per_packet, 1e-6, 'the ratio');
  assert.equal(result.peer, 'janus');
  assert.ok(result.peer_version);
  assert.equal(result.srtp_profile, result.peer_srtp_profile);
  const rates = result.rows.map((row) => row.packets_per_s);
  near(Math.min(...rates), Math.max(...rates), 0.3, 'the load on each server');
});

describe('capacity', { concurrency: 3 }, () => { // each runs the same few seconds, and loads the machine little
  const short = ['--steps', '2', '--seconds', '1'];
  for (const [scenario, ...args] of [
    ['livestream', '--subscribers', '8', ...short], ['audio', '--subscribers', '4', '--publishers', '3', ...short],
    ['meeting', '--publishers', '4', ...short], ['small-rooms', '--subscribers', '8', ...short],
    ['idle', '--subscribers', '100', ...short], ['join-storm', '--subscribers', '10'], ['switch-storm', '--subscribers', '4']]) {
    test(`${scenario}: what is sent is received or lost`, async () => {
      const result = await results('capacity', scenario, ...args);
      isNamed(result);
      assert.equal(result.options.scenario, scenario);
      assert.ok(result.rows.length > 0);
      if (scenario === 'idle') assert.ok(result.memory_per_connection_bytes > 0 && result.connections === 100);
      else assert.ok(result.packets_received > 0);
      near(result.packets_sent, result.packets_received + result.packets_lost, 0.001, 'packets');
      assert.equal(result.decrypt_errors, 0);
      for (const row of result.rows) {
        if ('cpu_us' in row) near(row.user_us + row.system_us, row.cpu_us, 1e-6, 'user and system');
        if ('switched' in row) assert.ok(row.switched <= row.viewers);
        if ('joins' in row) assert.equal(row.with_media, row.joins);
      }
    });
  }
});

test('data: each message comes to all others of the room, or is lost, and media goes on beside them', async () => {
  const result = await results('data', '--rooms', '2,4', '--sizes', '20,1000', '--senders', '2', '--rate', '100',
    '--seconds', '1', '--repeats', '1');
  isNamed(result);
  assert.deepEqual(result.rows.map((row) => [row.load, row.people, row.senders, row.bytes]), [
    ['one sends', 2, 1, 20], ['one sends', 2, 1, 1000], ['one sends', 4, 1, 20], ['one sends', 4, 1, 1000],
    ['media', 4, 0, undefined], ['media and messages', 4, 2, 20]]);
  for (const row of result.rows.filter(({ senders }) => senders > 0)) {
    assert.ok(row.in_per_s > 0 && row.message_p50_us > 0, JSON.stringify(row));
    // Beside media it is the difference of two runs: so few messages may cost less than these differ by.
    assert.ok(row.load === 'one sends' ? row.in_us > 0 && row.out_us > 0 : Number.isFinite(row.in_us), JSON.stringify(row));
    near(row.in_us * row.in_per_s, row.out_us * row.out_per_s, 1e-6, 'one cost, by two counts');
  }
  for (const row of result.rows.slice(-2)) assert.ok(row.delay_p50_us > 0 && row.delay_p50_us <= row.delay_p99_us);
  assert.ok(result.messages_received > 0);
  assert.equal(result.messages_expected, result.messages_received + result.messages_lost);
});

test('topologies: real clients in Mesh, through the router and by the mixer', async () => {
  const result = await results('topologies', '--participants', '3', '--seconds', '2');
  isNamed(result);
  assert.deepEqual(result.rows.map((row) => [row.topology, row.participants]), [['mesh', 3], ['sfu', 3], ['mcu', 3]]);
  for (const row of result.rows) {
    near(row.total_percent, row.client_percent * row.participants + row.server_percent, 1e-6, 'clients and server');
    // Media is part of what went over the wire: one copy of it in a Mesh, up and down through the router.
    const media = (row.topology === 'mesh' ? row.down_kbit : row.up_kbit + row.down_kbit) * row.participants / 1000;
    assert.ok(media < row.wire_mbit * 1.3 && media > 0, `${row.topology} ${row.participants}: ${media} of ${row.wire_mbit}`);
    assert.ok(row.frames_per_s > 0 && row.delay_p50_ms >= 0, `${row.topology}: ${row.frames_per_s}, ${row.delay_p50_ms} ms`);
    if (row.topology === 'mesh') assert.ok(row.messages_kb_per_pair > 1);
    else assert.equal(row.messages_kb_per_pair, 0);
    assert.equal(row.mixer_percent > 0, row.topology === 'mcu');
    assert.ok(row.mixer_percent <= row.server_percent);
  }
  const [mesh, sfu, mcu] = result.rows; // rates are compared within a row: who has no time sends less
  near(mesh.up_kbit, mesh.down_kbit, 0.3, 'a Mesh sends a copy to each, and gets one of each');
  assert.ok(sfu.down_kbit > sfu.up_kbit * 1.3, 'through the router one copy goes up');
  assert.ok(mcu.packets_per_s > 0, 'one stream of each comes from the mixer');
});

test('results can be a page with charts, a table of comma separated values, or Markdown', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-test-'));
  try {
    const html = path.join(folder, 'page.html');
    const markdown = path.join(folder, 'page.md');
    const { code, stdout, stderr } = await bench('capacity', 'livestream', '--subscribers', '4', '--steps', '1', '--seconds', '1',
      '--csv', '--quiet', '--html', html, '--markdown', markdown);
    assert.equal(code, 0, stderr);
    const [head, ...rows] = stdout.trim().split('\n').map((line) => line.split(','));
    assert.equal(rows.length, 1);
    assert.equal(rows[0].length, head.length);
    assert.ok(Number(rows[0][head.indexOf('packets_per_s')]) > 0);
    const page = await readFile(html, 'utf8');
    assert.match(page, /<svg[^]*<polyline[^]*<\/svg>/);
    assert.doesNotMatch(page, /(src|href)=|url\(|@import/, 'it needs nothing from elsewhere');
    assert.match(await readFile(markdown, 'utf8'), /\| packets\/s \|/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

for (const signal of ['SIGTERM', 'SIGHUP']) {
  test(`stopped in the middle by ${signal} it leaves neither processes nor files`, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'bench-test-'));
    try {
      const watcher = watch(folder);
      const appeared = once(watcher, 'change', { signal: AbortSignal.timeout(10_000) });
      const child = spawn(binary, ['peer', 'janus', '--subscribers', '2', '--seconds', '60', '--quiet'],
        { env: { ...process.env, TMPDIR: folder }, stdio: 'ignore' });
      const ended = new Promise((resolve) => { child.on('exit', (code, by) => resolve(by)); });
      await appeared;
      watcher.close();
      assert.equal((await readdir(folder)).length, 1, 'a server runs in a folder of its own');
      child.kill(signal);
      assert.equal(await ended, signal);
      assert.deepEqual(await readdir(folder), []);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

test('a wrong command line is refused with a reason', async () => {
  for (const args of [[], ['nonsense'], ['forward', '--subscribers', 'many'], ['forward', '--video', 'large'], ['forward', '--unknown'],
    ['peer', 'nobody'], ['capacity', 'nothing']]) {
    const { code, stderr } = await bench(...args);
    assert.notEqual(code, 0, args.join(' '));
    assert.match(stderr, /heddle-bench/);
  }
});
