import { defineProvider, type Provider } from '../../../sdk/provider.ts';
import { classifyFailure } from '../../../sdk/provider-kit/failure.ts';
import { vendorOf } from '../../../sdk/provider-kit/vendor.ts';
import { geminiAddress } from './address.ts';
import { createCountTokens } from './count-tokens.ts';
import { createEmbeddings } from './embeddings.ts';
import { type GeminiOptions, geminiSchema } from './options.ts';
import { createRequestBuilder } from './request.ts';
import { createGeminiWire } from './wire.ts';

/**
 * Google's Gemini API, and Vertex AI with the same models.
 *
 * @example
 * providers:
 *   gemini: { kind: gemini, api_key: ${GEMINI_API_KEY} }
 */
export const geminiProvider = defineProvider<GeminiOptions>({
  kind: 'gemini',
  summary: "Google's Gemini API, on its own address or on Vertex AI.",
  schema: geminiSchema,
  secrets: ['api_key', 'token'],
  vendor: (model) => vendorOf(model) || 'google',
  create(options, { clock }, name): Provider {
    const address = geminiAddress(options);
    const settings = { vertex: address.vertex, safetySettings: options.safety_settings ?? [] };
    const wire = createGeminiWire(settings);
    const embeddings = createEmbeddings(settings);
    const countTokens = createCountTokens(settings);
    return {
      // Streams always end with the count.
      streamUsage: false,
      dialect(api) {
        switch (api) {
          case 'chat':
          case 'messages':
          case 'responses':
            return wire;
          case 'embeddings':
            return embeddings;
          case 'count_tokens':
            return countTokens;
          default:
            return null;
        }
      },
      ...createRequestBuilder(options, address),
      failure: (answer) => classifyFailure(answer, name, clock),
    };
  },
});
