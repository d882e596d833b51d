import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import type { MetricsJson, WorkerMetrics } from './messages.ts';

/** What the primary process knows of its workers. */
export interface WorkerCounts {
  readonly ready: number;
  readonly starting: number;
  readonly draining: number;
  /** Workers that ended without being told to. */
  readonly crashes: number;
  readonly restarts: number;
}

/**
 * The metrics of several processes as one. What workers counted that are gone stays counted: a sum that shrinks would look
 * like a restart of all of them.
 */
export class CombinedMetrics {
  readonly #own = new Registry();
  readonly #workers: Gauge<'state'>;
  readonly #memory: Gauge<'worker'>;
  readonly #crashes: Counter;
  readonly #restarts: Counter;
  #gone: MetricsJson = [];

  constructor() {
    const registers = [this.#own];
    this.#workers = new Gauge({
      name: 'sluice_workers',
      help: 'Processes that serve at this address.',
      labelNames: ['state'],
      registers,
    });
    this.#memory = new Gauge({
      name: 'sluice_worker_resident_bytes',
      help: 'Memory of one of these processes.',
      labelNames: ['worker'],
      registers,
    });
    this.#crashes = new Counter({
      name: 'sluice_worker_crashes_total',
      help: 'Workers that ended without being told to.',
      registers,
    });
    this.#restarts = new Counter({
      name: 'sluice_rolling_restarts_total',
      help: 'Times that all workers were replaced, one after the other.',
      registers,
    });
  }

  /** A worker is gone; these are the last metrics that it gave. */
  async retire({ metrics }: WorkerMetrics): Promise<void> {
    const counts = metrics.filter(({ type }) => isCount(type));
    this.#gone = await sum([this.#gone, counts]).getMetricsAsJSON();
  }

  /** @param workers by their number. */
  async text(workers: ReadonlyMap<number, WorkerMetrics>, counts: WorkerCounts): Promise<string> {
    this.#workers.set({ state: 'ready' }, counts.ready);
    this.#workers.set({ state: 'starting' }, counts.starting);
    this.#workers.set({ state: 'draining' }, counts.draining);
    set(this.#crashes, counts.crashes);
    set(this.#restarts, counts.restarts);
    this.#memory.reset();
    for (const [worker, { residentBytes }] of workers)
      this.#memory.set({ worker: String(worker) }, residentBytes);
    const all = sum([...[...workers.values()].map(({ metrics }) => metrics), this.#gone]);
    return `${await all.metrics()}${await this.#own.metrics()}`;
  }
}

/** Names of metric types are those of prom-client's JSON: text, although it declares numbers. */
function isCount(type: unknown): boolean {
  return type === 'counter' || type === 'histogram';
}

function sum(all: readonly MetricsJson[]): Registry {
  // Declared for objects, made for what getMetricsAsJSON gives.
  return AggregatorRegistry.aggregate(all.filter(({ length }) => length > 0) as unknown as object[]);
}

function set(counter: Counter, value: number): void {
  counter.reset();
  counter.inc(value);
}
