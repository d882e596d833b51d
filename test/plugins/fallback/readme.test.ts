import t from 'tap';
import { testGateway } from '../../../core/testing.ts';
import { schema } from '../../../plugins/fallback/options.ts';
import { fallback } from '../../../plugins/fallback/plugin.ts';
import { blocksOf, page, rowsOf, section } from '../../docs/pages.ts';

const path = 'plugins/fallback/README.md';
const readme = page(path);
const config = `
providers:
  openai: { kind: openai, api_key: sk-test }
  claude: { kind: anthropic, api_key: sk-test }
models:
  cheap: claude/claude-haiku-4-5
  smart: [claude/claude-opus-4-8, openai/gpt-5.2]
`;

interface Option {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Option>>;
}

/** Dotted names of all options with their defaults. */
function optionsOf(properties: Readonly<Record<string, Option>>, prefix = ''): [string, unknown][] {
  return Object.entries(properties).flatMap(([name, option]): [string, unknown][] => {
    const full = `${prefix}${name}`;
    if (option.properties === undefined) return [[full, option.default]];
    const inner = optionsOf(option.properties, `${full}.`);
    return option.default === undefined ? [[full, undefined], ...inner] : inner;
  });
}

t.test('the README names every option with its default', async (t) => {
  const rows = rowsOf(section(readme, '## Options'), 'option').map(([name, value]) => [
    name!.replaceAll('`', ''),
    /^`(.*)`$/.exec(value!)?.[1],
  ]);
  const options = optionsOf(schema['properties'] as Record<string, Option>).map(([name, value]) => {
    const shown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    const isPlain = shown !== undefined && typeof shown !== 'object';
    return [name, isPlain ? String(shown) : undefined];
  });
  t.strictSame(rows, options);
});

t.test('the README’s file loads, and so does the name alone', async (t) => {
  const { file, text } = blocksOf(path).find(({ language }) => language === 'yaml')!;
  for (const yaml of [text, 'plugin: fallback']) {
    const { gateway, close } = await testGateway({ config, policies: { '60-fallback.yaml': yaml } });
    t.match(gateway.program.steps, [{ name: 'fallback', onFailure: 'open' }]);
    await close();
  }
  t.match(file, /60-fallback\.yaml$/);
});

t.test('the README names what the plugin needs', async (t) => {
  for (const need of fallback.needs) t.match(readme, `\`${need}\``);
});

t.test('the files of the routing guide load together', async (t) => {
  const policies = Object.fromEntries(
    blocksOf('docs/guide/routing.md')
      .filter(({ file }) => file !== null)
      .map(({ file, text }) => [file!.replace(/^policies\//, ''), text]),
  );
  t.strictSame(Object.keys(policies), ['40-lanes.policy.ts', '60-fallback.yaml']);
  const { gateway, close, log } = await testGateway({
    config,
    policies,
  });
  t.equal(gateway.program.steps.length, 2);
  t.strictSame(
    log.lines.filter(({ level }) => level === 'error'),
    [],
  );
  await close();
});
