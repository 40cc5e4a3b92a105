// Calls of some pages through the router.
import { startServer } from '../signaling_client.mjs';
import { assertFlawless, openPage, readThrice, untilMore, untilSees } from './pages.mjs';
import { sleep } from './wait.mjs';

/** A server that ends with the test. */
export async function serve(t, more = []) {
  const server = await startServer(['--open', '--mesh-max', '0', ...more]);
  t.after(() => server.stop());
  return server;
}

/** Opens pages by name in a room, one after the other; they close with the test. */
export async function openPages(t, browser, server, room, names, more = {}) {
  const pages = {};
  t.after(() => closeAll(pages));
  for (const name of names) pages[name] = await openPage(browser, server, { room, name, ...more });
  return pages;
}

export const closeAll = (pages) => Promise.all(Object.values(pages).map((page) => page.closeAll()));

const others = (pages, name) => Object.keys(pages).filter((other) => other !== name);

export async function allSee(pages) {
  for (const [name, page] of Object.entries(pages)) await untilSees(page, others(pages, name));
}

/** Everybody sees and hears everybody without a flaw for some time. */
export async function assertFlawlessCall(pages, ms) {
  await Promise.all(Object.entries(pages).map(([name, page]) => untilMore(page, others(pages, name), 30))); // encoders start up, first keyframes come
  const start = await readThrice(pages);
  await sleep(ms);
  const end = await readThrice(pages);
  for (const name of Object.keys(pages)) assertFlawless(start, end, name);
}
