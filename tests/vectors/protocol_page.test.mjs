// signaling/PROTOCOL.md says what the code says: messages, their fields and limits, error codes, the API's fields.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('signaling/PROTOCOL.md');
const code = read('signaling/proto/message.c');
const headers = ['signaling/proto/message.h', 'signaling/proto/names.h', 'transport/wire/media.h'].map(read).join('') + code;
const section = (title) => page.split(`\n## ${title}\n`)[1].split('\n## ')[0];

/** The rows of all tables of a text, as arrays of cells. */
const rows = (text) => text.split('\n').filter((line) => line.startsWith('|')).map((line) => line.split(/\s*\|\s*/).slice(1, -1));
const names = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);

function number(text) {
  if (/^\d+$/.test(text)) return Number(text);
  const defined = new RegExp(`#define ${text} (\\S+)`).exec(headers);
  return defined ? number(defined[1].replace(/[^0-9A-Z_]/g, '')) : NaN;
}

/** What message.c has under a name: [{name, optional, min, max, fields}]. */
function structure(name) {
  const body = new RegExp(`struct field ${name}\\[\\] = \\{([^;]*?)END`).exec(code)[1]
    .replace(/\bGENERATION\b/g, 'INTEGER("generation", 1, NUMBER_MAX)').replace(/\bMID\b/g, 'LINE("mid", 1, MEDIA_MID_MAX)')
    .replace(/\bSDP\b/g, 'PLAIN("sdp", TEXT)').replace(/\bSOURCE\b/g, 'PLAIN("source", NAME)').replace(/\bKIND\b/g, 'PLAIN("kind", NAME)');
  const entry = /([A-Z]+?)(_OPTIONAL)?\(\s*"(\w+)"(?:, *(\w+)(?:\((\d+)\))?)?(?:, *(?:INT64_C\()?(\w+)\)?)?\)|\{\s*\.name = "(\w+)"([^{}]*)\}/g;
  return [...body.matchAll(entry)].map(([, macro, optional, label, first, , second, plain, rest]) => {
    if (plain) {
      return {
        name: plain, optional: rest.includes('is_optional = true'), min: 0,
        max: number(/\.max = (\w+)/.exec(rest)?.[1] ?? 'none'), fields: /\.fields = (\w+)/.exec(rest)?.[1],
      };
    }
    const isList = macro === 'OBJECTS';
    const hasRange = ['LINE', 'TEXT', 'INTEGER'].includes(macro);
    return {
      name: label, optional: Boolean(optional), fields: isList || macro === 'OBJECT' ? first : undefined,
      min: hasRange ? number(first) : 0, max: hasRange || isList ? number(second) : NaN,
    };
  });
}

/** [type, structure to the server, structure to the client] */
const messages = [...code.matchAll(/\[MESSAGE_\w+\] = \{"([a-z-]+)", (\w+), (\w+)\}/g)].map(([, ...row]) => row);

/** The fields of a page's cell: [name, with "?" behind an optional one], and those of an array's objects. */
function fields(cell) {
  const outer = cell.replace(/\([^()]*\)/g, '').split(':')[0];
  return {
    own: [...outer.matchAll(/`([a-z_]+)`(\??)/g)].map(([, name, mark]) => name + mark),
    nested: [...(/`\[\{(.*?)\}\]`/.exec(cell)?.[1] ?? '').matchAll(/"([a-z_]+)"(\??)/g)].map(([, name, mark]) => name + mark),
  };
}

const marked = (list) => list.map(({ name, optional }) => name + (optional ? '?' : ''));

