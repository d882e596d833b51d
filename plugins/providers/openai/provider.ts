import { defineProvider, type Provider } from '../../../sdk/provider.ts';
import { classifyFailure } from '../../../sdk/provider-kit/failure.ts';
import { traitsFor } from '../../../sdk/provider-kit/model-rules.ts';
import { OfferedApis } from '../../../sdk/provider-kit/offered-apis.ts';
import { dialectsOf } from '../../../sdk/provider-kit/openai-apis.ts';
import { toTraits } from '../../../sdk/provider-kit/traits-option.ts';
import { vendorOf } from '../../../sdk/provider-kit/vendor.ts';
import { defaultBaseUrl, type OpenAiOptions, openAiSchema } from './options.ts';
import type { Profile } from './profile.ts';
import { profileAt, profiles } from './profiles.ts';
import { createRequestBuilder } from './request.ts';

/**
 * Any server with OpenAI's API: OpenAI itself, vLLM, Ollama, OpenRouter, Mistral, Groq, TEI and many more.
 *
 * @example
 * providers:
 *   openai: { kind: openai, api_key: ${OPENAI_API_KEY} }
 *   local:  { kind: openai, base_url: http://127.0.0.1:8000/v1, profile: vllm }
 */
export const openAiProvider = defineProvider<OpenAiOptions>({
  kind: 'openai',
  summary: "Any server with OpenAI's API: OpenAI, vLLM, Ollama, OpenRouter, Mistral, Groq, TEI, …",
  schema: openAiSchema,
  secrets: ['api_key'],
  vendor: vendorOf,
  create(options, { clock, log }, name): Provider {
    const profile: Profile = profiles[options.profile ?? profileAt(options.base_url ?? defaultBaseUrl)];
    // Tokens are counted at an address of the Responses API.
    const counts = profile.apis.includes('input_tokens') && options.apis?.includes('responses') === true;
    const offered = new OfferedApis(
      counts ? [...options.apis, 'input_tokens'] : (options.apis ?? profile.apis),
      options.apis === undefined ? (profile.assumedApis ?? []) : [],
      { clock, log },
    );
    const streamUsage = options.stream_usage ?? profile.streamUsage;
    const configured = { streamUsage, ...toTraits(options.traits) };
    return {
      streamUsage,
      dialect: dialectsOf(offered, profile),
      traits: (model) => ({ ...traitsFor(profile.models, model), ...configured }),
      ...createRequestBuilder(options),
      failure: (answer, wire) => {
        const failure = classifyFailure(answer, name, clock);
        offered.notice(wire, answer, failure);
        return failure;
      },
    };
  },
});
