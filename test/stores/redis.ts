import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Why tests with a real Redis cannot run here; false where they can. For tap's `skip`. */
export const redisMissing: string | false =
  spawnSync('redis-server', ['--version']).status === 0
    ? false
    : 'redis-server is not installed on this machine';

/** A Redis of our own, on a free port, with its folder; nothing of it is left after `stop`. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what was saved: nothing, unless it was started with persistence. */
  restart(): Promise<void>;
  /** Freezes the process: connections stay, nobody answers. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** @param args more options, such as `['--cluster-enabled', 'yes']`. Without any, nothing is written to disk. */
export async function startRedis(args: readonly string[] = []): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-redis-'));
  // Nodes of a cluster talk to each other 10,000 ports further up.
  const port = await freePort(args.includes('--cluster-enabled') ? 55_535 : 65_535);
  let child = await launch(port, folder, args);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    async restart() {
      await kill();
      child = await launch(port, folder, args);
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function launch(port: number, folder: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(
    'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  running.add(child);
  child.once('exit', () => running.delete(child));
  let said = '';
  for await (const piece of child.stdout!.iterator({ destroyOnReturn: false })) {
    said += piece;
    if (said.includes('Ready to accept connections')) break;
  }
  if (!said.includes('Ready to accept connections')) throw new Error(`redis-server did not start: ${said}`);
  child.stdout!.resume();
  // A test that forgets to stop it must end all the same.
  child.unref();
  return child;
}

async function freePort(max: number): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  return address.port <= max ? address.port : freePort(max);
}
