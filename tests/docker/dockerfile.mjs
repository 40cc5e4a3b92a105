// Carries out a Dockerfile in clean Debian roots, as far as ours go: FROM (one base), RUN, COPY, WORKDIR, USER, EXPOSE,
// HEALTHCHECK, ENTRYPOINT, CMD. Anything else is an error, so that nothing is left out silently.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

export const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], maxBuffer: 1 << 26 });

function instructions(file) {
  const lines = readFileSync(file, 'utf8').split('\n').filter((line) => !/^\s*(#|$)/.test(line)).join('\n').replaceAll(/\\\n\s*/g, ' ');
  return lines.split('\n').map((line) => /^(\w+)\s+(.*)$/.exec(line).slice(1));
}

/** What the context's .dockerignore leaves: patterns of the first level, and of any level behind two stars. */
function copyContext(context, to) {
  const ignore = path.join(context, '.dockerignore');
  const patterns = existsSync(ignore) ? readFileSync(ignore, 'utf8').split('\n').filter(Boolean) : [];
  const glob = (pattern) => pattern.replace(/[.]/g, '\\.').replace(/\*\*\//, '\u0000').replace(/\*/g, '[^/]*').replace('\u0000', '(.*/)?');
  const ignored = new RegExp(`^(${patterns.map(glob).join('|') || '\u0000'})(/|$)`);
  const filter = (name) => !ignored.test(path.relative(context, name));
  for (const name of readdirSync(context).map((one) => path.join(context, one)).filter(filter))
    cpSync(name, path.join(to, path.basename(name)), { recursive: true, filter });
}

/** Builds the last stage as `out`; resolves with how it is started: {root, user, entrypoint, cmd, healthcheck}. */
export function build(file, context, base, out) {
  const stages = new Map();
  let image;
  for (const [name, rest] of instructions(file)) {
    const inside = (...command) => run('chroot', image.root, '/usr/bin/env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
      'DEBIAN_FRONTEND=noninteractive', ...command);
    if (name === 'FROM') {
      const [from, , as] = rest.split(' ');
      if (from !== 'debian:bookworm-slim') throw new Error(`FROM ${from}: only debian:bookworm-slim is known here`);
      image = { root: `${out}.${stages.size}`, user: 'root', cwd: '/', cmd: [], entrypoint: [] };
      rmSync(image.root, { recursive: true, force: true });
      run('cp', '-a', base, image.root);
      stages.set(as ?? 'last', image);
    } else if (name === 'RUN') {
      inside('/bin/sh', '-c', `cd ${image.cwd} && ${rest}`);
    } else if (name === 'COPY') {
      const words = rest.split(' ');
      const stage = /^--from=(.*)$/.exec(words[0])?.[1];
      if (stage) words.shift();
      const target = path.join(image.root, path.resolve(image.cwd, words.pop()));
      mkdirSync(target, { recursive: true });
      for (const source of words) {
        if (stage) run('cp', '-a', `${path.join(stages.get(stage).root, source)}/.`, target);
        else if (source === '.') copyContext(context, target);
        else cpSync(path.join(context, source), path.join(target, path.basename(source)));
      }
    } else if (name === 'WORKDIR') {
      image.cwd = rest;
      mkdirSync(path.join(image.root, rest), { recursive: true });
    } else if (name === 'USER') {
      image.user = rest;
    } else if (name === 'ENTRYPOINT' || name === 'CMD') {
      image[name.toLowerCase()] = JSON.parse(rest);
    } else if (name === 'HEALTHCHECK') {
      image.healthcheck = JSON.parse(rest.slice(rest.indexOf('CMD ') + 4));
    } else if (name !== 'EXPOSE') {
      throw new Error(`${name} is not known here`);
    }
  }
  return image;
}
