// The images, built and started without a Docker engine: see docker/README.md.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { makeNamespace } from '../interop/lib/namespace.mjs';
import { build, run } from './dockerfile.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const folder = path.join(root, 'build-docker');
const size = (where) => Number(execFileSync('du', ['-sm', where]).toString().split('\t')[0]);

test('the Dockerfiles build, and what they start holds a call, directly and by TURN', async (t) => {
  run('sh', path.join(here, 'build.sh'), folder);
  const base = path.join(folder, 'base');
  const heddle = build(path.join(root, 'docker/Dockerfile'), root, base, path.join(folder, 'heddle'));
  const coturn = build(path.join(root, 'docker/coturn/Dockerfile'), path.join(root, 'docker/coturn'), base, path.join(folder, 'coturn'));
  for (const image of [heddle, coturn]) {
    assert.notEqual(image.user, 'root');
    mkdirSync(path.join(image.root, 'run/secrets'), { recursive: true });
    writeFileSync(path.join(image.root, 'run/secrets/turn'), 'a secret of the two images\n');
  }
  const grown = size(heddle.root) - size(base);
  t.diagnostic(`heddle's image is ${grown} MB more than its base`);
  assert.ok(grown < 105, `${grown} MB`); // 100 measured, nearly all of it what Debian's libnice depends on
  const built = readdirSync(path.join(heddle.root, 'usr/bin'));
  assert.ok(built.includes('heddle') && !built.includes('gcc') && !built.includes('cmake'), 'the runtime image has the tools of the build');
  assert.ok(statSync(path.join(heddle.root, 'usr/share/heddle/web/index.html')).size > 0);
  run('sh', path.join(root, 'tests/checks/hardening.sh'), path.join(heddle.root, 'usr/bin/heddle'));
  const namespace = makeNamespace();
  t.after(() => {
    namespace.remove();
    for (const stage of ['heddle.0', 'heddle.1', 'coturn.0']) rmSync(path.join(folder, stage), { recursive: true, force: true });
  });
  const result = await namespace.scenario('images.mjs', JSON.stringify({ heddle, coturn }));
  const what = JSON.stringify(result);
  t.diagnostic(what.slice(0, 500));
  assert.deepEqual([result.healths.well, result.healths.secure], [0, 0], what);
  assert.notEqual(result.healths.nowhere, 0, what);
  assert.equal(result.page, 200, what);
  for (const uid of result.uids) assert.notEqual(uid, 0, what);
  for (const call of [result.direct, result.relayed]) {
    for (const { code, frames } of call) assert.ok(code === 0 && frames > 20, what);
  }
  assert.ok(result.direct.every(({ path: way }) => way === 'udp'), what);
  assert.ok(result.relayed.every(({ path: way }) => way === 'turn/udp'), what);
  assert.deepEqual(result.ended, [0, null], what);
});
