import { Worker } from 'node:worker_threads';
import type { Cancel, Clock } from '../../sdk/index.ts';
import type { Job, JobResult, ThreadSetup } from './message.ts';

/** The thread's own file, as source or built. */
const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
/** Beyond the limits of its evaluations: the engine loads anew after one that was stopped. */
const graceMs = 3_000;
const maxWaiting = 10_000;

interface Waiting {
  readonly job: Job;
  readonly resolve: (result: JobResult) => void;
}

/**
 * Threads that evaluate expressions, a job at a time each. A thread that does not answer in time is ended, and its job with
 * it; another one takes its place.
 */
export class FilterThreads {
  readonly #setup: ThreadSetup;
  readonly #clock: Clock;
  readonly #threads: Thread[];
  readonly #waiting: Waiting[] = [];

  constructor(setup: ThreadSetup, threads: number, clock: Clock) {
    this.#setup = setup;
    this.#clock = clock;
    this.#threads = Array.from({ length: threads }, () => new Thread(setup));
  }

  /** What came of a job; a fault where it could not be done. Never rejects. */
  run(job: Job): Promise<JobResult> {
    if (this.#waiting.length >= maxWaiting) {
      return Promise.resolve({ fault: `${maxWaiting} evaluations are waiting already` });
    }
    return new Promise((resolve) => {
      this.#waiting.push({ job, resolve });
      this.#next();
    });
  }

  async close(): Promise<void> {
    for (const { resolve } of this.#waiting.splice(0)) resolve({ fault: 'the gateway is closing' });
    await Promise.all(this.#threads.map((thread) => thread.end('the gateway is closing')));
  }

  #next(): void {
    const thread = this.#threads.find(({ idle }) => idle);
    if (thread === undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const { job, resolve } = next;
    const limitMs = this.#setup.limits.timeMs * job.inputs.length + graceMs;
    let cancel: Cancel = () => undefined;
    thread.run(job, (result) => {
      cancel();
      resolve(result);
      this.#next();
    });
    cancel = this.#clock.after(
      limitMs,
      () => void thread.end(`its thread did not answer within ${limitMs} ms`),
    );
  }
}

/** One place for a thread; the thread itself is started with its first job and after each that was ended. */
class Thread {
  readonly #setup: ThreadSetup;
  #worker: Worker | null = null;
  #done: ((result: JobResult) => void) | null = null;

  constructor(setup: ThreadSetup) {
    this.#setup = setup;
  }

  get idle(): boolean {
    return this.#done === null;
  }

  run(job: Job, done: (result: JobResult) => void): void {
    this.#done = done;
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(job);
  }

  /** Ends the thread and its job. */
  async end(why: string): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#answer({ fault: why });
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(entry, {
      workerData: this.#setup,
      // Keys of the gateway are none of an expression's business.
      env: {},
      execArgv: [],
      name: 'sluice-jsonata',
    });
    worker.on('message', (result: JobResult) => {
      if (worker !== this.#worker) return;
      // A thread without work does not keep the process alive.
      worker.unref();
      this.#answer(result);
    });
    const gone = () => {
      if (worker !== this.#worker) return;
      this.#worker = null;
      this.#answer({ fault: 'its thread broke down' });
    };
    worker.on('error', gone);
    worker.on('exit', gone);
    return worker;
  }

  #answer(result: JobResult): void {
    const done = this.#done;
    this.#done = null;
    done?.(result);
  }
}
