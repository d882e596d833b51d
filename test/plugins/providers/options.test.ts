import t from 'tap';
import { compileValidator } from '../../../core/yaml/validate.ts';
import { anthropicProvider } from '../../../plugins/providers/anthropic/provider.ts';
import { azureProvider } from '../../../plugins/providers/azure/provider.ts';
import { openAiProvider } from '../../../plugins/providers/openai/provider.ts';
import type { Json } from '../../../sdk/json.ts';
import type { AnyProviderKind } from '../../../sdk/provider.ts';

const document = { file: 'gateway.yaml', position: () => ({ line: 1, column: 1 }) };
const check = (kind: AnyProviderKind, options: Json) => {
  const { value, problems } = compileValidator({ ...kind.schema })(options, { document });
  return { value, problems: problems.map(({ message }) => message) };
};

t.test('options as the documentation has them are taken', async (t) => {
  const good: readonly (readonly [AnyProviderKind, Json])[] = [
    [openAiProvider, {}],
    [openAiProvider, { api_key: ['a', 'b'], organization: 'o', project: 'p', headers: { 'X-Title': 'x' } }],
    [openAiProvider, { base_url: 'http://127.0.0.1:8000/v1', profile: 'vllm', apis: ['chat', 'messages'] }],
    [
      openAiProvider,
      { stream_usage: false, traits: { reasoning: 'none', efforts: ['low'], refuses: ['seed'] } },
    ],
    [anthropicProvider, {}],
    [
      anthropicProvider,
      { api_key: 'a', auth: 'bearer', betas: ['context-1m-2025-08-07'], version: '2023-06-01' },
    ],
    [azureProvider, { base_url: 'https://r.openai.azure.com', api_key: 'a', deployments: { 'gpt-4o': 'd' } }],
    [azureProvider, { base_url: 'https://r.openai.azure.com/openai/v1', token: 't', apis: ['responses'] }],
  ];
  for (const [kind, options] of good) t.same(check(kind, options).problems, [], JSON.stringify(options));
});

t.test('options that mean nothing are named', async (t) => {
  const bad: readonly (readonly [AnyProviderKind, Json, RegExp])[] = [
    [openAiProvider, { profile: 'mystral' }, /mistral/],
    [openAiProvider, { apis: ['assistants'] }, /assistants/],
    [openAiProvider, { traits: { effort: ['low'] } }, /effort/],
    [openAiProvider, { traits: { max_output_tokens: 0 } }, /1/],
    [anthropicProvider, { auth: 'basic' }, /basic/],
    [anthropicProvider, { betas: ['a b'] }, /betas/],
    [azureProvider, { api_key: 'a' }, /base_url/],
    [azureProvider, { base_url: 'https://r', api_version: 'a b' }, /api_version/],
  ];
  for (const [kind, options, about] of bad) {
    const { problems } = check(kind, options);
    t.equal(problems.length, 1, JSON.stringify(options));
    t.match(problems[0], about);
  }
});

t.test('a default is filled in only where it holds for every server', async (t) => {
  t.same(check(openAiProvider, {}).value, { base_url: 'https://api.openai.com/v1' });
  t.same(check(anthropicProvider, {}).value, {
    base_url: 'https://api.anthropic.com',
    auth: 'x-api-key',
    version: '2023-06-01',
  });
});
