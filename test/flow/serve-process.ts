import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../core/cli/main.ts', import.meta.url));

/** A gateway in a process of its own, as users run it. */
export interface Served {
  readonly url: string;
  readonly child: ChildProcess;
  /** Milliseconds from spawn to the ready line. */
  readonly startMs: number;
  /** What it wrote to standard error so far. */
  log(): string;
  /** Sends a signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Runs `sluice serve` on a free port until it is ready. */
export function serveProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', ...args], {
    // Compiling the same modules for each process would take a quarter of its start.
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`sluice serve ended with ${code}:\n${text}`)));
    child.stderr!.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      const url = /sluice listening on (\S+)/.exec(text)?.[1];
      if (url === undefined) return;
      resolve({
        url,
        child,
        startMs: performance.now() - startedMs,
        log: () => text,
        stop: (signal) =>
          new Promise((done) => {
            child.removeAllListeners('exit');
            child.once('exit', (code, by) => done({ code, signal: by }));
            child.kill(signal);
          }),
      });
    });
  });
}
