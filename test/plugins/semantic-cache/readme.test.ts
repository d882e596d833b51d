import t from 'tap';
import { testGateway } from '../../../core/testing.ts';
import { schema } from '../../../plugins/semantic-cache/options.ts';
import { semanticCache } from '../../../plugins/semantic-cache/plugin.ts';
import { blocksOf, page, rowsOf, section } from '../../docs/pages.ts';

const path = 'plugins/semantic-cache/README.md';
const readme = page(path);

interface Option {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Option>>;
}

t.test('the README names every option with its default', (t) => {
  const rows = rowsOf(section(readme, '## Options'), 'option').map(([name, value]) => [
    name!.replaceAll('`', ''),
    [...value!.matchAll(/`([^`]*)`/g)].map(([, text]) => text),
  ]);
  const shown = ({ default: value }: Option) =>
    value === undefined ? [] : Array.isArray(value) ? value : [String(value)];
  const options = Object.entries(schema['properties'] as Record<string, Option>).flatMap(([name, option]) =>
    option.properties === undefined
      ? [[name, shown(option)]]
      : Object.entries(option.properties).map(([inner, one]) => [`${name}.${inner}`, shown(one)]),
  );
  t.strictSame(rows, options);
  t.end();
});

t.test('the README’s files load, and so does the name alone', async (t) => {
  const blocks = blocksOf(path).filter(({ text }) => /^plugin: /m.test(text));
  t.ok(blocks.length > 1);
  const config = `
providers: { up: { kind: openai, base_url: 'http://upstream.test/v1', api_key: sk-test } }
models: { test: up/model, cheap: up/mini }
stores: { vectors: memory }
`;
  for (const text of [...blocks.map((block) => block.text), 'plugin: semantic-cache']) {
    const { gateway, close } = await testGateway({ config, policies: { '50-cache.yaml': text } });
    t.match(gateway.program.steps, [{ name: 'semantic-cache', onFailure: 'open', streamMode: 'observe' }]);
    await close();
  }
});

t.test('the README names what the plugin needs', (t) => {
  for (const need of semanticCache.needs) t.match(readme, `\`${need}\``);
  t.end();
});

t.test('options that cannot work are refused when the folder is loaded', async (t) => {
  for (const [line, message] of [
    ['ttl: 0s', /ttl: expected/],
    ['max_bytes: 1kb', /max_bytes: expected/],
    ['single_flight: 5m', /single_flight: expected/],
    ['stale_if_error: 366d', /stale_if_error: expected/],
    ['thresholds: maybe', /thresholds/],
    ['embed_timeout: 0s', /embed_timeout: expected/],
    ['shadow: { judge: model }', /needs shadow.model/],
    ['guards: strict', /guards/],
  ] as const) {
    await t.rejects(
      testGateway({
        config: 'stores: { vectors: memory }',
        policies: { '50-cache.yaml': `plugin: semantic-cache\n${line}` },
      }),
      { message },
      line,
    );
  }
});
