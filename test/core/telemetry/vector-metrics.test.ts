import { Registry } from 'prom-client';
import t from 'tap';
import { registerVectorMetrics } from '../../../core/telemetry/vector-metrics.ts';
import type { VectorsStats } from '../../../sdk/vectors.ts';

const stats: VectorsStats = {
  ...{ state: 'degraded', reason: 'no space', namespaces: 1, entries: 7, bytes: 4096, maxBytes: 8192 },
  ...{ hot: 3, cold: 2, missed: 1, evicted: 0, refused: 4, waiting: 5, lost: 6, fragments: null },
  process: { pid: 1, bytes: 1024, replaced: 2 },
};

t.test('the store of vectors is on the metrics once somebody asked for it', async (t) => {
  const registry = new Registry();
  let now: VectorsStats | null = null;
  registerVectorMetrics(registry, () => now);
  t.notMatch(await registry.metrics(), /^sluice_vectors_\w+(\{.*\})? /m, 'nothing before');
  now = stats;
  const text = await registry.metrics();
  for (const line of [
    'sluice_vectors_up{store="vectors"} 0',
    'sluice_vectors_entries{store="vectors"} 7',
    'sluice_vectors_bytes{store="vectors"} 4096',
    'sluice_vectors_waiting{store="vectors"} 5',
    'sluice_vectors_process_bytes{store="vectors"} 1024',
    'sluice_vectors_process_replaced_total{reason="memory"} 2',
    'sluice_vectors_searches_total{from="memory"} 3',
    'sluice_vectors_searches_total{from="nowhere"} 1',
    'sluice_vectors_lost_total{reason="refused"} 4',
  ]) {
    t.match(text, line);
  }
});

t.test('a store without a process of its own says nothing of one', async (t) => {
  const registry = new Registry();
  const { process: _, ...memory } = stats;
  registerVectorMetrics(registry, () => ({ ...memory, state: 'up' }));
  const text = await registry.metrics();
  t.match(text, 'sluice_vectors_up{store="vectors"} 1');
  t.notMatch(text, /^sluice_vectors_process\w+\{/m);
});
