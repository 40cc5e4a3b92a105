// What scripts that measure ask for before they begin, so that somebody who calls one directly is told what is missing.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Ends the script with a reason. */
export function refuse(reason, code = 1) {
  console.error(reason);
  process.exit(code);
}

/** What `load` imports, or the end when a package of tests/interop/ is not installed: `command` installs it. */
export async function withPackages(command, load) {
  try {
    return await load();
  } catch (error) {
    const name = error.code === 'ERR_MODULE_NOT_FOUND' && /^Cannot find package '([^']+)'/.exec(error.message)?.[1];
    if (!name) throw error;
    return refuse(`the node package '${name}' is not installed: run ${command}, which installs it, or \`npm ci\` in tests/interop`);
  }
}

/** Ends the script where namespaces or programs are missing. @param {string[]} more of the laboratory's programs */
export function needLab(command, more = []) {
  if (process.getuid() !== 0) refuse(`${command} makes network namespaces: run it as root`);
  if (!existsSync('/dev/net/tun')) refuse(`${command} needs /dev/net/tun, and this machine has none`);
  for (const program of ['heddle', 'heddle-client', 'lab/linkem', ...more.map((name) => `lab/${name}`)]) {
    if (!existsSync(path.join(root, 'build', program))) refuse(`build/${program} is missing: run ${command}, which builds it`);
  }
}

/**
 * The command line: numbers with what they are when they are not named, flags, and further words.
 * @param {Object<string, number>} numbers whole, 1 or more
 * @param {string[]} flags
 */
export function options(numbers, flags = [], allowPositionals = true) {
  const known = { ...Object.fromEntries(Object.keys(numbers).map((name) => [name, { type: 'string' }])), ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean' }])) };
  let parsed;
  try {
    parsed = parseArgs({ options: known, allowPositionals });
  } catch (error) {
    const usage = [...Object.entries(numbers).map(([name, value]) => `[--${name} ${value}]`), ...flags.map((name) => `[--${name}]`)];
    refuse(`${error.message.split('. ')[0]}; options: ${usage.join(' ') || 'none'}`, 2);
  }
  const read = (name, otherwise) => {
    const text = parsed.values[name];
    if (text !== undefined && !/^[1-9][0-9]{0,8}$/.test(text)) refuse(`--${name} '${text}': expected a whole number, 1 or more`, 2);
    return text === undefined ? otherwise : Number(text);
  };
  return {
    numbers: Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, read(name, value)])),
    flags: parsed.values,
    words: parsed.positionals,
  };
}
