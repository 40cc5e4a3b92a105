// Calls in a namespace of their own: with loss, and with Firefox.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeNamespace } from './lib/namespace.mjs';
import { EACH_OTHER } from './lib/see_each_other.mjs';

test('5 % loss both ways: video is recovered by NACK and RTX, audio by RED', async (t) => {
  const namespace = makeNamespace();
  t.after(() => namespace.remove());
  namespace.loseUdp(40000, 5);
  const result = await namespace.scenario('loss.mjs', '40000', '12');
  t.diagnostic(JSON.stringify({ ...result, room: undefined }));
  for (const [seen, sent] of [[result.annSeesBob, result.sent.Bob], [result.bobSeesAnn, result.sent.Ann]]) {
    // How many are lost depends on how many there were: a busy machine's encoder makes frames of one packet.
    assert.ok(seen.lost > 0 && seen.nacks > 0, `nothing was lost: ${JSON.stringify(seen)}`);
    const missing = seen.lost - seen.retransmitted;
    assert.ok(missing <= Math.max(2, seen.lost / 10), `${missing} packets were not recovered: ${JSON.stringify(seen)}`);
    assert.ok(seen.frames > sent * 0.85, `${seen.frames} of ${sent} frames were decoded`);
    assert.ok(seen.audioPackets > 480, `${seen.audioPackets} audio packets`);
    // One packet in ten is lost on the two links together, in one run more than in another; without redundancy all of
    // that, and more, was made up.
    const [lost, madeUp] = [seen.audioLost / (seen.audioPackets + seen.audioLost), seen.concealed / seen.samples];
    assert.ok(madeUp < lost / 5, `${(madeUp * 100).toFixed(2)} % of the sound was made up, where ${(lost * 100).toFixed(2)} % was lost`);
  }
  const { packets_recovered: recovered, packets_lost: lost } = result.weftSeesAnn.video;
  assert.ok(recovered > 0 && lost <= recovered / 10, JSON.stringify(result.weftSeesAnn));
});

test('Firefox and Chromium see and hear each other', async (t) => {
  const namespace = makeNamespace();
  t.after(() => namespace.remove());
  const result = await namespace.scenario('firefox.mjs');
  t.diagnostic(JSON.stringify(result));
  assert.deepEqual(result.problems, []); // nothing of the page is against its Content-Security-Policy
  assert.ok(Math.max(...result.pictures) < EACH_OTHER, `pictures ${result.pictures} ms after the click`);
  for (const seen of [result.annSeesFox, result.foxSeesAnn]) {
    assert.ok(seen.frames > 60, JSON.stringify(seen));
    assert.ok(seen.audioPackets > 200 && seen.audioEnergy >= 0, JSON.stringify(seen));
    assert.ok(seen.lost <= 5, `lost ${seen.lost}`);
  }
});
