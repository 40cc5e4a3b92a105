// A server and some clients, each in a network namespace of its own, on wires that can be cut and moved. Needs root.
// The server's namespace routes between the clients, so that they can also connect directly.
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const run = (...command) => execFileSync(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
let count = 0;

export class Wires {
  /** @param {string[]} names of the clients */
  constructor(names) {
    count += 1;
    this.prefix = `hw${process.pid % 10000}-${count}`;
    this.names = names;
    this.address = '10.79.0.1';
    this.hosts = new Map(names.map((name) => [name, 2]));
    this.make('hub');
    this.in('hub', 'ip', 'address', 'add', `${this.address}/32`, 'dev', 'lo');
    this.in('hub', 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    for (const [index, name] of names.entries()) this.#join(name, index + 1);
  }

  make(name) {
    run('ip', 'netns', 'add', `${this.prefix}-${name}`);
    this.in(name, 'ip', 'link', 'set', 'lo', 'up');
  }

  in(name, ...command) {
    return run('ip', 'netns', 'exec', `${this.prefix}-${name}`, ...command);
  }

  #join(name, number) {
    this.make(name);
    this.in('hub', 'ip', 'link', 'add', `to${number}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${this.prefix}-${name}`);
    this.in('hub', 'ip', 'address', 'add', `10.79.${number}.1/24`, 'dev', `to${number}`);
    this.in('hub', 'ip', 'link', 'set', `to${number}`, 'up');
    this.in(name, 'ip', 'link', 'set', 'eth0', 'up');
    this.#setAddress(name, number, 2);
  }

  /** One more interface, which reaches nobody, as of a container bridge or a tunnel that is down. */
  addDeadEnd(name) {
    this.in(name, 'ip', 'link', 'add', 'dead0', 'type', 'veth', 'peer', 'name', 'dead1');
    this.in(name, 'ip', 'address', 'add', '192.0.2.5/24', 'dev', 'dead0');
    for (const end of ['dead0', 'dead1']) this.in(name, 'ip', 'link', 'set', end, 'up');
  }

  /** What of this kind a client sends to the server gets lost, and nobody says so. */
  dropOnTheWay(name, what) {
    const card = `to${this.names.indexOf(name) + 1}`;
    this.in('hub', 'nft', 'add', 'table', 'inet', 'way');
    this.in('hub', 'nft', 'add', 'chain', 'inet', 'way', 'input', '{ type filter hook input priority 0; }');
    this.in('hub', 'nft', 'add', 'rule', 'inet', 'way', 'input', 'iifname', card, 'meta', 'l4proto', what, 'drop');
  }

  #setAddress(name, number, host) {
    this.in(name, 'ip', 'address', 'add', `10.79.${number}.${host}/24`, 'dev', 'eth0');
    this.in(name, 'ip', 'route', 'replace', 'default', 'via', `10.79.${number}.1`, 'src', `10.79.${number}.${host}`);
  }

  /** Another address instead of the one it had, as when one moves from Wi-Fi to LTE. */
  move(name) {
    const number = this.names.indexOf(name) + 1;
    const host = this.hosts.get(name);
    this.in(name, 'ip', 'address', 'del', `10.79.${number}.${host}/24`, 'dev', 'eth0');
    this.#setAddress(name, number, host + 1);
    this.hosts.set(name, host + 1);
  }

  /** Nothing of this kind passes to or from a client any more: `ip`, `udp`, `tcp`, or `media` (all but signaling). */
  cut(name, what = 'ip') {
    const rules = {
      ip: [['meta', 'nfproto', 'ipv4', 'drop']],
      udp: [['meta', 'l4proto', 'udp', 'drop']],
      tcp: [['meta', 'l4proto', 'tcp', 'drop']],
      media: [['tcp', 'sport', '8080', 'accept'], ['tcp', 'dport', '8080', 'accept'], ['meta', 'nfproto', 'ipv4', 'drop']],
    }[what];
    this.in(name, 'nft', 'add', 'table', 'inet', 'cut');
    for (const hook of ['input', 'output']) {
      this.in(name, 'nft', 'add', 'chain', 'inet', 'cut', hook, `{ type filter hook ${hook} priority 0; }`);
      const card = hook === 'input' ? 'iifname' : 'oifname';
      for (const rule of rules) this.in(name, 'nft', 'add', 'rule', 'inet', 'cut', hook, card, '!=', 'lo', ...rule);
    }
  }

  mend(name) {
    this.in(name, 'nft', 'delete', 'table', 'inet', 'cut');
  }

  /** Starts the server; `stop(signal)` ends it. The ports are its own: the namespace has nobody else. */
  async server(options) {
    const binary = process.env.HEDDLE ?? path.join(root, 'build/heddle');
    const child = spawn('ip', ['netns', 'exec', `${this.prefix}-hub`, binary, '--http', `${this.address}:8080`, '--media-port', '7000', '--workers', '1', '--public-ip', this.address, '--open', ...options],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    const server = { child, log: '', url: `http://${this.address}:8080/` };
    child.stderr.on('data', (data) => { server.log += data; });
    const exited = new Promise((resolve) => { child.on('exit', resolve); });
    await new Promise((resolve, reject) => {
      child.stdout.on('data', (data) => { if (/^ready /m.test(data)) resolve(); });
      exited.then(() => reject(new Error(`the server did not start: ${server.log}`)));
    });
    server.stop = (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    };
    return server;
  }

  /** What the API says of a room; null: there is none. */
  room(room = 'wires') {
    const answer = JSON.parse(this.in('hub', 'curl', '-s', `http://${this.address}:8080/api/v1/rooms/${room}`));
    return answer.participants ? answer : null;
  }

  /** A C client in its namespace; `done` resolves with {code, summary, log}; `end()` lets it leave. */
  client(name, { room = 'wires', args = [], duration = 120 } = {}) {
    const binary = process.env.HEDDLE_CLIENT ?? path.join(root, 'build/heddle-client');
    const child = spawn('ip', ['netns', 'exec', `${this.prefix}-${name}`, binary, `http://${this.address}:8080/`, '--room', room, '--name', name, '--duration', String(duration), '--json', '--progress', '--video', '320x180@15:200k', ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    const client = { child, log: '' };
    let output = '';
    child.stdout.on('data', (data) => { output += data; });
    child.stderr.on('data', (data) => { client.log += data; });
    client.done = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, log: client.log, summary: output.startsWith('{') ? JSON.parse(output) : null }));
    });
    // `ip netns exec` becomes the program itself, so the signals reach it.
    client.stop = () => child.kill('SIGSTOP');
    client.go = () => child.kill('SIGCONT');
    client.end = () => {
      child.kill('SIGINT');
      return client.done;
    };
    /** Waits for a line of what it says; counts from `after` characters on. */
    client.says = async (pattern, ms, after = 0) => {
      const start = Date.now();
      while (Date.now() - start < ms) {
        if (pattern.test(client.log.slice(after))) return Date.now() - start;
        await new Promise((resolve) => { setTimeout(resolve, 20); });
      }
      throw new Error(`${name} did not say ${pattern} within ${ms} ms: ${client.log.slice(after)}`);
    };
    return client;
  }

  remove() {
    for (const name of ['hub', ...this.names]) {
      const space = `${this.prefix}-${name}`;
      for (const pid of run('ip', 'netns', 'pids', space).split('\n').filter(Boolean)) {
        try { process.kill(Number(pid), 'SIGKILL'); } catch { /* it has ended */ }
      }
      run('ip', 'netns', 'del', space);
    }
  }
}
