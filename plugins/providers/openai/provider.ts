import { defineProvider, type Provider } from '../../../sdk/provider.ts';
import { classifyFailure } from './failure.ts';
import { type OpenAiOptions, openAiSchema } from './options.ts';
import { createRequestBuilder } from './request.ts';
import { vendorOf } from './vendor.ts';

/**
 * Any server with OpenAI's API: OpenAI itself, vLLM, Ollama, OpenRouter, Mistral, Groq, TEI and many more.
 *
 * @example
 * providers:
 *   openai: { kind: openai, api_key: ${OPENAI_API_KEY} }
 *   local:  { kind: openai, base_url: http://127.0.0.1:8000/v1 }
 */
export const openAiProvider = defineProvider<OpenAiOptions>({
  kind: 'openai',
  summary: "Any server with OpenAI's API: OpenAI, vLLM, Ollama, OpenRouter, Mistral, Groq, TEI, …",
  schema: openAiSchema,
  secrets: ['api_key'],
  vendor: vendorOf,
  create(options, { clock }, name): Provider {
    const offered = new Set<string>(options.apis ?? openAiSchema.properties.apis.default);
    const request = createRequestBuilder(options);
    return {
      streamUsage: options.stream_usage ?? true,
      dialect: (api) =>
        (api === 'chat' || api === 'completions' || api === 'embeddings') && offered.has(api) ? api : null,
      request,
      failure: (answer) => classifyFailure(answer, name, clock),
    };
  },
});
