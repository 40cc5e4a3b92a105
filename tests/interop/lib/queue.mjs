// A NATS server, and machines that take work from it.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { binary, startServer, takeMediaPort } from '../signaling_client.mjs';
import { eventually } from './wait.mjs';

const folder = path.dirname(binary);

/** A child that is ready when its log has a line like that. */
async function start(program, parameters, ready, environment = {}) {
  const child = spawn(program, parameters, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...environment } });
  const one = { child, log: '', exited: new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal))) };
  child.stderr.on('data', (data) => { one.log += data; });
  one.stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    const end = await one.exited;
    if (/Sanitizer|runtime error/.test(one.log)) throw new Error(one.log);
    return end;
  };
  await eventually(() => `${program} is not ready: ${one.log}`, () => ready.test(one.log));
  return one;
}

export const startNats = (port, ...more) => start('nats-server', ['-a', '127.0.0.1', '-p', String(port), ...more], /Server is ready/);

/** `heddle-service` on "another machine": the environment may have a name and a password. */
export const startMachine = (port, { args = [], environment, ready = /listens at/ } = {}) =>
  start(path.join(folder, 'heddle-service'), [`nats://127.0.0.1:${port}`, ...args], ready, environment);

/** A server that asks by the queue. */
export async function startAsking(port, ...more) {
  const own = await takeMediaPort();
  return startServer(['--open', '--mesh-max', '0', '--http', `127.0.0.1:${own}`, '--services', `nats://127.0.0.1:${port}`,
    '--services-url', `http://127.0.0.1:${own}/`, ...more]);
}
