// Three C clients in a call, which the offences of others must not disturb.
import assert from 'node:assert/strict';
import { startClient } from './client.mjs';
import { untilMediaFlows } from './wait.mjs';

export const NAMES = ['Ann', 'Bob', 'Cy'];

/** The three in the room "call" for so many seconds, as startClient() gives them, once media flows between them. */
export async function startCall(server, seconds) {
  const call = NAMES.map((name) => startClient(server, { room: 'call', name, duration: seconds, args: ['--video', '320x180@15:200k'] }));
  await untilMediaFlows(server, 'call', NAMES.length);
  return call;
}

/** Asserts that the three are still there, and that no packet of theirs was lost on its way in or out. */
export function assertUndisturbed(room) {
  const three = room.participants.filter(({ name }) => NAMES.includes(name));
  assert.equal(three.length, NAMES.length, 'the call ended before the attacks did');
  for (const { connection } of three) {
    assert.deepEqual([connection.in.lost, connection.out.lost, connection.egress_drops], [0, 0, 0], JSON.stringify(connection));
    assert.ok(connection.in.packets > 500 && connection.out.packets > 1000, JSON.stringify(connection));
  }
}
