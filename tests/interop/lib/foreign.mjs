// A client of tests/interop/foreign/ as a child process: commands go in, events come out, one JSON object a line. What
// it says on standard error, where a healthy one says nothing, is passed on as it comes.
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../foreign');
const python = '/usr/bin/python3'; // Debian's own, which its packages of aiortc are for

export class Foreign {
  constructor(server, { room, name, args = [], script = 'aiortc_driver.py', url = `${server.url.replace(/^http/, 'ws')}ws`, inside = (...command) => [command[0], command.slice(1)] }) {
    this.events = []; // that nobody took yet
    this.history = []; // all, except answers
    this.name = name;
    this.waiting = new Set();
    this.log = '';
    this.child = spawn(...inside(python, path.join(folder, script), url, ...(room ? [room] : []), name, ...args),
      { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
    this.child.stderr.on('data', (data) => {
      this.log += data;
      process.stderr.write(`${name}: ${data}`);
    });
    this.done = new Promise((resolve) => this.child.on('close', (code, signal) => resolve(this.ended = code ?? signal)));
    readline.createInterface({ input: this.child.stdout }).on('line', (line) => {
      const event = JSON.parse(line);
      this.events.push(event);
      if (event.event !== 'frames') this.history.push(line.slice(0, 300));
      for (const look of this.waiting) look();
    });
  }

  do(command) {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** What it did and met so far, for the message of a test that fails. */
  saw() {
    const end = this.ended === undefined ? 'it runs' : `it ended with ${this.ended}`;
    return `${this.name} (${end}) saw ${this.history.slice(-40).join(' ')}${this.log && `, and said ${this.log}`}`;
  }

  /** The first event of that name that was not taken yet and fits. */
  take(name, fits = () => true, ms = 25000) {
    return new Promise((resolve, reject) => {
      const finish = () => { clearTimeout(timer); this.waiting.delete(look); };
      const look = () => {
        const index = this.events.findIndex((event) => event.event === name && fits(event));
        if (index < 0) return;
        finish();
        resolve(this.events.splice(index, 1)[0]);
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`no ${name} within ${ms} ms; ${this.saw()}`));
      }, ms);
      this.waiting.add(look);
      look();
    });
  }

  /** Decoded frames by publication (by mid for shared m-lines). */
  async frames() {
    this.do({ do: 'frames' });
    return (await this.take('frames')).frames;
  }

  /** Waits until so many frames of each of these were decoded since the call. */
  async decodes(publications, count = 10, ms = 25000) {
    const start = await this.frames();
    const end = Date.now() + ms;
    let last = start;
    while (publications.some((id) => (last[id] ?? 0) - (start[id] ?? 0) < count)) {
      if (Date.now() > end) throw new Error(`${publications} did not come: ${JSON.stringify(start)}, then ${JSON.stringify(last)}; ${this.saw()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      last = await this.frames();
    }
    return last;
  }

  async leave() {
    this.do({ do: 'send', message: { type: 'leave' } });
    return this.take('closed');
  }
}
