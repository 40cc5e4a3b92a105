// Encoded frames of an application in C: client/examples/bridge.c takes a participant's media from one room to another
// as it was sent.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './lib/browser.mjs';
import { remote, startClient, UNTIL_TOLD, untilReceive } from './lib/client.mjs';
import { find, openPage, until } from './lib/pages.mjs';
import { startServer } from './signaling_client.mjs';

const program = fileURLToPath(new URL('../../build/example_bridge', import.meta.url));

function startBridge(t, server, from, to) {
  const child = spawn(program, [server.url, from, to], { stdio: ['ignore', 'pipe', 'pipe'] });
  const out = { said: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { out.said += data; });
  out.ended = new Promise((resolve) => { child.on('close', resolve); });
  t.after(() => child.kill());
  return out;
}

test('what a C client sends comes over whole, also to who looks late, and ends with it', async (t) => {
  const server = await startServer(['--open']);
  t.after(() => server.stop());
  const sender = startClient(server, { room: 'from', name: 'Ann', duration: UNTIL_TOLD, args: ['--receive', 'none'] });
  const bridge = startBridge(t, server, 'from', 'to');
  const look = (name) => startClient(server, { room: 'to', name, duration: UNTIL_TOLD, quiet: false, args: ['--send', 'none'] });
  const viewers = [look('Bob')];
  await untilReceive(viewers, 20);
  viewers.push(look('Cy'));
  await untilReceive(viewers, 20);
  for (const viewer of viewers) {
    const { summary } = await viewer.end();
    const { video, audio } = remote(summary, 'Bridge');
    assert.ok(video.counter_read >= video.frames_decoded * 0.95 && video.decode_errors === 0, JSON.stringify(video));
    assert.ok(audio.packets > 20 && audio.level_dbov > -40, JSON.stringify(audio));
  }
  await sender.end();
  assert.equal(await bridge.ended, 0, bridge.said);
  assert.equal(bridge.said, '');
});

test('a browser plays VP9, AV1 and H.264 of a browser that come over it', async (t) => {
  const server = await startServer(['--open', '--mesh-max', '0']);
  const browser = await launchChromium();
  t.after(async () => {
    await browser.close();
    await server.stop();
  });
  await Promise.all(['vp9', 'av1', 'h264'].map(async (codec) => {
    const ann = await openPage(browser, server, { room: codec, name: 'Ann', source: 'canvas', size: '320x180', codec });
    const bridge = startBridge(t, server, codec, `${codec}-there`);
    const bob = await openPage(browser, server, { room: `${codec}-there`, name: 'Bob', source: 'none' });
    bob.witnesses.push({ saw: () => bridge.said });
    await until(bob, `${codec} moving`, (stats) => (find(stats, 'Bridge', 'camera')?.frames ?? 0) > 10);
    await bob.closeAll();
    await ann.closeAll();
    assert.equal(await bridge.ended, 0, bridge.said);
  }));
});
