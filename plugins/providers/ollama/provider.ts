import { defineProvider, type Provider } from '../../../sdk/provider.ts';
import { classifyFailure } from '../../../sdk/provider-kit/failure.ts';
import { vendorOf } from '../../../sdk/provider-kit/vendor.ts';
import { embedAdapter } from './embed.ts';
import { generateAdapter } from './generate.ts';
import { type OllamaOptions, ollamaSchema } from './options.ts';
import { createRequestBuilder } from './request.ts';
import { traitsOf } from './traits.ts';
import { ollamaWire } from './wire.ts';

/**
 * Ollama by its own API, which can do what its OpenAI-compatible one cannot: set the size of the context, keep models
 * loaded, turn reasoning on and off.
 *
 * @example
 * providers:
 *   ollama: { kind: ollama, num_ctx: 32768 }
 */
export const ollamaProvider = defineProvider<OllamaOptions>({
  kind: 'ollama',
  summary: 'Ollama by its own API: local models, and those that ollama.com hosts.',
  schema: ollamaSchema,
  secrets: ['api_key'],
  vendor: vendorOf,
  create(options, { clock }, name): Provider {
    const wire = ollamaWire(options);
    const embed = embedAdapter(options);
    const generate = generateAdapter(options);
    return {
      streamUsage: true,
      dialect(api) {
        if (api === 'chat' || api === 'messages' || api === 'responses') return wire;
        if (api === 'embeddings') return embed;
        return api === 'completions' ? generate : null;
      },
      traits: traitsOf,
      ...createRequestBuilder(options),
      failure: (answer) => classifyFailure(answer, name, clock),
    };
  },
});
