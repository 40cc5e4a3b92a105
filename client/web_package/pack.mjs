// Makes the npm package heddle-client: node client/web_package/pack.mjs FOLDER. It has the modules that index.js needs,
// the version that CMakeLists.txt has, and types that TypeScript's compiler reads off their JSDoc (it is among the
// packages of tests/interop: npm ci there). Prints the tarball's path.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '../..');
const web = path.join(root, 'client/web');

const compiler = path.join(root, 'tests/interop/node_modules/.bin/tsc');
if (!existsSync(compiler)) {
  console.error("the node package 'typescript' is not installed: run `npm ci` in tests/interop");
  process.exit(1);
}

/** index.js and what it needs. @returns {string[]} */
function modules() {
  const needed = new Set(['index.js']);
  for (const name of needed)
    for (const [, other] of readFileSync(path.join(web, name), 'utf8').matchAll(/\b(?:from|import\()\s*'\.\/([^']+)'/g)) needed.add(other);
  return [...needed];
}

const [, version] = readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8').match(/^project\(heddle VERSION (\S+)/m);
const folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-package-'));
try {
  cpSync(path.join(web, 'e2ee'), path.join(folder, 'e2ee'), { recursive: true }); // a worker: nothing imports it
  for (const name of modules()) copyFileSync(path.join(web, name), path.join(folder, name));
  const about = JSON.parse(readFileSync(path.join(web, 'package.json'), 'utf8'));
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify({ ...about, version }, null, 2)}\n`);
  copyFileSync(path.join(here, 'README.md'), path.join(folder, 'README.md'));
  copyFileSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
  cpSync(path.join(here, 'example'), path.join(folder, 'example'), { recursive: true });
  copyFileSync(path.join(here, 'tsconfig.json'), path.join(folder, 'tsconfig.json'));
  execFileSync(compiler, ['-p', folder], { stdio: ['ignore', 'inherit', 'inherit'] });
  rmSync(path.join(folder, 'tsconfig.json'));
  const target = path.resolve(process.argv[2] ?? '.');
  mkdirSync(target, { recursive: true });
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', target], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  console.log(path.join(target, filename));
} finally {
  rmSync(folder, { recursive: true });
}
