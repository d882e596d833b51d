import { readFileSync } from 'node:fs';
import t from 'tap';
import { testGateway } from '../../../core/testing.ts';
import { about } from '../../../plugins/alerts/message.ts';
import { eventNames, schema } from '../../../plugins/alerts/options.ts';
import { alerts } from '../../../plugins/alerts/plugin.ts';

const readme = readFileSync(new URL('../../../plugins/alerts/README.md', import.meta.url), 'utf8');

interface Property {
  readonly type: string;
  readonly default?: unknown;
  readonly properties?: { readonly threshold: { default: unknown }; readonly for: { default: unknown } };
}

t.test('the README names every option with its default', async (t) => {
  const rows = [...readme.matchAll(/^\| `(\w+)` \| (?:`([^`]+)`(?:, `([^`]+)`)?|none) \|/gm)];
  const properties = schema['properties'] as unknown as Record<string, Property>;
  t.strictSame(
    rows.map(([, name, value, second]) => [name, value, second]),
    Object.entries(properties).map(([name, { default: value, properties: own }]) =>
      own !== undefined
        ? [name, String(own.threshold.default), String(own.for.default)]
        : [name, value === undefined || Array.isArray(value) ? undefined : String(value), undefined],
    ),
  );
});

t.test('the README’s file loads, and so does the name alone', async (t) => {
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(readme)!;
  const dir = t.testdir({ hook: 'https://hooks.test/x' });
  for (const file of [yaml!.replace('/run/secrets/slack-webhook', `${dir}/hook`), 'plugin: alerts']) {
    const { chat, close } = await testGateway({ policies: { '90-alerts.yaml': file }, data: `${dir}/data` });
    t.equal((await chat('Hi')).status, 200);
    await close();
  }
});

t.test('a webhook that is no address is refused without being repeated', async (t) => {
  const data = t.testdir({});
  const policies = { '90-alerts.yaml': 'plugin: alerts\nwebhook: sk-canary\n' };
  await t.rejects(testGateway({ policies, data }), {
    message: /^((?!canary)[\s\S])*webhook: expected a URL((?!canary)[\s\S])*$/,
  });
});

t.test('the README names what the plugin needs, and every event has its runbook', async (t) => {
  for (const need of alerts.needs) t.match(readme, `\`${need}\``);
  t.equal(alerts.onFailure, 'open');
  for (const event of eventNames) {
    const path = new URL(`../../../docs/runbooks/${about[event].runbook}`, import.meta.url);
    t.ok(readFileSync(path, 'utf8').length > 0, event);
  }
});
