// A network namespace of the test's own: loopback, one address besides, and nothing else. Needs root.
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const ADDRESS = '10.77.0.1';
let count = 0;

const run = (...command) => execFileSync(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });

/** Makes a namespace; `remove()` ends it with everything in it. */
export function makeNamespace() {
  count += 1;
  const name = `heddle-${process.pid}-${count}`;
  run('ip', 'netns', 'add', name);
  const inside = (...command) => run('ip', 'netns', 'exec', name, ...command);
  inside('ip', 'link', 'set', 'lo', 'up');
  inside('ip', 'link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'there');
  inside('ip', 'address', 'add', `${ADDRESS}/24`, 'dev', 'here');
  inside('ip', 'link', 'set', 'here', 'up');
  inside('ip', 'link', 'set', 'there', 'up');
  inside('ip', 'route', 'add', 'default', 'dev', 'here'); // Firefox gathers from the address of the default route
  return {
    name,
    /** Drops this share (in percent) of the UDP packets to and from a port. */
    loseUdp(port, percent) {
      inside('nft', 'add', 'table', 'inet', 'lab');
      inside('nft', 'add', 'chain', 'inet', 'lab', 'input', '{ type filter hook input priority 0; }');
      for (const end of ['sport', 'dport'])
        inside('nft', 'add', 'rule', 'inet', 'lab', 'input', 'udp', end, String(port), 'numgen', 'random', 'mod', '100', '<', String(percent), 'drop');
    },
    /** Runs a scenario script inside and returns the JSON object it prints last. */
    scenario(script, ...parameters) {
      return new Promise((resolve, reject) => {
        const child = spawn('ip', ['netns', 'exec', name, process.execPath, path.join(folder, 'scenarios', script), ...parameters],
          { stdio: ['ignore', 'pipe', 'inherit'] });
        let output = '';
        child.stdout.on('data', (data) => { output += data; });
        child.on('error', reject);
        child.on('close', (code) => {
          if (code !== 0) reject(new Error(`${script} ended with ${code}: ${output.slice(-2000)}`));
          else resolve(JSON.parse(output.trim().split('\n').at(-1)));
        });
      });
    },
    remove() {
      for (const pid of run('ip', 'netns', 'pids', name).toString().split('\n').filter(Boolean)) {
        try { process.kill(Number(pid), 'SIGKILL'); } catch { /* it has ended */ }
      }
      run('ip', 'netns', 'del', name);
    },
  };
}
