// The C client as a child process.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { eventually } from './wait.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const binary = process.env.HEDDLE_CLIENT ?? path.join(root, 'build/heddle-client');

/**
 * Starts a client; `done` resolves with {code, summary, log} when it ends, `end()` lets it leave
 * before its time, and `log` is what it has said so far, which is little when it is quiet; `saw()` is
 * that for the message of a test that fails.
 */
export function startClient(server, { room, name, duration, args = [], quiet = true, inside = (...command) => [command[0], command.slice(1)] }) {
  const [program, parameters] = inside(binary, server.url, '--room', room, '--name', name, '--duration', String(duration), '--json', quiet ? '--quiet' : '--progress', ...args);
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let log = '';
  child.stdout.on('data', (data) => { output += data; });
  child.stderr.on('data', (data) => { log += data; });
  const done = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (/Sanitizer|runtime error/.test(log)) reject(new Error(log));
      resolve({ code: code ?? signal, log, summary: output.startsWith('{') ? JSON.parse(output) : null });
    });
  });
  const end = () => {
    child.kill('SIGINT');
    return done;
  };
  return { child, done, end, saw: () => `${name} said ${log || 'nothing'}`, get log() { return log; } };
}

/** A client that sends pictures and numbered messages in an encrypted room: see tests/tools/write_on.c. `end()`: it
 * writes no more, and tells how many it wrote. */
export function startWriter(server, { room, name, key, inside }) {
  const child = spawn(...inside(path.join(root, 'build/write_on'), server.url, room, name, key), { stdio: ['pipe', 'pipe', 'pipe'] });
  const writer = { child, heard: [], log: '' };
  let rest = '';
  const written = new Promise((resolve) => {
    child.stdout.on('data', (data) => {
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith('wrote ')) resolve(Number(line.slice(6)));
        else writer.heard.push(Number(line));
      }
    });
  });
  child.stderr.on('data', (data) => { writer.log += data; });
  writer.end = () => {
    child.stdin.end();
    return written;
  };
  return writer;
}

/** `count` clients in one process, each of which sends a small picture: see tests/tools/fill_room.c. */
export function fillRoom(server, room, count) {
  const child = spawn(path.join(root, 'build/fill_room'), [server.url, room, String(count)], { stdio: ['pipe', 'inherit', 'inherit'] });
  const done = new Promise((resolve) => { child.on('close', (code, signal) => resolve(code ?? signal)); });
  return {
    end: () => {
      child.stdin.end();
      return done;
    },
  };
}

/** So many seconds are more than any test takes: the client stays until it is told to leave. */
export const UNTIL_TOLD = 300;

/** Pictures that a client which is not quiet has decoded, of all others together: it tells every second. */
export const received = ({ log }) => Number([...log.matchAll(/received (\d+) /g)].at(-1)?.[1] ?? 0);

/** Waits until each of these has decoded so many more pictures. */
export async function untilReceive(clients, more, ms = 20000) {
  const before = clients.map(received);
  const each = () => clients.map((client, index) => received(client) - before[index]);
  await eventually(() => `${more} more pictures, but ${each()}`, () => each().every((count) => count >= more), ms);
}

export const remote = (summary, name) => summary.remotes.find((one) => one.name === name);
