import type { Target } from '../../../sdk/target.ts';

/** By the kind of the provider, where that says who is called. */
const byKind: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  azure: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
};

/** By the name of the provider in the configuration, for the many that speak OpenAI's API. */
const byName: Readonly<Record<string, string>> = {
  cohere: 'cohere',
  deepseek: 'deepseek',
  groq: 'groq',
  mistral: 'mistral_ai',
  openai: 'openai',
  perplexity: 'perplexity',
  xai: 'x_ai',
};

/**
 * `gen_ai.provider.name`: the convention's own word where it has one, else the provider's name in the configuration.
 * https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/
 */
export function providerName(target: Target | undefined, provider: string): string {
  const kind = target === undefined ? undefined : byKind[target.kind];
  return kind ?? byName[provider] ?? provider;
}
