import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicUs } from '../clock.ts';

const readyTimeoutMs = 20_000;
const stopTimeoutMs = 5_000;
const readyPollMs = 2;
const shownOutput = 2_000;

/** How to start a process of the benchmark. */
export interface ChildSpec {
  readonly name: string;
  /** Arguments of Node: the file first. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** Folder for what it prints. */
  readonly scratch: string;
  /** Core to run on; null for any. */
  readonly core: number | null;
  readonly env?: Readonly<Record<string, string>>;
  /** True for our own processes, which take messages and end with their parent. */
  readonly messages: boolean;
}

/** A started process that has said it is ready. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Port that the ready line named; 0 where it named none. */
  readonly port: number;
  /** From spawning to the ready line, in milliseconds; seen 2 ms late at most. */
  readonly startMs: number;
  /** Sends a message and waits for the next one that comes back. */
  ask(message: object): Promise<unknown>;
  /** Stops it where it stands, so that what it does on its own (collections, timers) disturbs nobody. */
  freeze(): void;
  /** Lets it go on. */
  thaw(): void;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a process and waits for its ready line on standard error. Throws with what it printed when none comes. */
export async function startChild(spec: ChildSpec): Promise<Child> {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', ...spec.args];
  const command = spec.core === null ? node : ['taskset', '-c', String(spec.core), ...node];
  const startedUs = monotonicUs();
  // A file and not a pipe: the target pays for its log as it would anywhere, and nobody has to read it meanwhile.
  const logFile = join(spec.scratch, `${spec.name.replaceAll(' ', '-')}.log`);
  const log = openSync(logFile, 'w');
  const child = spawn(command[0]!, command.slice(1), {
    cwd: spec.cwd,
    env: { ...process.env, ...spec.env },
    stdio: ['ignore', log, log, ...(spec.messages ? (['ipc'] as const) : [])],
  });
  closeSync(log);
  running.add(child);
  child.once('exit', () => running.delete(child));
  try {
    const port = await readyPort(spec.name, child, logFile);
    return {
      name: spec.name,
      pid: child.pid!,
      port,
      startMs: (monotonicUs() - startedUs) / 1000,
      ask: (message) => ask(spec.name, child, logFile, message),
      freeze: () => void child.kill('SIGSTOP'),
      thaw: () => void child.kill('SIGCONT'),
      stop: () => stop(child),
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/** Waits for a line that says `listening` and reads the port from the address in it. */
function readyPort(name: string, child: ChildProcess, logFile: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timeout);
      clearInterval(poll);
    };
    const fail = (what: string): void => {
      done();
      reject(new Error(`${name} ${what}; ${printed(logFile)}`));
    };
    const timeout = setTimeout(() => fail(`was not ready after ${readyTimeoutMs / 1000} s`), readyTimeoutMs);
    const poll = setInterval(() => {
      const line = /^.*\blistening\b.*\n/im.exec(readFileSync(logFile, 'utf8'))?.[0];
      if (line === undefined) return;
      done();
      resolve(Number(/https?:\/\/[^\s"/]+:(\d+)/i.exec(line)?.[1] ?? 0));
    }, readyPollMs);
    child.once('error', (error) => fail(`could not be started (${error.message})`));
    child.once('exit', (code) => fail(`ended with code ${code} before it was ready`));
  });
}

function ask(name: string, child: ChildProcess, logFile: string, message: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`${name} ended with code ${code}; ${printed(logFile)}`));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      resolve(answer);
    });
    child.send(message);
  });
}

/** The end of what a process printed, for an error. */
function printed(logFile: string): string {
  return `it printed: ${readFileSync(logFile, 'utf8').slice(-shownOutput).trim() || 'nothing'}`;
}

/** Asks the process to end, and makes it end when it does not. */
function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGCONT');
    child.kill('SIGTERM');
  });
}
