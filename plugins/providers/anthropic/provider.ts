import { defineProvider, type Provider, type WireDialect } from '../../../sdk/provider.ts';
import { classifyFailure } from '../../../sdk/provider-kit/failure.ts';
import { toTraits } from '../../../sdk/provider-kit/traits-option.ts';
import type { Api } from '../../../sdk/view.ts';
import { type AnthropicOptions, anthropicSchema } from './options.ts';
import { createRequestBuilder } from './request.ts';
import { threadFailure } from './thread-failure.ts';
import { makerOf, modelTraits } from './traits.ts';

/** What to speak for each API of the client. */
const spoken: Readonly<Record<Api, WireDialect | null>> = {
  messages: 'messages',
  chat: 'messages',
  responses: 'messages',
  count_tokens: 'count_tokens',
  completions: null,
  embeddings: null,
};

/**
 * Anthropic, and any server with its Messages API.
 *
 * @example
 * providers:
 *   anthropic: { kind: anthropic, api_key: ${ANTHROPIC_API_KEY} }
 *   foundry:   { kind: anthropic, base_url: https://my-resource.services.ai.azure.com/anthropic, api_key: ${KEY} }
 */
export const anthropicProvider = defineProvider<AnthropicOptions>({
  kind: 'anthropic',
  summary: 'Anthropic, and any server with its Messages API',
  schema: anthropicSchema,
  secrets: ['api_key'],
  vendor: makerOf,
  create(options, { clock }, name): Provider {
    const configured = toTraits(options.traits);
    return {
      // Its streams carry their usage unasked.
      streamUsage: false,
      dialect: (api) => spoken[api],
      traits: (model) => ({ ...modelTraits(model), ...configured }),
      ...createRequestBuilder(options),
      failure: (answer) => threadFailure(answer) ?? classifyFailure(answer, name, clock),
    };
  },
});
