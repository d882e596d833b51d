import t from 'tap';
import { testGateway } from '../../../core/testing.ts';
import { schema } from '../../../plugins/moderation/options.ts';
import { moderation } from '../../../plugins/moderation/plugin.ts';
import { blocksOf, page, rowsOf, section } from '../../docs/pages.ts';

const path = 'plugins/moderation/README.md';
const readme = page(path);

interface Option {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Option>>;
}

t.test('the README names every option with its default', async (t) => {
  const rows = rowsOf(section(readme, '## Options'), 'option').map(([name, value]) => [
    name!.replaceAll('`', ''),
    /^`([^`[]*)`$/.exec(value!)?.[1],
  ]);
  const plain = (value: unknown) =>
    value === undefined || typeof value === 'object' ? undefined : String(value);
  const options = Object.entries(schema['properties'] as Record<string, Option>).flatMap(
    ([name, { properties, default: value }]): (string | undefined)[][] =>
      properties === undefined
        ? [[name, plain(value)]]
        : Object.entries(properties).map(([inner, option]) => [`${name}.${inner}`, plain(option.default)]),
  );
  t.strictSame(rows, options);
});

t.test('the README’s options work', async (t) => {
  const [block] = blocksOf(path);
  const gateway = await testGateway({
    config:
      'providers:\n  up: { kind: openai, base_url: http://up.test/v1, api_key: k }\nmodels: { cheap: up/m }\n',
    policies: { '70-it.yaml': block!.text },
  });
  t.teardown(gateway.close);
  t.match(block!.text, /^plugin: moderation$/m);
});

t.test('the README names what the plugin needs', async (t) => {
  for (const need of moderation.needs) t.match(readme, `\`${need}\``);
});
