import { type ChildProcess, fork } from 'node:child_process';
import type { Cancel, Clock } from '../../../sdk/services.ts';
import { lanceEnv } from './lance-env.ts';
import { LanceFailure } from './lance-failure.ts';
import type { FromLance, LanceCallName, LanceSetup, ToLance } from './lance-message.ts';

interface Pending {
  readonly name: LanceCallName;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly stopWatch: Cancel;
}

const entry = new URL(`./lance-main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** The parent's end of one child process that LanceDB is used from. */
export class LanceChild {
  readonly #clock: Clock;
  readonly #process: ChildProcess;
  readonly #onGone: (child: LanceChild) => void;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  readonly #readings = new Set<unknown>();
  #gone = false;
  readonly #ended: Promise<void>;
  /** Memory of the process, in bytes, as it last said; 0 before its first answer. */
  rssBytes = 0;

  /** @param onGone called once, when nothing more can be asked of it. */
  constructor(setup: LanceSetup, clock: Clock, onGone: (child: LanceChild) => void) {
    this.#clock = clock;
    this.#onGone = onGone;
    const child = fork(entry, [], {
      env: lanceEnv(setup.uri),
      execArgv: ['--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
      // The gateway's output is its log; what native code says when it dies belongs to the errors.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#process = child;
    child.on('message', (message) => this.#answered(message as FromLance));
    child.on('error', (error) => this.#lose(error.message));
    child.on('exit', (code, signal) => this.#lose(`its process ended with ${signal ?? `code ${code}`}`));
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => resolve());
      // One that could not be started never ends.
      child.once('error', () => resolve());
    });
    // Not on the command line or in the environment, where other users may look.
    child.send(setup satisfies LanceSetup, this.#unsent);
    this.#rest();
  }

  get pid(): number | null {
    return this.#process.pid ?? null;
  }

  /** Nothing is under way, and no reading is between two of its calls. */
  get idle(): boolean {
    return this.#pending.size === 0 && this.#readings.size === 0;
  }

  /** True while a call that may take minutes is under way. */
  get tidying(): boolean {
    for (const { name } of this.#pending.values()) if (name === 'tidy') return true;
    return false;
  }

  /** @throws LanceFailure where it was not done, or not in time: then the process is killed. */
  call(deadlineMs: number, name: LanceCallName, args: readonly unknown[]): Promise<unknown> {
    if (this.#gone) return Promise.reject(new LanceFailure('failed', 'its process has ended'));
    if (name === 'stopReading') this.#readings.delete(args[0]);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const stopWatch = this.#clock.after(deadlineMs, () => {
        this.#lose(`${name} took longer than ${deadlineMs} ms`);
      });
      this.#pending.set(id, { name, resolve, reject, stopWatch });
      // While somebody waits the gateway stays.
      this.#process.ref();
      this.#process.channel?.ref();
      this.#process.send({ id, name, args } as unknown as ToLance, this.#unsent);
    });
  }

  /** Ends it at once: what it had to do is not done, or nobody knows. Resolves when it has ended. */
  async kill(reason: string): Promise<void> {
    this.#lose(reason);
    this.#process.ref();
    await this.#ended;
  }

  readonly #unsent = (error: Error | null): void => {
    if (error !== null) this.#lose(error.message);
  };

  #answered(message: FromLance): void {
    this.rssBytes = message.rssBytes;
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    this.#pending.delete(message.id);
    pending.stopWatch();
    if (pending.name === 'startReading' && message.ok) this.#readings.add(message.value);
    if (this.idle) this.#rest();
    if (message.ok) pending.resolve(message.value);
    else pending.reject(new LanceFailure(message.fault, message.message));
  }

  /** With nothing to do it does not keep the gateway alive. */
  #rest(): void {
    this.#process.unref();
    this.#process.channel?.unref();
  }

  #lose(reason: string): void {
    if (this.#gone) return;
    this.#gone = true;
    // Native code may hang: nothing less ends it.
    this.#process.kill('SIGKILL');
    this.#rest();
    for (const { stopWatch, reject } of this.#pending.values()) {
      stopWatch();
      reject(new LanceFailure('failed', reason));
    }
    this.#pending.clear();
    this.#onGone(this);
  }
}
