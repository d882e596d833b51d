import t from 'tap';
import { schema } from '../../../plugins/classifier/options.ts';
import { classifier } from '../../../plugins/classifier/plugin.ts';
import { blocksOf, page, rowsOf, section } from '../../docs/pages.ts';
import { driven } from './harness.ts';

const path = 'plugins/classifier/README.md';
const readme = page(path);

interface Option {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Option>>;
}

t.test('the README names every option with its default', async (t) => {
  const rows = rowsOf(section(readme, '## Options'), 'option').map(([name, value]) => [
    name!.replaceAll('`', ''),
    /^`([^`]*)`$/.exec(value!)?.[1],
  ]);
  const options = Object.entries(schema['properties'] as Record<string, Option>).flatMap(
    ([name, { properties, default: value }]): (string | undefined)[][] =>
      properties !== undefined
        ? Object.entries(properties).map(([inner, option]) => [`${name}.${inner}`, String(option.default)])
        : [
            [
              name,
              value === undefined || typeof value === 'object' || name === 'prompt'
                ? undefined
                : String(value),
            ],
          ],
  );
  t.strictSame(rows, options);
});

t.test('the README’s options work, and so does the name alone', async (t) => {
  const [block] = blocksOf(path);
  t.match(block!.text, /^plugin: classifier$/m);
  const labels = { code: 'writing, fixing or explaining code', maths: 'proofs', chat: 'everything else' };
  const { route } = await driven({ model: 'cheap', labels }, () => 'maths');
  t.match(await route(), { tags: { classifier: 'maths' } });
  t.match(await (await driven()).route(), { tags: { classifier: 'hard' } });
});

t.test('the README names what the plugin needs', async (t) => {
  for (const need of classifier.needs) t.match(readme, `\`${need}\``);
});
