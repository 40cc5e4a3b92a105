// Spatial layers in one stream, VP9 and AV1, from a real encoder to real decoders: every viewer gets the size it shows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { find, openPage, until, untilMore, untilSees } from './lib/pages.mjs';
import { roomOf } from './lib/wait.mjs';
import { startServer } from './signaling_client.mjs';

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

const view = (page, id, size) => page.evaluate(([publication, size]) => {
  const { call } = window.heddle;
  call.setView = () => {}; // the page's own view is not asked any more
  Object.getPrototypeOf(call).setView.call(call, new Map([[publication, { ...size, priority: 100 }]]));
}, [id, size]);

for (const codec of ['vp9', 'av1']) {
  test(`${codec}: one stream of spatial layers, each viewer gets what it shows`, async (t) => {
    const server = await startServer(['--open', '--mesh-max', '0']);
    t.after(() => server.stop());
    const bob = await openPage(browser, server, { room: codec, name: 'Bob', simulcast: true, size: '640x360', codec });
    const ann = await openPage(browser, server, { room: codec, name: 'Ann', source: 'none' });
    const tim = await openPage(browser, server, { room: codec, name: 'Tim', source: 'none' });
    t.after(() => Promise.all([ann, bob, tim].map((page) => page.closeAll())));
    await untilSees(ann, ['Bob']);
    await untilSees(tim, ['Bob']);
    const width = (page, wanted, what) => until(page, what, (stats) => find(stats, 'Bob', 'camera')?.width === wanted, 30000);
    await width(ann, 640, 'the full size');
    const { publication } = find(await tim.stats(), 'Bob', 'camera');
    await view(tim, publication, { width: 320, height: 180 });
    await width(tim, 320, 'the small size');
    const [before, small] = [find(await ann.stats(), 'Bob', 'camera'), find(await tim.stats(), 'Bob', 'camera')];
    await Promise.all([ann, tim].map((page) => untilMore(page, ['Bob'], 60, 3500)));
    const [later, smallLater] = [find(await ann.stats(), 'Bob', 'camera'), find(await tim.stats(), 'Bob', 'camera')];
    const figures = { full: later.frames - before.frames, small: smallLater.frames - small.frames,
      fullPackets: later.packets - before.packets, smallPackets: smallLater.packets - small.packets, freezes: later.freezes - before.freezes };
    t.diagnostic(JSON.stringify(figures));
    assert.equal(later.width, 640, 'the other viewer is not disturbed');
    assert.ok(figures.full >= 60 && figures.small >= 60, JSON.stringify(figures));
    assert.ok(figures.smallPackets < figures.fullPackets * 0.7, JSON.stringify(figures));
    const { participants } = await roomOf(server, codec);
    const slot = participants.find(({ name }) => name === 'Tim').connection.slots.find((one) => one.publication === publication);
    assert.equal(slot.spatial, 0, JSON.stringify(slot));
    await view(tim, publication, { width: 640, height: 360 });
    await width(tim, 640, 'the full size again');
    const codecs = await ann.evaluate(async () => {
      const report = await window.heddle.call.connections.get('router').peerConnection.pc.getStats();
      return [...report.values()].filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'video').map(({ codecId }) => report.get(codecId)?.mimeType);
    });
    assert.ok(codecs.includes(`video/${codec.toUpperCase()}`), `${codecs}`);
  });
}
