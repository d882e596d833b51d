import { Counter, Registry } from 'prom-client';
import t from 'tap';
import { PluginMetrics } from '../../../core/telemetry/plugin-metrics.ts';
import type { PluginMetric } from '../../../sdk/plugin-metric.ts';

const metric = (name: string, value: number, more: Partial<PluginMetric> = {}): PluginMetric => ({
  name,
  help: 'Help.',
  type: 'gauge',
  labelNames: ['of'],
  values: [{ labels: { of: 'x' }, value }],
  ...more,
});

t.test('what plugins count is told as it is at each reading, and no more once they are gone', async (t) => {
  const registry = new Registry();
  let list = [metric('plugin_things', 1), metric('plugin_things_total', 5, { type: 'counter' })];
  const metrics = new PluginMetrics(registry, () => [{ read: () => list }]);
  metrics.refresh();
  t.match(await registry.metrics(), /sluice_plugin_things\{of="x"\} 1\n/);
  list = [metric('plugin_things', 2), metric('plugin_things_total', 7, { type: 'counter' })];
  metrics.refresh();
  const text = await registry.metrics();
  t.match(text, /# TYPE sluice_plugin_things_total counter\nsluice_plugin_things_total\{of="x"\} 7\n/);
  t.match(text, /sluice_plugin_things\{of="x"\} 2\n/);
  list = [];
  metrics.refresh();
  t.notMatch(await registry.metrics(), /of="x"/);
});

t.test(
  'names of the gateway, odd names, odd values and plugins that throw leave the others alone',
  async (t) => {
    const registry = new Registry();
    new Counter({ name: 'sluice_requests_total', help: 'Own.', registers: [registry] }).inc(3);
    const metrics = new PluginMetrics(registry, () => [
      {
        read() {
          throw new Error('broken');
        },
      },
      { read: () => [metric('requests_total', 99), metric('odd name', 1), metric('Upper', 1)] },
      { read: () => [metric('wrong_label', 1, { values: [{ labels: { other: 'y' }, value: 1 }] })] },
      { read: () => [metric('minus_total', -1, { type: 'counter' })] },
      {
        read: () => [
          metric('many', 1, {
            values: Array.from({ length: 1500 }, (_, at) => ({ labels: { of: `${at}` }, value: 1 })),
          }),
        ],
      },
      { read: () => [metric('fine', 1)] },
    ]);
    metrics.refresh();
    const text = await registry.metrics();
    t.match(text, /sluice_requests_total 3\n/);
    t.match(text, /sluice_fine\{of="x"\} 1\n/);
    t.notMatch(text, /odd name|Upper|_total 99/);
    t.equal(text.match(/sluice_many\{/g)?.length, 1000);
  },
);
