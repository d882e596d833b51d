import { Registry } from 'prom-client';
import t from 'tap';
import { RequestMetrics } from '../../../core/telemetry/request-metrics.ts';
import type { Json } from '../../../sdk/json.ts';
import type { Models } from '../../../sdk/services.ts';
import { traceRecord } from '../../../sdk/testing/trace.ts';
import type { TraceStep } from '../../../sdk/trace.ts';

const models: Models = {
  aliases: ['smart'],
  resolve: () => undefined,
  strategy: () => 'ordered',
  tier: () => 'standard',
  nearest: () => undefined,
};

const step = (details: Json): TraceStep => ({
  hook: 'onRequest',
  file: '60-limits.yaml',
  name: 'token-limiter',
  decision: 'continue',
  startedMs: 0,
  durationUs: 1,
  details,
});

t.test('requests under a budget that is nearly used up are counted by tenant and scope', async (t) => {
  const registry = new Registry();
  const metrics = new RequestMetrics(registry, () => models);
  const warning = { by: 'key', scope: 'key_1', share: 0.83 };
  metrics.record(traceRecord({ steps: [step({ warnings: [warning, { by: 'tenant' }] })] }));
  metrics.record(traceRecord({ steps: [step({ warnings: [warning] })] }));
  for (const odd of [null, 'x', [], { warnings: 'x' }, { warnings: [null, 'x', {}, { by: 7 }] }]) {
    metrics.record(traceRecord({ steps: [step(odd)] }));
  }
  const { values } = (await registry.getSingleMetric('sluice_budget_warnings_total')!.get()) as {
    values: readonly { readonly labels: object; readonly value: number }[];
  };
  t.strictSame(
    values.map(({ labels, value }) => ({ ...labels, value })),
    [
      { tenant: 'acme', by: 'key', value: 2 },
      { tenant: 'acme', by: 'tenant', value: 1 },
    ],
  );
});
