import { Counter, Gauge, type Registry } from 'prom-client';
import type { VectorsStats } from '../../sdk/vectors.ts';

/** Registers how the store of vectors is. @param stats null while nobody has asked for the store: then there is nothing. */
export function registerVectorMetrics(registry: Registry, stats: () => VectorsStats | null): void {
  const gauge = (
    name: string,
    help: string,
    of: (now: VectorsStats) => number | null,
    aggregator: 'sum' | 'min' = 'sum',
  ) =>
    new Gauge({
      name: `sluice_vectors_${name}`,
      help,
      // Without a label a gauge would be 0 where there is nothing to tell.
      labelNames: ['store'],
      aggregator,
      registers: [registry],
      collect() {
        this.reset();
        const now = stats();
        const value = now === null ? null : of(now);
        if (value !== null) this.set({ store: 'vectors' }, value);
      },
    });
  const counter = (
    name: string,
    help: string,
    label: string,
    of: (now: VectorsStats) => Record<string, number>,
  ) =>
    new Counter({
      name: `sluice_vectors_${name}_total`,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        const now = stats();
        if (now === null) return;
        for (const [value, count] of Object.entries(of(now))) this.inc({ [label]: value }, count);
      },
    });
  gauge(
    'up',
    'Whether what is durable can be read and written: 1, or 0.',
    ({ state }) => Number(state === 'up'),
    'min',
  );
  gauge('entries', 'Prompts in memory.', ({ entries }) => entries);
  gauge('bytes', 'What the prompts in memory take.', ({ bytes }) => bytes);
  gauge('waiting', 'Changes that wait for the durable store.', ({ waiting }) => waiting);
  gauge('process_bytes', 'Memory of the process that LanceDB works in.', (now) => now.process?.bytes ?? null);
  counter('searches', 'Searches by where they were answered.', 'from', ({ hot, cold, missed }) => ({
    memory: hot,
    store: cold,
    nowhere: missed,
  }));
  counter('lost', 'What was not kept.', 'reason', ({ lost, refused }) => ({ too_many: lost, refused }));
  counter(
    'process_replaced',
    'Processes of LanceDB that were replaced.',
    'reason',
    (now): Record<string, number> => (now.process === undefined ? {} : { memory: now.process.replaced }),
  );
}
