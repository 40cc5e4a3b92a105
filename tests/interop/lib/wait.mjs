// Waiting for things that send no event when they happen.
import assert from 'node:assert/strict';

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Looks until `check()` gives something truthy, and returns that; fails after `ms`. `what` may be a function: it is
 * told what the last look gave. `every`: milliseconds between two looks.
 */
export async function eventually(what, check, ms = 10000, every = 50) {
  const end = Date.now() + ms;
  for (;;) {
    const last = await check();
    if (last) return last;
    assert.ok(Date.now() < end, typeof what === 'function' ? what(last) : `${what}: not within ${ms} ms`);
    await sleep(every);
  }
}

export const roomOf = async (server, room) => (await fetch(new URL(`/api/v1/rooms/${room}`, server.url))).json();

/** Waits until the router sends media to so many of a room. */
export async function untilMediaFlows(server, name, count) {
  let room;
  await eventually(() => `no media for ${count} of the room: ${JSON.stringify(room)}`, async () => {
    room = await roomOf(server, name);
    return room.participants?.filter(({ connection }) => connection?.out.packets > 20).length === count;
  });
}
