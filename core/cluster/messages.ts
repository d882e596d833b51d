import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { FleetNews } from './fleet.ts';

/** Metrics as prom-client has them in JSON. */
export type MetricsJson = MetricObjectWithValues<MetricValue<string>>[];

/** What one worker says about itself. */
export interface WorkerMetrics {
  readonly metrics: MetricsJson;
  readonly residentBytes: number;
}

/** What a worker tells the primary process. */
export type WorkerNews =
  | FleetNews
  /** It listens. `status` is the end of the ready line. */
  | { readonly type: 'ready'; readonly url: string; readonly status: string }
  /** It stops, and this is what it counted. */
  | { readonly type: 'last'; readonly last: WorkerMetrics };

/** What the primary process tells a worker. */
export type PrimaryNews =
  | FleetNews
  /** The first thing that it hears, before it can listen. */
  | { readonly type: 'welcome'; readonly id: number; readonly secret: string }
  | { readonly type: 'drain'; readonly alone: boolean; readonly delay: boolean };

/** What both ask each other: a worker asks for all of them, the primary for the one that it asks. */
export type FleetQuestion =
  | { readonly type: 'metrics' }
  | { readonly type: 'trace'; readonly requestId: string }
  /** What the gateways ask each other, whatever it is. */
  | { readonly type: 'peers'; readonly question: unknown; readonly limitMs: number };
