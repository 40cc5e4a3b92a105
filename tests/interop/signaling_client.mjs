// A server under test and a bare signaling client: what the tests of the protocol are written with.
import { spawn } from 'node:child_process';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import WebSocket from 'ws';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = process.env.HEDDLE ?? path.join(root, 'build/heddle');

// Ports are given out by the hundred, below those that systems choose, so that test files can run side by side.
const HUNDREDS = 200;
let nextPort = 0;
let endPort = 0;

/** The first of a hundred ports that nobody else has: whoever listens on the last of them does. */
async function takeHundred() {
  for (let i = 0; i < HUNDREDS; i += 1) {
    const first = 10000 + ((process.pid + i) % HUNDREDS) * 100;
    const lock = net.createServer().unref();
    const isOurs = await new Promise((resolve) => {
      lock.on('error', () => resolve(false));
      lock.listen({ host: '127.0.0.1', port: first + 99 }, () => resolve(true));
    });
    if (isOurs) return first;
  }
  throw new Error('no ports are left');
}

/** The first of four ports that nobody else has. */
export async function takeMediaPort() {
  if (nextPort === endPort) {
    nextPort = await takeHundred();
    endPort = nextPort + 96;
  }
  nextPort += 4; // up to as many workers
  return nextPort - 4;
}

/** Starts the server; `options` come after the ones every test needs. `inside` may put it into a namespace. */
export async function startServer(options = ['--open'], inside = (...command) => [command[0], command.slice(1)]) {
  const mediaPort = await takeMediaPort();
  const own = options.includes('--public-ip') ? [] : ['--public-ip', '127.0.0.1'];
  const [program, parameters] = inside(binary, '--http', '127.0.0.1:0', '--media-port', String(mediaPort), '--workers', '1',
    ...own, ...options);
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (data) => { log += data; });
  const exited = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
  const url = await new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
      const match = /^ready (\S+)$/m.exec(output);
      if (match) resolve(match[1]);
    });
    exited.then(() => reject(new Error(`the server did not start: ${log}`)));
    child.on('error', reject);
  });
  return {
    url, child, exited, mediaPort,
    get log() { return log; },
    /** Resolves when the log has a line like that. */
    logs(pattern, ms = 5000) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${pattern} in the log within ${ms} ms: ${log.slice(-2000)}`)), ms);
        const look = () => {
          if (!pattern.test(log)) return;
          clearTimeout(timer);
          child.stderr.off('data', look);
          resolve();
        };
        child.stderr.on('data', look);
        look();
      });
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const end = await exited;
      if (/Sanitizer|runtime error/.test(log)) throw new Error(`the server's sanitizer says: ${log.slice(-4000)}`);
      return end;
    },
  };
}

/** One WebSocket that keeps what it receives. */
export class Client {
  constructor(server, { protocol = 'heddle.v1', path: where = 'ws', pong = true, insecure = false, address } = {}) {
    this.messages = [];
    this.waiting = [];
    this.socket = new WebSocket(server.url.replace(/^http/, 'ws') + where, protocol,
      { autoPong: pong, rejectUnauthorized: !insecure, localAddress: address });
    this.opened = new Promise((resolve, reject) => {
      this.socket.on('open', resolve);
      this.socket.on('error', reject);
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
    this.pings = 0;
    this.socket.on('ping', () => { this.pings += 1; });
    this.socket.on('message', (data) => {
      this.messages.push(JSON.parse(data));
      this.#deliver();
    });
  }

  #deliver() {
    this.waiting = this.waiting.filter(({ fits, resolve }) => {
      const index = this.messages.findIndex(fits);
      if (index < 0) return true;
      resolve(this.messages.splice(index, 1)[0]);
      return false;
    });
  }

  async send(message) {
    await this.opened;
    this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** The first message of a type (of those not taken yet), or fails after `ms`. */
  take(type, ms = 5000, fits = () => true) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no ${type} within ${ms} ms; there is ${JSON.stringify(this.messages).slice(0, 500)}`));
      }, ms);
      this.waiting.push({
        fits: (message) => message.type === type && fits(message),
        resolve: (message) => { clearTimeout(timer); resolve(message); },
      });
      this.#deliver();
    });
  }

  async ask(message, type, ms) {
    await this.send(message);
    return this.take(type, ms);
  }

  join(room, fields = {}) {
    return this.ask({ type: 'join', room, name: 'tester', ...fields }, 'joined');
  }

  /** Everything the server sent before the answer to a ping. */
  async settle() {
    const id = Math.floor(Math.random() * 1e9);
    await this.send({ type: 'ping', id });
    await this.take('pong', 5000, (message) => message.id === id);
  }

  kill() {
    this.socket.terminate();
  }
}

export async function joined(server, room, fields) {
  const client = new Client(server);
  const message = await client.join(room, fields);
  client.id = message.participant;
  client.joined = message;
  return client;
}

/**
 * As if two had connected to each other: from now on their places are kept when their sockets break. Only in a room
 * whose participants are to connect to each other.
 */
export async function negotiated(a, b) {
  const description = { generation: 1, sdp: 'v=0', sends: [] };
  await a.send({ type: 'offer', target: b.id, ...description });
  await b.take('offer');
  await b.send({ type: 'answer', target: a.id, ...description });
  await a.take('answer');
  for (const [client, other] of [[a, b], [b, a]]) {
    await client.send({ type: 'path', target: other.id, state: 'proven' });
    await client.settle();
  }
}
