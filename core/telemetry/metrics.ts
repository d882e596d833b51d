import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Models } from '../../sdk/services.ts';
import type { Trace } from '../../sdk/trace.ts';
import { RequestMetrics } from './request-metrics.ts';
import { registerStateMetrics, type StateSources } from './state-metrics.ts';

/** Gauges whose names say that they are counters, which Prometheus' own checks refuse. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Everything that `/metrics` tells, in a registry of its own. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: RequestMetrics;

  constructor(models: () => Models, sources: StateSources) {
    this.#requests = new RequestMetrics(this.#registry, models);
    registerStateMetrics(this.#registry, sources);
  }

  /** Also tells of the process: memory, event loop, garbage collection. Once, for the gateway that has the process. */
  addProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
    for (const name of misnamed) this.#registry.removeSingleMetric(name);
  }

  /** Counts a request that has ended. */
  record(trace: Trace): void {
    this.#requests.record(trace);
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
