import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { deploy, deployFile, documentedMetrics, metricsIn } from './deploy-files.ts';

const folder = join(deploy, 'prometheus');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly targets: readonly { readonly expr: string }[];
}

const { groups } = parse(deployFile('prometheus/alerts.yaml')) as { groups: [{ rules: readonly Rule[] }] };
const { rules } = groups[0];
const { panels } = JSON.parse(deployFile('grafana/sluice.json')) as { panels: readonly Panel[] };

t.test('alerts and dashboard use metrics that are on their page, and no other', async (t) => {
  const known = documentedMetrics();
  const used = metricsIn([...rules.map(({ expr }) => expr), ...panels.flatMap(queriesOf)].join('\n'));
  t.ok(used.length > 15);
  t.strictSame(
    used.filter((name) => !known.has(name)),
    [],
  );
  const named = metricsIn(rules.flatMap(({ annotations }) => Object.values(annotations)).join('\n'));
  t.strictSame(
    named.filter((name) => !known.has(name)),
    [],
    'in words for people too',
  );
});

t.test('every alert of the seven has its panel, a severity and what to do', async (t) => {
  const shown = panels.flatMap(({ description }) => /^Alert (\w+):/.exec(description)?.[1] ?? []);
  t.strictSame(shown, [
    'SluiceSpendAboveUsual',
    'SluiceSlow',
    'SluiceRateLimited',
    'SluiceCacheRarelyHits',
    'SluiceFallbacks',
    'SluiceProviderErrors',
    'SluiceBudgetNearlySpent',
  ]);
  for (const alert of shown)
    t.ok(
      rules.some((rule) => rule.alert === alert),
      alert,
    );
  for (const { alert, labels, annotations } of rules) {
    t.match(labels['severity'], /^(critical|warning)$/, alert);
    t.match(annotations, { summary: /./, action: /./ }, alert);
  }
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
});

t.test(
  'Prometheus takes the rules, their tests pass, and it takes the queries of the dashboard',
  async (t) => {
    if (spawnSync('promtool', ['--version']).error !== undefined) {
      t.comment('promtool is not installed: the rules were only read');
      return;
    }
    const promtool = (args: readonly string[], input?: string) =>
      spawnSync('promtool', args, {
        cwd: folder,
        encoding: 'utf8',
        ...(input === undefined ? {} : { input }),
      });
    for (const args of [
      ['check', 'config', 'prometheus.yaml'],
      ['test', 'rules', 'alerts.test.yaml', 'alerts.days.test.yaml'],
    ]) {
      const { status, stdout, stderr } = promtool(args);
      t.equal(status, 0, `promtool ${args.join(' ')}: ${stdout}${stderr}`);
    }
    const records = panels.flatMap(queriesOf).map((expr, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
    }));
    const file = join(t.testdir(), 'dashboard.yaml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: records }] }));
    const { status, stderr, stdout } = promtool(['check', 'rules', file]);
    t.equal(status, 0, `${stdout}${stderr}`);
  },
);

function queriesOf({ targets }: Panel): readonly string[] {
  return targets.map(({ expr }) => expr);
}
