import t from 'tap';
import { testGateway } from '../../core/testing.ts';
import type { AnyPlugin } from '../../sdk/plugin.ts';
import { blocksOf, page, rowsOf, section } from '../docs/pages.ts';

interface Option {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Option>>;
}

/** Holds the README of a plugin to its options, to what it needs, and to an example that loads. */
export function readmeHolds({ name, needs, schema }: Pick<AnyPlugin, 'name' | 'needs' | 'schema'>): void {
  const path = `plugins/${name}/README.md`;
  const readme = page(path);

  t.test('the README names every option with its default', async (t) => {
    const rows = rowsOf(section(readme, '## Options'), 'option').map(([option, value]) => [
      option!.replaceAll('`', ''),
      /^`([^`[]*)`$/.exec(value!)?.[1],
    ]);
    const plain = (value: unknown) =>
      value === undefined || typeof value === 'object' ? undefined : String(value);
    const options = Object.entries(schema['properties'] as Record<string, Option>).flatMap(
      ([option, { properties, default: value }]): (string | undefined)[][] =>
        properties === undefined
          ? [[option, plain(value)]]
          : Object.entries(properties).map(([inner, { default: given }]) => [
              `${option}.${inner}`,
              plain(given),
            ]),
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
    t.match(block!.text, new RegExp(`^plugin: ${name}$`, 'm'));
  });

  t.test('the README names what the plugin needs', async (t) => {
    for (const need of needs) t.match(readme, `\`${need}\``);
  });
}