test('the tables of messages name every message with its fields', () => {
  assert.ok(messages.length > 20);
  for (const [title, column] of [['Client to server', 1], ['Server to client', 2]]) {
    const relayed = /^as sent/;
    const table = rows(section(title)).filter(([types, cell]) => names(types).length > 0 && !/^\d/.test(cell)); // without the limits
    const described = new Map(table.flatMap(([types, cell]) => names(types).map((type) => [type, cell])));
    for (const row of messages.filter((one) => one[column] !== 'NULL')) {
      const cell = described.get(row[0]);
      assert.ok(cell !== undefined, `${title}: ${row[0]} is missing`);
      if (relayed.test(cell)) continue;
      const expected = structure(row[column]);
      assert.deepEqual(fields(cell).own, marked(expected), `${title}: ${row[0]}`);
      const listed = /`([a-z_]+)`[^`]*`\[\{/.exec(cell)?.[1]; // the field before the array of objects
      const list = expected.find(({ name, fields: nested }) => nested && name === listed);
      if (list) assert.deepEqual(fields(cell).nested, marked(structure(list.fields)), `${title}: ${row[0]}`);
    }
    const known = new Set(messages.filter((one) => one[column] !== 'NULL').map(([type]) => type));
    if (title === 'Server to client') assert.deepEqual([...described.keys()].filter((type) => !known.has(type)), []);
  }
});

test('the table of limits has every limit of what clients send', () => {
  const limits = new Map();
  for (const [label, text] of rows(section('Client to server'))) {
    const range = /^(\d[\d,]*)\.\.(\d[\d,]*)/.exec(text ?? '');
    if (!range) continue;
    for (const name of names(label.split(' of ')[0])) {
      limits.set(label.includes(' of an event') ? `event ${name}` : name, range.slice(1).map((digits) => Number(digits.replaceAll(',', ''))));
    }
  }
  const check = (prefix, list) => {
    for (const field of list) {
      if (field.fields) check(field.name === 'events' ? 'event ' : '', structure(field.fields));
      if (!Number.isFinite(field.max)) continue;
      const where = prefix + field.name;
      assert.deepEqual(limits.get(where), where === 'mid' ? [1, 16] : [field.min, field.max], where);
    }
  };
  for (const [, up] of messages) if (up !== 'NULL') check('', structure(up));
  assert.ok(limits.size > 15, `${[...limits.keys()]}`);
});

test('the tables of errors have every code', () => {
  const table = new Set(['Errors', 'WHIP and WHEP', 'HTTP'].flatMap((title) => rows(section(title))).flatMap(([first, second]) => names(`${first} ${second}`)));
  const used = new Set();
  const folders = readdirSync(new URL('../../signaling/', import.meta.url), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const folder of ['signaling', ...folders.map(({ name }) => `signaling/${name}`)])
    for (const file of readdirSync(new URL(`../../${folder}/`, import.meta.url)).filter((name) => name.endsWith('.c'))) {
      const text = read(`${folder}/${file}`);
      for (const [, found] of text.matchAll(/\b(?:request_refuse|request_refusal|refuse|refusal_set|refusal_set_end|http_fail)\([^;"]*"([a-z-]+)"/g)) used.add(found);
      for (const [, found] of text.matchAll(/\bcode = "([a-z-]+)"/g)) used.add(found);
    }
  assert.ok(used.size > 30, `${[...used]}`);
  assert.deepEqual([...used].filter((found) => !table.has(found)), []);
});

const api = section('HTTP');
const paragraph = (start) => api.split('\n\n').find((text) => text.startsWith(start));
/** Names in the text, and inside quoted objects: `{"rooms":[{"name"}]}`. */
const said = (text) => new Set([...names(text), ...[...text.matchAll(/"(\w+)"/g)].map(([, name]) => name)]);

/** The names of each table of statistics: {worker_statistics: [...], ...}. */
const tables = Object.fromEntries(['router/worker/statistic_tables.c', 'signaling/server_statistics.c'].map(read).flatMap((text) =>
  [...text.matchAll(/struct statistic (\w+)_rows\[\] = \{\n([\s\S]*?)\n\};/g)]
    .map(([, table, body]) => [table, body.trim().split(/,\n    (?=[A-Z_]+\(|\{)/).map((row) => /"(\w+)"|LIMIT\((\w+)/.exec(row)).map(([, quoted, plain]) => plain ?? quoted)])));

test('the page has every statistic where its table is described, and no other', () => {
  const row = (name) => rows(api).find(([first]) => first === `\`${name}\``)[1];
  const [room, connection] = paragraph('A room:').split('`connection`: ');
  assert.ok(room);
  const [server, limits] = paragraph('`server`:').split('`limits`, ');
  for (const [table, text, others] of [
    ['worker', paragraph('Each of `workers`'), ['workers', 'worker', 'answers', 'false']],
    ['server', server, ['server', 'version', 'workers', 'crypto', 'openssl', 'ipsec-mb']],
    ['limit', limits, []],
    ['connection', connection.replace(/\(each .*?\)/, ''), ['null', 'worker', 'path', 'udp', 'tcp', 'profile', 'in', 'out', 'rejected']],
    ['direction', /\(each (.*?)\)/.exec(connection)[1], []],
    ['publication', row('publications').replace(/`encodings`.*/, ''), ['id', 'kind', 'audio', 'video', 'codec', 'muted']],
    ['encoding', /`encodings` \((.*)\)/.exec(row('publications'))[1], ['asked']],
    ['slot', row('slots'), ['mid', 'publication', 'codec', 'none', 'state', 'reason']],
  ]) {
    assert.ok(tables[table]?.length > 0, table);
    assert.deepEqual([...said(text)].filter((name) => !others.includes(name)).sort(), [...tables[table]].sort(), table);
  }
  assert.equal(Object.keys(tables).length, 8);
  assert.ok(Object.values(tables).flat().length > 90);
});

test('the page names every field of the API that is no statistic', () => {
  const known = said(api);
  const written = [...read('signaling/api_json.c').replace(/#include.*/g, '').matchAll(/"([a-z]\w+)"/g)].map(([, name]) => name);
  assert.ok(written.length > 30);
  assert.deepEqual(written.filter((name) => !known.has(name)), []);
});
