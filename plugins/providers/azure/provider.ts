import { defineProvider, type Provider } from '../../../sdk/provider.ts';
import { classifyFailure } from '../../../sdk/provider-kit/failure.ts';
import { type ModelRule, traitsFor } from '../../../sdk/provider-kit/model-rules.ts';
import { OfferedApis } from '../../../sdk/provider-kit/offered-apis.ts';
import { dialectsOf, type OfferedApi } from '../../../sdk/provider-kit/openai-apis.ts';
import { betterOnResponses, onlyOnResponses, openAiModels } from '../../../sdk/provider-kit/openai-models.ts';
import { toTraits } from '../../../sdk/provider-kit/traits-option.ts';
import { vendorOf } from '../../../sdk/provider-kit/vendor.ts';
import { azureAddress } from './address.ts';
import { type AzureOptions, azureSchema } from './options.ts';
import { createRequestBuilder } from './request.ts';
import { versionTraits } from './version.ts';

/** `max_completion_tokens` is unknown to some deployments of older models (BerriAI/litellm#8855). */
const models: readonly ModelRule[] = [
  [/^/, { limitField: 'max_tokens', reasoning: 'none' }],
  ...openAiModels,
];
const usualApis: readonly OfferedApi[] = ['chat', 'completions', 'embeddings'];

/**
 * Azure OpenAI: a resource with its deployments, or the v1 API of one.
 *
 * @example
 * providers:
 *   azure:   { kind: azure, base_url: https://my-resource.openai.azure.com, api_key: ${AZURE_KEY} }
 *   azure1:  { kind: azure, base_url: https://my-resource.openai.azure.com/openai/v1, api_key: ${AZURE_KEY} }
 */
export const azureProvider = defineProvider<AzureOptions>({
  kind: 'azure',
  summary: 'Azure OpenAI: deployments of a resource, or its v1 API',
  schema: azureSchema,
  secrets: ['api_key', 'token'],
  vendor: (model) => vendorOf(model) || 'openai',
  create(options, { clock, log }, name): Provider {
    const address = azureAddress(options);
    const offered = new OfferedApis(
      options.apis ?? usualApis,
      options.apis === undefined ? ['chat', 'responses'] : [],
      { clock, log },
    );
    const lacks = versionTraits(address.apiVersion);
    const configured = toTraits(options.traits);
    return {
      streamUsage: lacks.streamUsage ?? true,
      dialect: dialectsOf(offered, {
        onlyResponses: onlyOnResponses,
        betterResponses: betterOnResponses,
      }),
      traits: (model) => {
        const own = traitsFor(models, model);
        const refuses = [...(own.refuses ?? []), ...(lacks.refuses ?? [])];
        return { ...own, ...lacks, refuses, ...configured };
      },
      ...createRequestBuilder(options, address),
      failure: (answer, wire) => {
        const failure = classifyFailure(answer, name, clock);
        offered.notice(wire, answer, failure);
        return failure;
      },
    };
  },
});
