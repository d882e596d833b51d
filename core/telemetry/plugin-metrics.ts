import { Counter, Gauge, type Registry } from 'prom-client';
import type { PluginMetric, PluginMetrics as Source } from '../../sdk/plugin-metric.ts';

const wellFormed = /^[a-z][a-z0-9_]{0,60}$/;
const maxValues = 1000;

/** Metrics that the plugins of the program tell of themselves, beside the gateway's own. */
export class PluginMetrics {
  readonly #registry: Registry;
  readonly #sources: () => readonly Source[];
  readonly #known = new Map<string, Counter | Gauge>();

  /** @param sources those of the program that serves now. */
  constructor(registry: Registry, sources: () => readonly Source[]) {
    this.#registry = registry;
    this.#sources = sources;
  }

  /** Takes over what the plugins say now. What a plugin says wrongly is left out: metrics must always be readable. */
  refresh(): void {
    for (const metric of this.#known.values()) metric.reset();
    for (const source of this.#sources()) {
      try {
        for (const metric of source.read()) this.#take(metric);
      } catch {
        // Its own fault, and nobody else's.
      }
    }
  }

  #take({ name, help, type, labelNames, values }: PluginMetric): void {
    if (!wellFormed.test(name)) return;
    const full = `sluice_${name}`;
    let known = this.#known.get(full);
    if (known === undefined) {
      // A name of the gateway's own is not a plugin's.
      if (this.#registry.getSingleMetric(full) !== undefined) return;
      const options = { name: full, help, labelNames: [...labelNames], registers: [this.#registry] };
      known = type === 'counter' ? new Counter(options) : new Gauge({ ...options, aggregator: 'max' });
      this.#known.set(full, known);
    }
    for (const { labels, value } of values.slice(0, maxValues)) known.inc({ ...labels }, value);
  }
}
