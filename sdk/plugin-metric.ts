/** One number of a metric. */
export interface PluginMetricValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric that a plugin tells when somebody reads `/metrics`. */
export interface PluginMetric {
  /** Letters, digits and `_`; `sluice_` is put in front. Names of counters end with `_total`. */
  readonly name: string;
  readonly help: string;
  /** Counters only grow, from 0 when the plugin is set up. */
  readonly type: 'counter' | 'gauge';
  readonly labelNames: readonly string[];
  /** Never prompts, keys or users, and few: those beyond 1,000 are left out. */
  readonly values: readonly PluginMetricValue[];
}

/** What a plugin tells of itself for metrics. */
export interface PluginMetrics {
  /** Asked at each reading: only what is in memory. */
  read(): readonly PluginMetric[];
}
