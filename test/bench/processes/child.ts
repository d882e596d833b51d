import { type ChildProcess, spawn } from 'node:child_process';
import { monotonicUs } from '../clock.ts';

const readyTimeoutMs = 20_000;
const stopTimeoutMs = 5_000;
const keptOutput = 4_000;

/** How to start a process of the benchmark. */
export interface ChildSpec {
  readonly name: string;
  /** Arguments of Node: the file first. */
  readonly args: readonly string[];
  readonly cwd: string;
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
  /** From spawning to the ready line, in milliseconds. */
  readonly startMs: number;
  /** Sends a message and waits for the next one that comes back. */
  ask(message: object): Promise<unknown>;
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
  const child = spawn(command[0]!, command.slice(1), {
    cwd: spec.cwd,
    env: { ...process.env, ...spec.env },
    stdio: ['ignore', 'ignore', 'pipe', ...(spec.messages ? (['ipc'] as const) : [])],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const output = collect(child);
  try {
    const port = await readyPort(spec.name, child, output);
    return {
      name: spec.name,
      pid: child.pid!,
      port,
      startMs: (monotonicUs() - startedUs) / 1000,
      ask: (message) => ask(spec.name, child, output, message),
      stop: () => stop(child),
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/** The end of what a process printed on standard error. */
interface Output {
  text: string;
}

function collect(child: ChildProcess): Output {
  const output: Output = { text: '' };
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.text = (output.text + text).slice(-keptOutput);
  });
  return output;
}

/** Waits for a line that says `listening` and reads the port from the address in it. */
function readyPort(name: string, child: ChildProcess, output: Output): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      clearTimeout(timer);
      reject(new Error(`${name} ${what}; it printed: ${output.text.trim() || 'nothing'}`));
    };
    const timer = setTimeout(() => fail(`was not ready after ${readyTimeoutMs / 1000} s`), readyTimeoutMs);
    child.once('error', (error) => fail(`could not be started (${error.message})`));
    child.once('close', (code) => fail(`ended with code ${code} before it was ready`));
    child.stderr?.on('data', () => {
      const line = /^.*\blistening\b.*\n/im.exec(output.text)?.[0];
      if (line === undefined) return;
      clearTimeout(timer);
      resolve(Number(/https?:\/\/[^\s"/]+:(\d+)/i.exec(line)?.[1] ?? 0));
    });
  });
}

function ask(name: string, child: ChildProcess, output: Output, message: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`${name} ended with code ${code}; it printed: ${output.text.trim() || 'nothing'}`));
    child.once('close', ended);
    child.once('message', (answer) => {
      child.off('close', ended);
      resolve(answer);
    });
    child.send(message);
  });
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
    child.kill('SIGTERM');
  });
}
