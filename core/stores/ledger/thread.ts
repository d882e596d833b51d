import { Worker } from 'node:worker_threads';
import type { Cancel, Clock } from '../../../sdk/services.ts';
import { threadEnv } from '../../services/thread-env.ts';
import { storeUnavailable } from '../store-unavailable.ts';
import type { CallName, FromWorker, LedgerCalls, ToWorker, WorkerSetup } from './worker-message.ts';

interface Pending {
  readonly expected: string;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly stopWatch: Cancel;
}

const entry = new URL(`./worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
/** Calls that wait for the thread; more are refused at once. */
const maxPending = 64;

/** The event loop's end of a thread with a connection of its own. Started by the first call, again after a death. */
export class LedgerThread {
  readonly #setup: WorkerSetup;
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #nextId = 1;
  #closed = false;

  constructor(setup: WorkerSetup, clock: Clock) {
    this.#setup = setup;
    this.#clock = clock;
  }

  /**
   * Asks the thread.
   *
   * @param expected for the error: `the ledger to make a report`.
   * @throws GatewayError `store_unavailable` where the thread failed, is overloaded or did not answer in time;
   *   RangeError as the call itself throws it.
   */
  call<Name extends CallName>(
    expected: string,
    deadlineMs: number,
    name: Name,
    ...args: Parameters<LedgerCalls[Name]>
  ): Promise<ReturnType<LedgerCalls[Name]>> {
    if (this.#closed) return Promise.reject(storeUnavailable(expected, 'the store is closed'));
    if (this.#pending.size >= maxPending) {
      return Promise.reject(storeUnavailable(expected, `${maxPending} calls wait already`));
    }
    const worker = this.#running();
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const stopWatch = this.#clock.after(deadlineMs, () => {
        this.#lose(worker, `it did not answer within ${deadlineMs} ms`);
      });
      this.#pending.set(id, { expected, resolve, reject, stopWatch });
      worker.ref();
      worker.postMessage({ id, name, args } as unknown as ToWorker);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker !== undefined) {
      // Closing the connection in order is worth a try, not more.
      await this.call('the ledger to close', 5000, 'close').catch(() => undefined);
      this.#lose(worker, 'the store was closed');
      await worker.terminate();
    }
    this.#closed = true;
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(entry, {
      workerData: this.#setup,
      env: threadEnv(),
      // Flags of the main program need not make sense here. `node:sqlite` warns once per thread.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      name: 'sluice-ledger',
    });
    worker.on('message', (message: FromWorker) => this.#answered(message));
    let reason = '';
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', (code) => this.#lose(worker, reason || `its thread ended with code ${code}`));
    this.#worker = worker;
    return worker;
  }

  #answered(message: FromWorker): void {
    const pending = this.#take(message.id);
    if (pending === undefined) return;
    if (message.ok) pending.resolve(message.value as never);
    else if (message.kind === 'range') pending.reject(new RangeError(message.message));
    else pending.reject(storeUnavailable(pending.expected, message.message));
    // A thread with nothing to do does not keep the process alive.
    if (this.#pending.size === 0) this.#worker?.unref();
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
    void worker.terminate();
    for (const id of [...this.#pending.keys()]) {
      const pending = this.#take(id)!;
      pending.reject(storeUnavailable(pending.expected, reason));
    }
  }
}
