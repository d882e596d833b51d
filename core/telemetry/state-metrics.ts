import { Counter, Gauge, type Registry } from 'prom-client';
import type { Health } from '../../sdk/health.ts';
import type { VectorsStats } from '../../sdk/vectors.ts';
import type { EvalStatus } from '../evals/schedule/scheduler.ts';
import type { Program } from '../program/step.ts';
import type { GateState } from '../server/gate.ts';
import type { Capture } from './capture/capture.ts';
import { registerEvalMetrics } from './eval-metrics.ts';
import { registerSecretMetrics, type StaleSecret } from './secret-metrics.ts';
import { registerVectorMetrics } from './vector-metrics.ts';

/** What is looked at when somebody reads the metrics. */
export interface StateSources {
  readonly health: Health;
  gate(): GateState;
  draining(): boolean;
  spansDropped(): number;
  captures(): Capture['counts'];
  evals(): readonly EvalStatus[];
  staleSecrets(): readonly StaleSecret[];
  /** Servers that stores are on. */
  stores(): readonly { readonly store: string; readonly up: boolean }[];
  /** Null while nobody has asked for the store of vectors. */
  vectors(): VectorsStats | null;
  /** The program that serves; its plugins may tell of themselves. */
  program(): Pick<Program, 'version' | 'steps'>;
  /** Its last change was refused. */
  refused(): boolean;
}

const breakerStates = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Registers what is true now: breakers, requests under way, what was shed, which program serves. */
export function registerStateMetrics(registry: Registry, sources: StateSources): void {
  const registers = [registry];
  registerEvalMetrics(registry, () => sources.evals());
  registerSecretMetrics(registry, () => sources.staleSecrets());
  registerVectorMetrics(registry, () => sources.vectors());
  new Gauge({
    name: 'sluice_store_up',
    help: 'Whether the Redis or PostgreSQL of a store answers: 1, or 0.',
    labelNames: ['store'],
    aggregator: 'min',
    registers,
    collect() {
      this.reset();
      for (const { store, up } of sources.stores()) this.set({ store }, up ? 1 : 0);
    },
  });
  new Gauge({
    name: 'sluice_breaker_state',
    help: 'Breaker of a target or key: 0 closed, 1 half-open, 2 open.',
    labelNames: ['target'],
    aggregator: 'max',
    registers,
    collect() {
      this.reset();
      for (const { id, breaker } of sources.health.all()) this.set({ target: id }, breakerStates[breaker]);
    },
  });
  new Gauge({
    name: 'sluice_target_latency_seconds',
    help: 'Moving average of the time to the first piece of an answer.',
    labelNames: ['target'],
    aggregator: 'average',
    registers,
    collect() {
      this.reset();
      for (const { id, latencyMs } of sources.health.all()) {
        if (latencyMs !== null) this.set({ target: id }, latencyMs / 1000);
      }
    },
  });
  new Gauge({
    name: 'sluice_requests_in_flight',
    help: 'Requests under way and waiting for a place.',
    labelNames: ['state'],
    registers,
    collect() {
      const { underWay, waiting } = sources.gate();
      this.set({ state: 'under_way' }, underWay);
      this.set({ state: 'waiting' }, waiting);
    },
  });
  new Counter({
    name: 'sluice_requests_shed_total',
    help: 'Requests refused for overload.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(sources.gate().shed)) this.inc({ reason }, count);
    },
  });
  new Counter({
    name: 'sluice_spans_dropped_total',
    help: 'Spans that did not reach the collector at telemetry.otlp.',
    registers,
    collect() {
      this.reset();
      this.inc(sources.spansDropped());
    },
  });
  new Counter({
    name: 'sluice_captures_total',
    help: 'Requests whose content was captured, as telemetry.capture says.',
    registers,
    collect() {
      this.reset();
      this.inc(sources.captures().recorded);
    },
  });
  new Counter({
    name: 'sluice_captures_lost_total',
    help: 'Requests whose content was to be captured and was not, or not written.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(sources.captures().lost)) this.inc({ reason }, count);
    },
  });
  new Gauge({
    name: 'sluice_heap_share',
    help: "Share of the heap's limit that is used.",
    aggregator: 'max',
    registers,
    collect() {
      this.set(sources.gate().heapShare);
    },
  });
  new Gauge({
    name: 'sluice_draining',
    help: '1 while the gateway shuts down.',
    aggregator: 'max',
    registers,
    collect() {
      this.set(sources.draining() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'sluice_program_info',
    help: 'The policies in use; refused is true while a newer version of the folder could not be taken.',
    labelNames: ['version', 'refused'],
    aggregator: 'max',
    registers,
    collect() {
      this.reset();
      this.set({ version: sources.program().version, refused: String(sources.refused()) }, 1);
    },
  });
}
