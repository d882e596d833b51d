import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Models } from '../../sdk/services.ts';
import type { Trace } from '../../sdk/trace.ts';
import type { Fleet } from '../cluster/fleet.ts';
import type { MetricsJson } from '../cluster/messages.ts';
import { PluginMetrics } from './plugin-metrics.ts';
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
  readonly #plugins: PluginMetrics;
  readonly #fleet: Pick<Fleet, 'metrics'> | null;

  /** @param fleet the processes that serve at the same address: then `text` tells of all of them. */
  constructor(models: () => Models, sources: StateSources, fleet: Pick<Fleet, 'metrics'> | null = null) {
    this.#fleet = fleet;
    this.#requests = new RequestMetrics(this.#registry, models);
    registerStateMetrics(this.#registry, sources);
    this.#plugins = new PluginMetrics(this.#registry, () =>
      sources.program().steps.flatMap(({ metrics }) => metrics ?? []),
    );
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
    if (this.#fleet !== null) return this.#fleet.metrics();
    this.#plugins.refresh();
    return this.#registry.metrics();
  }

  /** Of this process alone. */
  json(): Promise<MetricsJson> {
    this.#plugins.refresh();
    return this.#registry.getMetricsAsJSON() as Promise<MetricsJson>;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
