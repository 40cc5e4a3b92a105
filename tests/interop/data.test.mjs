// Data channels: messages of a room between Chromium, Firefox and C clients, by the router, over two workers,
// and across changes of the room's topology; and a file from Chromium to Firefox, and back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeNamespace } from './lib/namespace.mjs';

test('messages of every kind come once; reliable ones in order across changes of topology', async (t) => {
  const namespace = makeNamespace();
  t.after(() => namespace.remove());
  const { moved } = await namespace.scenario('data.mjs');
  for (const count of moved) assert.ok(count > 100, `${moved} messages`);
  t.diagnostic(`${moved} messages`);
});
