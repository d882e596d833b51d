import { Worker } from 'node:worker_threads';
import type { Clock } from '../../sdk/index.ts';
import type { Check, CheckResult, ThreadSetup } from './message.ts';

/** The thread's own file, as source or built. */
const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
/** Beyond the limit of a check: a thread that starts loads ajv first. */
const startMs = 3_000;
const maxWaiting = 1_000;

interface Waiting {
  readonly check: Check;
  readonly resolve: (result: CheckResult) => void;
}

/** A thread that checks texts against schemas, one at a time. A check without an end is ended with its thread. */
export class CheckThread {
  readonly #setup: ThreadSetup;
  readonly #timeMs: number;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  #worker: Worker | null = null;
  #current: ((result: CheckResult) => void) | null = null;

  constructor(setup: ThreadSetup, timeMs: number, clock: Clock) {
    this.#setup = setup;
    this.#timeMs = timeMs;
    this.#clock = clock;
  }

  /** Never rejects. */
  run(check: Check): Promise<CheckResult> {
    if (this.#waiting.length >= maxWaiting) {
      return Promise.resolve({ kind: 'fault', why: `${maxWaiting} checks are waiting already` });
    }
    return new Promise((resolve) => {
      this.#waiting.push({ check, resolve });
      this.#next();
    });
  }

  async close(): Promise<void> {
    const why = 'the gateway is closing';
    for (const { resolve } of this.#waiting.splice(0)) resolve({ kind: 'fault', why });
    await this.#end(why);
  }

  #next(): void {
    if (this.#current !== null) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const limitMs = this.#timeMs + (this.#worker === null ? startMs : 0);
    const worker = this.#worker ?? this.#start();
    const cancel = this.#clock.after(limitMs, () => void this.#end(`it took longer than ${this.#timeMs} ms`));
    this.#current = (result) => {
      cancel();
      next.resolve(result);
    };
    worker.ref();
    worker.postMessage(next.check);
  }

  #start(): Worker {
    const worker = new Worker(entry, {
      workerData: this.#setup,
      // Keys of the gateway are none of a schema's business.
      env: {},
      execArgv: [],
      name: 'sluice-schemas',
    });
    this.#worker = worker;
    worker.on('message', (result: CheckResult) => {
      if (worker !== this.#worker) return;
      // A thread without work does not keep the process alive.
      worker.unref();
      this.#answer(result);
    });
    const gone = () => {
      if (worker !== this.#worker) return;
      this.#worker = null;
      this.#answer({ kind: 'fault', why: 'the thread of checks broke down' });
    };
    worker.on('error', gone);
    worker.on('exit', gone);
    return worker;
  }

  async #end(why: string): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#answer({ kind: 'fault', why });
    await worker?.terminate();
  }

  #answer(result: CheckResult): void {
    const current = this.#current;
    this.#current = null;
    current?.(result);
    this.#next();
  }
}
