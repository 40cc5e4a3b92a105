// The network laboratory (tests/lab) for scripts in node: namespaces joined by emulated links, and programs in them.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
let count = 0;

/** A shell that has sourced lab.sh; it removes the namespaces when it ends. */
export class Lab {
  /** @param {string[]} names of the namespaces */
  static async make(...names) {
    const lab = new Lab();
    count += 1;
    lab.prefix = `hl${process.pid}-${count}`;
    lab.folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-lab-'));
    lab.shell = spawn('sh', [], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, LAB_BIN: 'build/lab' } });
    lab.output = '';
    lab.shell.stdout.on('data', (data) => { lab.output += data; });
    lab.ended = new Promise((resolve) => lab.shell.on('close', resolve));
    await lab.run(`. tests/lab/lab.sh && lab_create ${lab.prefix} ${names.join(' ')}`);
    lab.numbers = new Map(names.map((name, index) => [name, index + 1]));
    return lab;
  }

  /** Runs a line in the shell; resolves with what it printed. */
  async run(line) {
    this.output = '';
    this.shell.stdin.write(`${line}\necho "lab:done $?"\n`);
    for (let i = 0; i < 1000; i += 1) {
      const match = /lab:done (\d+)\n/.exec(this.output);
      if (match && match[1] !== '0') throw new Error(`'${line}' failed: ${this.output}`);
      if (match) return this.output.slice(0, match.index);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`'${line}' does not end`);
  }

  link(a, b, settings = 'both clear', ...options) {
    return this.run(`lab_link ${a} ${b} '${settings}' ${options.join(' ')}`);
  }

  set(a, b, settings) {
    return this.run(`lab_set ${a} ${b} '${settings}'`);
  }

  /** Ends the link. @returns {Promise<object>} what it counted */
  async unlink(a, b) {
    return JSON.parse(await this.run(`lab_unlink ${a} ${b}`));
  }

  address(name) {
    return `10.78.0.${this.numbers.get(name)}`;
  }

  namespace(name) {
    return `${this.prefix}-${name}`;
  }

  /** The command line that runs `command` in a namespace. */
  inside(name, command, ...parameters) {
    return ['ip', ['netns', 'exec', this.namespace(name), command, ...parameters]];
  }

  /** A program that starts `command` in a namespace: what browsers' drivers want. */
  wrapper(name, command) {
    const file = path.join(this.folder, `${name}-${path.basename(command)}`);
    writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${this.namespace(name)} ${command} "$@"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  async end() {
    this.shell.stdin.end('lab_remove\n');
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
