import type { Clock, Log } from '../../sdk/services.ts';
import { CombinedMetrics } from './combined-metrics.ts';
import { firstAnswer } from './first-answer.ts';
import type { FleetNews } from './fleet.ts';
import type { FleetQuestion, WorkerMetrics, WorkerNews } from './messages.ts';
import { askPeers } from './peers.ts';
import { Slot } from './slot.ts';
import type { Ready, Worker, WorkerProcess } from './worker-process.ts';

export interface SupervisorOptions {
  readonly count: number;
  readonly clock: Clock;
  readonly log: Log;
  /** What all workers, and nobody else, are to know. Unguessable. */
  readonly secret: string;
  fork(): WorkerProcess;
  /** How long a worker may take to end after it was told to. */
  readonly stopLimitMs: number;
}

/**
 * Keeps so many workers serving at one address: starts them, replaces those that end, restarts them one after the other
 * without a gap, and makes one gateway of them for those who look at it.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #slots: Slot[] = [];
  readonly #metrics = new CombinedMetrics();
  readonly #lastOf = new Map<Worker, WorkerMetrics>();
  #restarting: Promise<void> | null = null;
  #stopping = false;
  #crashes = 0;
  #restarts = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /**
   * Starts all workers, the first one alone: what is wrong is said once, and tables are made by one.
   *
   * @returns what the first one said when it listened.
   * @throws Error where one ends before it listens; then none is left.
   */
  async start(): Promise<Ready> {
    const { count } = this.#options;
    for (let number = 1; number <= count; number += 1) this.#slots.push(this.#slot(number));
    const [first, ...others] = this.#slots;
    try {
      const { ready } = await first!.start();
      await Promise.all(others.map((slot) => slot.start()));
      return ready!;
    } catch (error) {
      await this.stop(false);
      throw error;
    }
  }

  /**
   * Replaces every worker, one after the other: the new one serves before the old one stops. A second call joins the first.
   *
   * @param told of each that was replaced.
   * @throws Error where a new one does not start: then those not yet replaced stay.
   */
  restart(told: (worker: number) => void = () => undefined): Promise<void> {
    this.#restarting ??= this.#restart(told).finally(() => {
      this.#restarting = null;
    });
    return this.#restarting;
  }

  /** Every worker reads configuration and policies again. */
  reload(): void {
    this.#tellAll({ type: 'reload' }, null);
  }

  /** Ends all workers, gently; those that take too long at once. */
  async stop(delay: boolean): Promise<void> {
    this.#stopping = true;
    await Promise.all(
      this.#slots.map((slot) => slot.stop({ type: 'drain', alone: false, delay }, this.#options.stopLimitMs)),
    );
  }

  /** Ends all workers at once. */
  kill(): void {
    this.#stopping = true;
    for (const slot of this.#slots) slot.kill();
  }

  async #restart(told: (worker: number) => void): Promise<void> {
    const { log, stopLimitMs } = this.#options;
    log.info({ workers: this.#slots.length }, 'workers are replaced one after the other');
    for (const slot of this.#slots) {
      if (this.#stopping) throw new Error('the gateway is shutting down');
      try {
        await slot.replace(stopLimitMs);
      } catch (error) {
        log.error(
          { worker: slot.number, error: messageOf(error) },
          'a new worker did not start; the old ones stay',
        );
        throw new Error(`worker ${slot.number} was not replaced: ${messageOf(error)}`);
      }
      told(slot.number);
    }
    this.#restarts += 1;
    log.info({ workers: this.#slots.length }, 'all workers are replaced');
  }

  #slot(number: number): Slot {
    return new Slot({
      number,
      clock: this.#options.clock,
      log: this.#options.log,
      secret: this.#options.secret,
      fork: () => this.#options.fork(),
      heard: (worker, news) => this.#heard(worker, news),
      answer: (worker, question) => this.#answer(worker, question),
      ended: (worker, crashed) => this.#ended(worker, crashed),
      stopping: () => this.#stopping,
    });
  }

  #heard(worker: Worker, news: WorkerNews): void {
    if (news.type === 'last') this.#lastOf.set(worker, news.last);
    else if (news.type !== 'ready') this.#tellAll(news, worker);
  }

  #tellAll(news: FleetNews, from: Worker | null): void {
    for (const worker of this.#workers()) if (worker !== from) worker.line.tell(news);
  }

  async #answer(from: Worker, question: FleetQuestion): Promise<unknown> {
    if (question.type === 'metrics') return this.#metricsText();
    if (question.type === 'peers') return askPeers(this.#slots, from, question);
    const others = this.#workers().filter((worker) => worker !== from);
    // A worker that is busy does not hold up what another one knows.
    return firstAnswer(others.map(({ line }) => line.ask(question)));
  }

  async #metricsText(): Promise<string> {
    const workers = this.#workers();
    await Promise.all(
      workers.map(async (worker) => {
        const answer = (await worker.line.ask({ type: 'metrics' })) as WorkerMetrics | undefined;
        if (answer !== undefined && worker.state !== 'gone') this.#lastOf.set(worker, answer);
      }),
    );
    const known = new Map<number, WorkerMetrics>();
    for (const [worker, metrics] of this.#lastOf) known.set(worker.id, metrics);
    const count = (state: Worker['state']) =>
      this.#workers().filter((worker) => worker.state === state).length;
    return this.#metrics.text(known, {
      ready: count('ready'),
      starting: count('starting'),
      draining: count('draining'),
      crashes: this.#crashes,
      restarts: this.#restarts,
    });
  }

  #ended(worker: Worker, crashed: boolean): void {
    if (crashed) this.#crashes += 1;
    const last = this.#lastOf.get(worker);
    this.#lastOf.delete(worker);
    if (last !== undefined) void this.#metrics.retire(last);
  }

  #workers(): Worker[] {
    return this.#slots.flatMap((slot) => slot.workers);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
