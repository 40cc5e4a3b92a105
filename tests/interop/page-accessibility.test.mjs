// The page judged by axe-core, in every state that the gallery shows, but for crowds: no violation, dark and light.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { scenes, Studio } from './lib/states.mjs';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser;
before(async () => { browser = await launchChromium({ args: ['--host-resolver-rules=MAP heddle.test 127.0.0.1'] }); });
after(() => browser.close());

/** What axe finds, each as one line. @param {object} options of axe.run() */
const violations = (page, options) => page.evaluate(async (given) => {
  const { violations: all } = await window.axe.run({ resultTypes: ['violations'], preload: false, ...given });
  return all.flatMap(({ id, nodes }) => nodes.map(({ html, any, all: every, none }) => `${id}: ${html.slice(0, 160)} ${[...any, ...every, ...none].map(({ message }) => message).join('; ')}`));
}, options);

/** Light is judged once in each scene: its colors are variables of the same names (contrast.test.mjs has each pair). */
async function judge(page, state, isLightToo) {
  if (!await page.evaluate(() => Boolean(window.axe))) await page.evaluate(source);
  assert.deepEqual(await violations(page, {}), [], state);
  if (!isLightToo) return;
  await page.emulateMedia({ colorScheme: 'light' });
  assert.deepEqual(await violations(page, { runOnly: ['color-contrast'] }), [], `${state}, light`);
  await page.emulateMedia({ colorScheme: 'dark' });
}

/** More of the same: for minutes, or in other words. */
const LEFT_OUT = ['people', 'silence', 'korean'];
/** These differ from a state that is judged by words only. */
const ALIKE = ['prejoin: camera off', 'prejoin: none', 'prejoin: busy', 'prejoin: insecure', 'chat: unread', 'reaction', 'somebody is muted'];

describe('axe finds nothing', () => { // one after the other: a page that waits for its turn costs, too
  for (const [name, scene] of Object.entries(scenes)) {
    if (LEFT_OUT.includes(name)) continue;
    test(name, async () => {
      let states = 0;
      const studio = new Studio(browser, async (page, state) => ALIKE.includes(state) || judge(page, state, (states += 1) === 1));
      await scene(studio).finally(() => studio.end());
    });
  }
});
