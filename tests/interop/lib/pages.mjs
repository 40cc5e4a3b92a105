// Call pages in a browser, and what they report.
import assert from 'node:assert/strict';
import { eventually, sleep } from './wait.mjs';

async function isThere(page) {
  for (let i = 0; i < 20; i += 1) {
    if (await page.evaluate(() => window.heddle !== undefined)) return true;
    await sleep(100);
  }
  return false;
}

/** A browser drops what it is loading when an address comes or goes, as in a namespace that was just made: whoever sees
 * the empty page loads it again. */
async function load(page, url) {
  for (let attempt = 1; ; attempt += 1) {
    const error = await page.goto(url).then(() => null, (reason) => reason);
    if (!error && await isThere(page)) return;
    const isDropped = page.failures.concat(String(error)).some((text) => text.includes('ERR_NETWORK_CHANGED'));
    if (attempt === 3 || !isDropped) throw error ?? new Error(`the page did not load: ${page.failures} ${page.problems}`);
    page.failures.length = 0;
  }
}

/**
 * Opens the call page and joins. Options: source ('canvas'), size (of a drawn picture; small and slow, so that dozens
 * of pages cost little: who looks at what a picture is like says another), simulcast (false), joins (true), key (of an
 * encrypted room), more search parameters.
 */
export async function openPage(browser, server, { room, name, source = 'canvas', size = '160x90@15', simulcast = false, joins = true, key = '', ...more }) {
  const context = await (browser.newContext?.() ?? browser.createBrowserContext());
  const page = await context.newPage();
  page.problems = [];
  page.witnesses = []; // clients of other kinds: they tell what they saw when the page waits in vain
  page.failures = []; // requests
  page.on('pageerror', (error) => page.problems.push(String(error.message ?? error)));
  page.on('console', (message) => {
    if (/content.security.policy/i.test(message.text())) page.problems.push(message.text());
  });
  page.on('requestfailed', (request) => page.failures.push(`${request.url()}: ${request.failure()?.errorText ?? ''}`));
  const parameters = new URLSearchParams({ room, name, source, size, ...more });
  if (joins) parameters.set('autojoin', '1');
  if (!simulcast) parameters.set('simulcast', '0');
  await load(page, `${server.url}?${parameters}${key && `#${new URLSearchParams({ key })}`}`);
  if (joins && !['canvas', 'none'].includes(source)) await page.evaluate(() => document.getElementById('join').click()); // autojoin is not for devices
  // `pictures`, by participant: how long its tile has shown one. A frame that was decoded is not yet seen by anybody.
  page.stats = () => page.evaluate(async () => ({
    ...await window.heddle.stats(),
    pictures: Object.fromEntries([...window.heddle.view.stage.tiles].map(([key, { video }]) => [key, video.readyState >= 2 ? video.currentTime : 0])),
  }));
  page.closeAll = () => context.close();
  return page;
}

/** Waits until `check(stats)` is truthy and returns that; fails with `what` after `ms`. */
export function until(page, what, check, ms = 20000) {
  let last;
  const failure = () => `${what} did not happen within ${ms} ms; last: ${JSON.stringify(last).slice(0, 1500)}; problems: ${page.problems}`
    + page.witnesses.map((witness) => `; ${witness.saw()}`).join('');
  return eventually(failure, async () => {
    last = await page.stats().catch((error) => ({ error: String(error) }));
    return !last.error && check(last);
  }, ms, 200);
}

/**
 * Waits until what `count(stats)` tells has not changed for `ms`, and returns it; fails
 * when it still does after `within`.
 */
export async function untilStands(page, what, count, ms = 1500, within = 4000) {
  let value;
  let since;
  await until(page, `${what} standing for ${ms} ms`, (stats) => {
    const now = count(stats);
    if (now !== value) [value, since] = [now, Date.now()];
    return Date.now() - since >= ms;
  }, ms + within);
  return value;
}

const idOf = (stats, name) => stats.participants.find((one) => one.name === name)?.id;
export const find = (stats, name, source) => stats.remotes.find(({ publication }) => publication === `${idOf(stats, name)}/${source}`);

/** Waits until the page shows a picture of each name. */
export function untilSees(page, names, ms = 20000) {
  return until(page, `seeing ${names}`, (stats) => names.every((name) => find(stats, name, 'camera')?.frames > 5 && stats.pictures[idOf(stats, name)] > 0), ms);
}

/** Waits until the page has shown so many more pictures of each name. */
export async function untilMore(page, names, frames, ms = 20000) {
  const count = (stats, name) => find(stats, name, 'camera')?.frames ?? 0;
  const before = await page.stats();
  await until(page, `${frames} more frames of ${names}`, (stats) => names.every((name) => count(stats, name) - count(before, name) >= frames), ms);
}

/** What came in between two readings, for one remote name. */
export function difference(before, after, name) {
  const get = (source, field) => find(after, name, source)[field] - find(before, name, source)[field];
  return {
    frames: get('camera', 'frames'), lost: get('camera', 'lost'), freezes: get('camera', 'freezes'),
    audioPackets: get('microphone', 'packets'), audioLost: get('microphone', 'lost'), audioEnergy: get('microphone', 'audioEnergy'),
    concealed: get('microphone', 'concealed'), samples: get('microphone', 'samples'),
    nacks: get('camera', 'nacks'), retransmitted: get('camera', 'retransmitted'), freezeSeconds: get('camera', 'freezeSeconds'),
  };
}

/** Frames that a page encoded between two readings (its only video encoding). */
export function encoded(before, after) {
  const frames = (stats) => stats.sent.filter(({ kind }) => kind === 'video').reduce((sum, { frames: count }) => sum + count, 0);
  return frames(after) - frames(before);
}

/**
 * What pages (by name) tell, three times in a row: of what one had received at the second, the others have
 * sent no less than at the first and no more than at the third. Pages answer one after the other, on a
 * busy machine a good while after each other.
 */
export async function readThrice(pages) {
  const readings = [];
  for (let i = 0; i < 3; i += 1)
    readings.push(Object.fromEntries(await Promise.all(Object.entries(pages).map(async ([name, page]) => [name, await page.stats()]))));
  return readings;
}

/**
 * Between two times three readings, all of the others came in to `name` without a flaw: every frame that they sent was
 * decoded, nothing lost, no freeze, audio heard.
 */
export function assertFlawless(start, end, name) {
  for (const other of Object.keys(start[0]).filter((one) => one !== name)) {
    const came = difference(start[1][name], end[1][name], other);
    const [least, most] = [encoded(start[2][other], end[0][other]), encoded(start[0][other], end[2][other])];
    const more = Math.max(6, most * 0.05);
    const what = `${other}: ${JSON.stringify({ ...came, sent: [least, most] })}`;
    assert.ok(least > 0 && came.frames >= least - more && came.frames <= most + more, `not every frame was decoded: ${what}`);
    assert.equal(came.lost, 0, `packets were lost: ${what}`);
    assert.equal(came.audioLost, 0, `audio was lost: ${what}`);
    assert.equal(came.freezes, 0, `the picture froze: ${what}`);
    assert.ok(came.audioEnergy > 0, `no audio: ${what}`);
  }
}
