import type { JsonSchema } from '../../../sdk/plugin.ts';
import { type AnyProviderKind, defineProvider } from '../../../sdk/provider.ts';

function kind(
  name: string,
  properties: { [key: string]: JsonSchema },
  required: string[] = [],
): AnyProviderKind {
  return defineProvider({
    kind: name,
    summary: `A ${name} for tests.`,
    schema: { type: 'object', required, properties },
    secrets: ['api_key'],
    vendor: (model) => (model.startsWith('claude') ? 'anthropic' : name),
    create: () => {
      throw new Error('not needed here');
    },
  });
}

const apiKey = { type: ['string', 'array'], items: { type: 'string' } } as const;

/** Provider kinds with schemas and nothing behind them. */
export const kinds: ReadonlyMap<string, AnyProviderKind> = new Map(
  [
    kind('mock', { seed: { type: 'integer', default: 1 } }),
    kind('openai', { api_key: apiKey, base_url: { type: 'string', default: 'https://api.openai.com/v1' } }),
    kind('anthropic', { api_key: apiKey }, ['api_key']),
    kind('bedrock', { region: { type: 'string' } }, ['region']),
  ].map((known) => [known.kind, known]),
);
