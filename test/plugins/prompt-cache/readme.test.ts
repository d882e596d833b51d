import t from 'tap';
import { testGateway } from '../../../core/testing.ts';
import { markableAt } from '../../../plugins/prompt-cache/models.ts';
import { schema } from '../../../plugins/prompt-cache/options.ts';
import { promptCache } from '../../../plugins/prompt-cache/plugin.ts';
import type { Target } from '../../../sdk/target.ts';
import { blocksOf, page, rowsOf, section } from '../../docs/pages.ts';

const path = 'plugins/prompt-cache/README.md';
const readme = page(path);

t.test('the README names every option with its default, and what the plugin needs', (t) => {
  const rows = rowsOf(section(readme, '## Options'), 'option').map(([name, value]) => [name, value]);
  const options = Object.entries(schema['properties'] as Record<string, { default?: string | string[] }>);
  t.strictSame(
    rows,
    options.map(([name, { default: value }]) => [
      `\`${name}\``,
      value === undefined ? 'none' : `\`${typeof value === 'string' ? value : `[${value.join(', ')}]`}\``,
    ]),
  );
  for (const need of promptCache.needs) t.match(readme, `\`${need}\``);
  t.end();
});

t.test('the README’s file works, and so does the name alone', async (t) => {
  for (const text of [blocksOf(path)[0]!.text, 'plugin: prompt-cache']) {
    const { chat, close } = await testGateway({ policies: { '80-prompt-cache.yaml': text } });
    t.equal((await chat('Hi')).status, 200);
    await close();
  }
});

t.test('families of models: the README’s numbers, and who takes no marks', (t) => {
  const at = (kind: string, vendor: string, model: string) =>
    markableAt({ kind, vendor, model } as Target)?.minTokens ?? null;
  for (const [model, tokens] of [
    ['claude-sonnet-4-5', 1024],
    ['claude-opus-4-8', 1024],
    ['claude-opus-4-5-20251101', 4096],
    ['claude-haiku-4-5', 4096],
    ['claude-opus-4-7', 2048],
    ['claude-3-5-haiku-20241022', 2048],
    ['claude-3-haiku-20240307', 2048],
  ] as const) {
    t.equal(at('anthropic', 'anthropic', model), tokens, model);
    t.equal(at('bedrock', 'anthropic', `us.anthropic.${model}-v1:0`), tokens, model);
  }
  t.equal(at('bedrock', 'amazon', 'amazon.nova-pro-v1:0'), 1000);
  t.equal(at('bedrock', 'meta', 'meta.llama3-70b'), null);
  t.equal(
    at('openai', 'anthropic', 'anthropic/claude-sonnet-4-5'),
    null,
    'a server in between may refuse marks',
  );
  t.equal(at('anthropic', 'minimax', 'MiniMax-M2'), null);
  t.equal(at('openai', 'openai', 'gpt-5.2'), null);
  t.end();
});
