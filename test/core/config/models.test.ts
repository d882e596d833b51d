import t from 'tap';
import { loadConfig } from '../../../core/config/load.ts';
import { createModels, guessTier } from '../../../core/config/models.ts';
import { kinds } from './kinds.ts';

async function models() {
  const text = [
    'providers:',
    '  openai: { kind: openai, region: eu }',
    '  router: { kind: openai, vendor: openrouter, tier: standard }',
    '  mock: { kind: mock }',
    'models:',
    '  cheap: openai/gpt-4o-mini',
    '  smart: { strategy: weighted, targets: [{ target: router/claude-opus, weight: 3 }, { target: openai/claude-x, tier: mini, rpm: 60 }] }',
    '  same: { targets: [{ target: openai/claude-x, tpm: 9000 }] }',
    '  openai/gpt-5: mock/stand-in',
  ].join('\n');
  const { config } = await loadConfig({ file: 'g.yaml', env: {}, kinds, readFile: async () => text });
  return createModels(config, kinds);
}

t.test('an alias resolves to its targets in order, with vendor, tier, region and weight', async (t) => {
  const { resolve, aliases } = await models();
  t.strictSame(aliases, ['cheap', 'smart', 'same', 'openai/gpt-5']);
  t.strictSame(resolve('cheap'), [
    {
      id: 'openai/gpt-4o-mini',
      provider: 'openai',
      kind: 'openai',
      model: 'gpt-4o-mini',
      vendor: 'openai',
      tier: 'mini',
      region: 'eu',
      weight: 1,
    },
  ]);
  t.match(resolve('smart'), [
    { id: 'router/claude-opus', vendor: 'openrouter', tier: 'standard', weight: 3 },
    { id: 'openai/claude-x', vendor: 'anthropic', tier: 'mini', weight: 1 },
  ]);
});

t.test('an alias has its strategy, and everything else is tried in order', async (t) => {
  const { strategy } = await models();
  t.equal(strategy('smart'), 'weighted');
  for (const name of ['cheap', 'same', 'openai/claude-x', 'unknown', 'constructor']) {
    t.equal(strategy(name), 'ordered', name);
  }
});

t.test('a target has its capacity under every name that leads to it', async (t) => {
  const { resolve } = await models();
  const capacity = { requestsPerMinute: 60, tokensPerMinute: 9000 };
  for (const [name, index] of [
    ['smart', 1],
    ['same', 0],
    ['openai/claude-x', 0],
  ] as const) {
    t.strictSame(resolve(name)?.[index]?.capacity, capacity, name);
  }
  t.equal(resolve('cheap')?.[0]?.capacity, undefined);
});

t.test('any model of a configured provider resolves, split at the first slash', async (t) => {
  const { resolve } = await models();
  t.match(resolve('router/meta/llama-3:free'), [{ provider: 'router', model: 'meta/llama-3:free' }]);
  t.match(
    resolve('openai/gpt-5'),
    [{ id: 'mock/stand-in' }],
    'an alias comes before a target of the same name',
  );
  for (const name of ['nowhere/x', 'openai/', '/x', 'openai', '', 'constructor', '__proto__/x']) {
    t.equal(resolve(name), undefined, name);
  }
});

t.test('a mistyped name finds the alias, the target or the provider that was meant', async (t) => {
  const { nearest } = await models();
  t.equal(nearest('cheep'), 'cheap');
  t.equal(nearest('openai/gpt-4o-mni'), 'openai/gpt-4o-mini');
  t.equal(nearest('opnai/some-other-model'), 'openai/some-other-model');
  t.equal(nearest('zzzzzzzz'), undefined);
  t.equal(nearest('x'.repeat(1_000_000)), undefined);
});

t.test('the tier of an alias is that of its first target', async (t) => {
  const { tier } = await models();
  t.equal(tier('smart'), 'standard');
  t.equal(tier('cheap'), 'mini');
  t.equal(tier('unknown-opus'), 'frontier');
});

t.test('tiers are guessed from whole words of a name', (t) => {
  const expected = {
    mini: [
      'gpt-4o-mini',
      'o3-mini',
      'claude-haiku-4-5',
      'gemini-2.5-flash',
      'gpt-5-nano',
      'mistral-small3.1',
      'GPT-5-Mini',
    ],
    frontier: ['claude-opus-4-8', 'gemini-2.5-pro', 'gpt-5.2', 'gpt-5', 'o3', 'mistral-large-2', 'Opus'],
    standard: [
      'gemini-2.0',
      'gpt-4o',
      'claude-sonnet-4-6',
      'minimax-m2',
      'prompt-guard',
      'gpt-50',
      'llama-3',
    ],
  } as const;
  for (const [tier, names] of Object.entries(expected))
    for (const name of names) t.equal(guessTier(name), tier, name);
  t.end();
});
