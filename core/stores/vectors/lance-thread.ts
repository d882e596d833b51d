import { Worker } from 'node:worker_threads';
import type { Cancel, Clock } from '../../../sdk/services.ts';
import { threadEnv } from '../../services/thread-env.ts';
import type {
  FromLance,
  LanceCallName,
  LanceCalls,
  LanceFault,
  LanceSetup,
  ToLance,
} from './lance-message.ts';

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly stopWatch: Cancel;
}

/** A call that LanceDB did not carry out, as far as is known. */
export class LanceFailure extends Error {
  readonly fault: LanceFault;

  constructor(fault: LanceFault, message: string) {
    super(message);
    this.name = 'LanceFailure';
    this.fault = fault;
  }
}

const entry = new URL(`./lance-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** So many threads may hang before no other is started. */
const maxAbandoned = 3;
const closeMs = 5000;

/**
 * The event loop's end of the thread that LanceDB is used from. Started by the first call, again after a death. It is
 * never terminated: a call of LanceDB that ends after its thread did aborts the process.
 */
export class LanceThread {
  readonly #setup: LanceSetup;
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #nextId = 1;
  #closed = false;
  #closing = false;
  #abandoned = 0;

  constructor(setup: LanceSetup, clock: Clock) {
    this.#setup = setup;
    this.#clock = clock;
  }

  /** @throws LanceFailure where it was not done, or not in time: then the thread is given up for another. */
  call<Name extends LanceCallName>(
    deadlineMs: number,
    name: Name,
    ...args: Parameters<LanceCalls[Name]>
  ): ReturnType<LanceCalls[Name]> {
    return this.#call(deadlineMs, name, args) as ReturnType<LanceCalls[Name]>;
  }

  /** Resolves when the thread has ended, or does not seem to. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#closing = true;
    if (worker !== undefined) {
      const ended = new Promise<void>((resolve) => {
        const stopWatch = this.#clock.after(closeMs, resolve);
        worker.once('exit', () => {
          stopWatch();
          resolve();
        });
      });
      void this.call(closeMs, 'close').catch(() => undefined);
      worker.ref();
      await ended;
      worker.unref();
      this.#lose(worker, 'the store was closed');
    }
    this.#closed = true;
  }

  #call(deadlineMs: number, name: LanceCallName, args: readonly unknown[]): Promise<unknown> {
    if (this.#closed) return Promise.reject(new LanceFailure('failed', 'the store is closed'));
    if (this.#abandoned >= maxAbandoned) {
      return Promise.reject(new LanceFailure('failed', `${maxAbandoned} threads hang; restart the gateway`));
    }
    const worker = this.#running();
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const stopWatch = this.#clock.after(deadlineMs, () => {
        this.#abandon(worker, `${name} took longer than ${deadlineMs} ms`);
      });
      this.#pending.set(id, { resolve, reject, stopWatch });
      worker.ref();
      worker.postMessage({ id, name, args } as unknown as ToLance);
    });
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(entry, {
      workerData: this.#setup,
      env: threadEnv(),
      execArgv: ['--disable-warning=ExperimentalWarning'],
      name: 'sluice-vectors',
    });
    worker.on('message', (message: FromLance) => this.#answered(message));
    let reason = '';
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', (code) => this.#lose(worker, reason || `its thread ended with code ${code}`));
    this.#worker = worker;
    return worker;
  }

  #answered(message: FromLance): void {
    const pending = this.#take(message.id);
    if (pending === undefined) return;
    if (message.ok) pending.resolve(message.value as never);
    else pending.reject(new LanceFailure(message.fault, message.message));
    // A thread with nothing to do does not keep the process alive.
    if (this.#pending.size === 0 && !this.#closing) this.#worker?.unref();
  }

  /** The thread may do what it has begun, and then it ends. */
  #abandon(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#abandoned += 1;
    worker.once('exit', () => {
      this.#abandoned -= 1;
    });
    worker.postMessage({ id: 0, name: 'close', args: [] } satisfies ToLance);
    worker.unref();
    this.#lose(worker, reason);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.stopWatch();
    return pending;
  }

  /** What the thread had to do is not done, or nobody knows whether it is. The next call starts another one. */
  #lose(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const id of [...this.#pending.keys()]) this.#take(id)!.reject(new LanceFailure('failed', reason));
  }
}
