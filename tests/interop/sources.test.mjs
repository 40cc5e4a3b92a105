// Sources of an application in C that come and go during a call: client/examples/sources.c, which does what people in
// the room write.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './lib/browser.mjs';
import { startClient, UNTIL_TOLD } from './lib/client.mjs';
import { find, openPage, until, untilSees } from './lib/pages.mjs';
import { startServer } from './signaling_client.mjs';

const program = process.env.HEDDLE_EXAMPLE ?? fileURLToPath(new URL('../../build/example_sources', import.meta.url));
let server;
let browser;
before(async () => {
  server = await startServer(['--open']);
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  await server.stop();
});

for (const topology of ['sfu', 'mesh']) {
  test(`sources come, go, and come again as something else (${topology})`, async (t) => {
    const page = await openPage(browser, server, { room: topology, name: 'Ann', source: 'none', topology });
    t.after(() => page.closeAll());
    await until(page, 'joining', ({ participant }) => participant);
    const child = spawn(program, [server.url, topology], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { said += data; });
    const ended = new Promise((resolve) => { child.on('close', resolve); });
    t.after(() => child.kill());
    page.witnesses.push({ saw: () => said });
    const receiver = startClient(server, { room: topology, name: 'Receiver', duration: UNTIL_TOLD, args: ['--send', 'none'] });
    t.after(() => receiver.child.kill());
    const tell = (text) => page.evaluate((words) => window.heddle.call.chat(words), text);
    const published = (...sources) => until(page, `${sources} published`, ({ participants }) => {
      const names = participants.find(({ name }) => name === 'Sources')?.publications.map(({ source }) => source) ?? [];
      return names.sort().join() === sources.sort().join();
    });
    const frames = async (source) => find(await page.stats(), 'Sources', source)?.frames ?? 0;
    const untilMoving = (source, from) => until(page, `${source} moving`, (stats) => (find(stats, 'Sources', source)?.frames ?? 0) > from + 5);

    await untilSees(page, ['Sources']);
    if (topology === 'mesh') await until(page, 'a Mesh', (stats) => stats.topology === 'mesh');
    await tell('share');
    await published('camera', 'microphone', 'screen', 'screen-audio');
    await untilMoving('screen', 10);
    await until(page, 'its audio', (stats) => find(stats, 'Sources', 'screen-audio')?.packets > 5);
    await tell('stop');
    await published('camera', 'microphone');
    await untilMoving('camera', await frames('camera'));
    await tell('swap'); // the application makes it itself
    await published('camera', 'microphone', 'screen');
    await untilMoving('screen', 0);
    await tell('share'); // it is there already; its audio comes
    await published('camera', 'microphone', 'screen', 'screen-audio');
    await tell('leave');
    assert.equal(await ended, 0, said);
    assert.match(said, /^screen: this source is published already\nleft: /);
    assert.deepEqual(page.problems, []);

    const { summary } = await receiver.end();
    const [camera, screen, ...more] = summary.remotes.filter(({ name }) => name === 'Sources');
    assert.deepEqual([camera.screen, screen.screen, more], [false, true, []]);
    const whole = ({ frames_decoded: decoded, counter_read: read }) => read > 10 && read >= decoded * 0.95;
    assert.ok(whole(camera.video), `the camera beside the screen: ${JSON.stringify(camera.video)}`);
    assert.ok(screen.video.counter_read >= 8, `the screen beside the camera: ${JSON.stringify(screen.video)}`);
    assert.ok(camera.audio.packets > 10 && screen.audio.packets > 5, 'voice and sound of the screen');
  });
}
