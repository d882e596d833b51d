import { Counter, Gauge, type Registry } from 'prom-client';
import type { Health } from '../../sdk/health.ts';
import type { GateState } from '../server/gate.ts';

/** What is looked at when somebody reads the metrics. */
export interface StateSources {
  readonly health: Health;
  gate(): GateState;
  draining(): boolean;
  spansDropped(): number;
  program(): { readonly version: string; readonly refused: boolean };
}

const breakerStates = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Registers what is true now: breakers, requests under way, what was shed, which program serves. */
export function registerStateMetrics(registry: Registry, sources: StateSources): void {
  const registers = [registry];
  new Gauge({
    name: 'sluice_breaker_state',
    help: 'Breaker of a target or key: 0 closed, 1 half-open, 2 open.',
    labelNames: ['target'],
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
  new Gauge({
    name: 'sluice_heap_share',
    help: "Share of the heap's limit that is used.",
    registers,
    collect() {
      this.set(sources.gate().heapShare);
    },
  });
  new Gauge({
    name: 'sluice_draining',
    help: '1 while the gateway shuts down.',
    registers,
    collect() {
      this.set(sources.draining() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'sluice_program_info',
    help: 'The policies in use; refused is true while a newer version of the folder could not be taken.',
    labelNames: ['version', 'refused'],
    registers,
    collect() {
      const { version, refused } = sources.program();
      this.reset();
      this.set({ version, refused: String(refused) }, 1);
    },
  });
}
