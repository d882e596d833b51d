import t from 'tap';
import { anthropicProvider } from '../../../plugins/providers/anthropic/provider.ts';
import { azureProvider } from '../../../plugins/providers/azure/provider.ts';
import { bedrockProvider } from '../../../plugins/providers/bedrock/provider.ts';
import { geminiProvider } from '../../../plugins/providers/gemini/provider.ts';
import { ollamaProvider } from '../../../plugins/providers/ollama/provider.ts';
import { openAiProvider } from '../../../plugins/providers/openai/provider.ts';
import type { AnyProviderKind } from '../../../sdk/provider.ts';
import { Secret } from '../../../sdk/secret.ts';
import { providerOf, requestOf } from './ask.ts';

const kinds: readonly (readonly [AnyProviderKind, object, string, wire?: string])[] = [
  [openAiProvider, {}, 'authorization'],
  [azureProvider, { base_url: 'https://x.openai.azure.com/openai/v1' }, 'api-key'],
  [anthropicProvider, {}, 'x-api-key', 'messages'],
  [geminiProvider, {}, 'x-goog-api-key'],
  [ollamaProvider, {}, 'authorization'],
  [bedrockProvider, { region: 'us-east-1' }, 'authorization', 'converse'],
];
const secrets = (...keys: string[]) => keys.map((key) => new Secret(key));

t.test('of several keys a call uses the one that it names, and without a name they take turns', async (t) => {
  for (const [kind, options, header, wire = 'chat'] of kinds) {
    const provider = providerOf(kind, { ...options, api_key: secrets('k0', 'k1', 'k2') });
    const keyOf = (key?: number) =>
      requestOf(provider, { wire, ...(key === undefined ? undefined : { key }) }).headers[header]?.slice(-2);
    t.equal(provider.keyCount, 3, kind.kind);
    t.strictSame([2, 0, 1, 1].map(keyOf), ['k2', 'k0', 'k1', 'k1'], kind.kind);
    t.strictSame([keyOf(), keyOf(2), keyOf(), keyOf(), keyOf()], ['k0', 'k2', 'k1', 'k2', 'k0'], kind.kind);
  }
});

t.test('one key or none is no pool', async (t) => {
  for (const [kind, options] of kinds) {
    t.equal(providerOf(kind, { ...options, api_key: secrets('k0') }).keyCount, undefined, kind.kind);
    const signed = { access_key_id: new Secret('a'), secret_access_key: new Secret('b') };
    const none = kind === bedrockProvider ? signed : {};
    t.equal(providerOf(kind, { ...options, ...none }).keyCount, undefined, kind.kind);
  }
});
