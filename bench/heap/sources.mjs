// Which source file an address of a program was made from, without debug information: by names of functions in the
// program, and in the objects that it was linked of. A name that several files have is told apart by the file's name
// beside it in the program's table.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

const nm = (...words) => execFileSync('nm', words, { maxBuffer: 1 << 28, encoding: 'utf8' }).split('\n');
const plain = (name) => name.replace(/\.(part|isra|constprop|cold)\b.*$/, ''); // pieces that the compiler made of it

function* objectsBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const where = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* objectsBelow(where);
    else if (entry.name.endsWith('.c.o')) yield where;
  }
}

/** transport/hop/CMakeFiles/heddle_hop.dir/history.c.o -> transport/hop/history.c */
const sourceOf = (build, object) => path.relative(build, object).replace(/CMakeFiles\/[^/]+\.dir\//, '').replace(/\.o$/, '');

/** name -> the sources that have such a function */
function sourcesByName(build, folders) {
  const objects = folders.flatMap((folder) => [...objectsBelow(path.join(build, folder))]);
  const byName = new Map();
  for (const line of nm('-A', '--defined-only', ...objects)) {
    const found = /^(.*):[0-9a-f]+ [tTwW] (\S+)$/.exec(line);
    if (!found) continue;
    const name = plain(found[2]);
    byName.set(name, (byName.get(name) ?? new Set()).add(sourceOf(build, found[1])));
  }
  return byName;
}

export class Sources {
  #functions = []; // by address: { start, name, source }

  constructor(build, program, folders) {
    const byName = sourcesByName(build, folders);
    let file = '';
    for (const line of nm('-a', '-p', program)) {
      const [, start, kind, name] = /^([0-9a-f]+) (\S) (.+)$/.exec(line) ?? [];
      if (kind === 'a') file = name;
      if (!/^[tTwW]$/.test(kind ?? '')) continue;
      const known = [...(byName.get(plain(name)) ?? [])];
      const source = known.length > 1 ? known.find((one) => path.basename(one) === file) : known[0];
      this.#functions.push({ start: Number.parseInt(start, 16), name: plain(name), source: source ?? '' });
    }
    this.#functions.sort((a, b) => a.start - b.start);
  }

  /** The function that contains an offset into the program's file: { name, source }. */
  at(offset) {
    let [low, high] = [0, this.#functions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#functions[middle].start <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#functions[low - 1] ?? { name: '', source: '' };
  }
}
