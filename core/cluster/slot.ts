import type { Cancel, Clock, Log } from '../../sdk/services.ts';
import { Line } from './line.ts';
import type { FleetQuestion, PrimaryNews, WorkerNews } from './messages.ts';
import type { Worker, WorkerProcess } from './worker-process.ts';

export interface SlotOptions {
  readonly number: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Handed to each worker. */
  readonly secret: string;
  fork(): WorkerProcess;
  heard(worker: Worker, news: WorkerNews): void;
  answer(worker: Worker, question: FleetQuestion): unknown;
  /** @param crashed it was not told to end. */
  ended(worker: Worker, crashed: boolean): void;
  /** All of them are to end: none is replaced any more. */
  stopping(): boolean;
}

/** Stores, plugins and the first program may take half a minute; a worker that takes longer waits for something. */
const startLimitMs = 120_000;
const firstPauseMs = 100;
const longestPauseMs = 30_000;
/** A worker that served so long did not end because of how it started. */
const steadyMs = 60_000;

let ids = 0;

/** The place of one worker: it always has one that serves, but for the pauses after crashes. */
export class Slot {
  readonly #options: SlotOptions;
  #current: Worker | null = null;
  /** Those that are about to serve, or to end. */
  readonly #others = new Set<Worker>();
  #failures = 0;
  #hadOne = false;
  #pause: Cancel | null = null;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  get number(): number {
    return this.#options.number;
  }

  get workers(): Worker[] {
    return this.#current === null ? [...this.#others] : [this.#current, ...this.#others];
  }

  /** @throws Error where it ends before it listens. */
  async start(): Promise<Worker> {
    const worker = await this.#launch();
    this.#current = worker;
    return worker;
  }

  /** @throws Error where the new one does not start; the old one stays. */
  async replace(stopLimitMs: number): Promise<void> {
    this.#pause?.();
    this.#pause = null;
    const next = await this.#launch();
    const old = this.#current;
    this.#current = next;
    this.#failures = 0;
    if (old === null || old.state === 'gone') return;
    this.#others.add(old);
    await this.#end(old, { type: 'drain', alone: true, delay: true }, stopLimitMs);
  }

  async stop(how: PrimaryNews, limitMs: number): Promise<void> {
    this.#pause?.();
    await Promise.all(this.workers.map((worker) => this.#end(worker, how, limitMs)));
  }

  kill(): void {
    this.#pause?.();
    for (const { process } of this.workers) process.kill();
  }

  #launch(): Promise<Worker> {
    const { clock, fork, heard, answer, number, log, secret } = this.#options;
    const process = fork();
    ids += 1;
    const worker: Worker = {
      id: ids,
      process,
      line: new Line(process.port, clock, {
        heard: (news) => {
          if (news.type === 'ready') onReady(news);
          heard(worker, news);
        },
        answer: (question) => answer(worker, question),
      }),
      startedMs: clock.monotonic(),
      replaced: this.#hadOne,
      state: 'starting',
      ready: null,
      readyAtMs: null,
    };
    this.#others.add(worker);
    worker.line.tell({ type: 'welcome', id: worker.id, secret });
    const { promise, resolve, reject } = Promise.withResolvers<Worker>();
    const cancel = clock.after(startLimitMs, () => {
      reject(new Error(`it did not listen within ${startLimitMs / 1000} s`));
      process.kill();
    });
    const onReady = (news: Worker['ready']) => {
      cancel();
      this.#others.delete(worker);
      worker.ready = news;
      worker.readyAtMs = clock.now();
      worker.state = 'ready';
      this.#hadOne = true;
      log.info({ worker: number, pid: process.pid }, 'a worker serves');
      resolve(worker);
    };
    process.onExit((how) => {
      cancel();
      reject(new Error(`it ended with ${how} before it listened`));
      this.#exited(worker, how);
    });
    return promise;
  }

  #exited(worker: Worker, how: string): void {
    const { clock, log, number, stopping, ended } = this.#options;
    const wasServing = worker === this.#current;
    const crashed = wasServing && worker.state !== 'draining' && !stopping();
    worker.state = 'gone';
    worker.line.close();
    this.#others.delete(worker);
    if (wasServing) this.#current = null;
    ended(worker, crashed);
    if (!crashed) return;
    if (clock.monotonic() - worker.startedMs > steadyMs) this.#failures = 0;
    log.error({ worker: number, pid: worker.process.pid, how }, 'a worker ended; another takes its place');
    this.#startAgain();
  }

  #startAgain(): void {
    const { clock, log, number, stopping } = this.#options;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures);
    this.#failures += 1;
    this.#pause = clock.after(pauseMs, () => {
      this.#pause = null;
      this.#launch().then(
        (worker) => {
          // A restart may have put one here meanwhile.
          if (this.#current === null) this.#current = worker;
          else void this.#end(worker, { type: 'drain', alone: true, delay: false }, longestPauseMs);
        },
        (error: Error) => {
          if (stopping() || this.#current !== null) return;
          log.error({ worker: number, error: error.message }, 'a worker did not start');
          this.#startAgain();
        },
      );
    });
  }

  #end(worker: Worker, how: PrimaryNews, limitMs: number): Promise<void> {
    if (worker.state === 'gone') return Promise.resolve();
    const { clock } = this.#options;
    // One that does not listen yet has nothing to finish.
    if (worker.state === 'starting') worker.process.kill();
    worker.state = 'draining';
    worker.line.tell(how);
    return new Promise((resolve) => {
      const cancel = clock.after(limitMs, () => worker.process.kill());
      worker.process.onExit(() => {
        cancel();
        resolve();
      });
    });
  }
}
