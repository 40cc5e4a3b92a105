// The same call over each transport that the router has: TCP, full ICE, and the older encryption.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { allSee, assertFlawlessCall, openPages, serve } from './lib/calls.mjs';
import { remote, startClient, UNTIL_TOLD } from './lib/client.mjs';
import { untilSees } from './lib/pages.mjs';
import { eventually, roomOf } from './lib/wait.mjs';

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

describe('a call', { concurrency: 2 }, () => {
  for (const [what, more, path, profile] of [
    ['over ICE-TCP, without UDP', ['--no-udp'], 'tcp', 'AEAD_AES_128_GCM'],
    ['with full ICE', ['--ice', 'full'], 'udp', 'AEAD_AES_128_GCM'],
    ['with full ICE, without UDP', ['--ice', 'full', '--no-udp'], 'tcp', 'AEAD_AES_128_GCM'],
    ['with AES128_CM forced', ['--srtp', 'AES128_CM_SHA1_80'], 'udp', 'AES128_CM_SHA1_80'],
  ]) {
    test(what, async (t) => {
      const server = await serve(t, more);
      const pages = await openPages(t, browser, server, 'variant', ['Ann', 'Bob']);
      const client = startClient(server, { room: 'variant', name: 'Weft', duration: UNTIL_TOLD, args: ['--video', '320x180'] });
      t.after(client.end);
      await allSee(pages);
      await untilSees(pages.Ann, ['Weft']);
      await assertFlawlessCall(pages, 4000);
      let participants; // a path by TCP may be the first that works
      await eventually(() => `all three by ${path}: ${JSON.stringify(participants)}`, async () => {
        ({ participants } = await roomOf(server, 'variant'));
        return participants.length === 3 && participants.every(({ connection }) => connection.path.includes(path));
      }, 5000);
      for (const { connection } of participants) {
        assert.equal(connection.srtp_profile ?? connection.profile, profile);
      }
      const { code, summary, log } = await client.end();
      assert.equal(code, 0, `${code} ${log} ${JSON.stringify(summary)?.slice(0, 3000)}`);
      assert.ok(remote(summary, 'Ann').video.frames_decoded > 60);
    });
  }
});
