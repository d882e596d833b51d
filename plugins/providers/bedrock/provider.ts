import { defineProvider, type Provider } from '../../../sdk/provider.ts';
import { apiKeys } from '../../../sdk/provider-kit/api-keys.ts';
import { KeyPool } from '../../../sdk/provider-kit/key-pool.ts';
import type { Clock, Log } from '../../../sdk/services.ts';
import { countTokensAdapter } from './count-tokens.ts';
import { CachedCredentials, configuredCredentials, fixedCredentials } from './credentials.ts';
import { defaultChain } from './default-chain.ts';
import { embeddingsAdapter, embeds } from './embeddings.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';
import { bedrockFailure } from './failure.ts';
import { invokeFraming } from './framing.ts';
import { type BedrockModel, baseModel, bedrockTraits, bedrockVendor, describeModel } from './model.ts';
import { type BedrockOptions, bedrockSchema } from './options.ts';
import { type Auth, createRequestBuilder } from './request.ts';
import { converseWire } from './wire.ts';

/**
 * Amazon Bedrock: Converse for all chat models, InvokeModel for embeddings and, where wanted, for Claude.
 *
 * @example
 * providers:
 *   aws: { kind: bedrock, region: us-east-1 }
 */
export const bedrockProvider = defineProvider<BedrockOptions>({
  kind: 'bedrock',
  summary: 'Amazon Bedrock: Claude, Nova, Llama, Mistral, … with AWS credentials or API keys',
  schema: bedrockSchema,
  secrets: ['access_key_id', 'secret_access_key', 'session_token', 'api_key'],
  vendor: bedrockVendor,
  create(options, { clock, log }, name): Provider {
    const endpoint = endpointOf(options);
    const auth = authOf(options, endpoint, clock, log);
    const bases = new Map(Object.entries(options.base_models ?? {}));
    const baseOf = (id: string) => baseModel(bases.get(id) ?? id);
    const describe = (id: string): BedrockModel => describeModel(baseOf(id));

    const converse = converseWire(describe, options.guardrail);
    const countTokens = countTokensAdapter(describe);
    const embeddings = embeddingsAdapter(baseOf);
    const invokes = (model: string) => options.invoke === true && describe(model).claude;
    return {
      streamUsage: true,
      dialect(api, model) {
        if (api === 'embeddings') return embeds(baseOf(model)) ? embeddings : null;
        if (api === 'completions' || embeds(baseOf(model))) return null;
        if (api === 'count_tokens') return describe(model).claude ? countTokens : null;
        return api === 'messages' && invokes(model) ? 'messages' : converse;
      },
      traits: (model) => bedrockTraits(baseOf(model)),
      framing: (api, model) => (api === 'messages' && invokes(model) ? invokeFraming : undefined),
      request: createRequestBuilder(options, endpoint, auth, describe, clock),
      ...(auth.type === 'bearer' ? auth.keys.count : {}),
      failure: (answer) =>
        bedrockFailure(answer, name, clock, () => {
          if (auth.type === 'signature') auth.source.refused();
        }),
    };
  },
});

/** @throws Error for keys that do not belong together. */
function authOf(options: BedrockOptions, { region }: Endpoint, clock: Clock, log: Log): Auth {
  const configured = configuredCredentials(options);
  if (options.profile !== undefined && (configured !== null || options.api_key !== undefined)) {
    throw new Error('profile and keys exclude each other; take one out');
  }
  if (options.api_key !== undefined) {
    if (configured !== null) throw new Error('api_key and access_key_id exclude each other; take one out');
    // `apiKeys` gives null only where there is no option.
    return { type: 'bearer', keys: new KeyPool(apiKeys(options.api_key).map((key) => key!)) };
  }
  if (region === null) {
    throw new Error(
      'region is missing: requests are signed for one, such as us-east-1, and base_url does not say it',
    );
  }
  const source =
    configured === null
      ? new CachedCredentials(defaultChain(region, options.profile, log), clock, log)
      : fixedCredentials(configured);
  return { type: 'signature', source, region };
}
