import type { JsonSchema } from '../../../sdk/plugin.ts';
import type { OfferedApi } from '../../../sdk/provider-kit/openai-apis.ts';
import { type TraitsOption, traitsSchema } from '../../../sdk/provider-kit/traits-option.ts';
import type { Secret } from '../../../sdk/secret.ts';

/** Options of the kind `azure`, as `gateway.yaml` has them. */
export interface AzureOptions {
  readonly base_url: string;
  readonly api_version?: string;
  /** One key, or several that take turns. */
  readonly api_key?: Secret | readonly Secret[];
  /** A token of Entra ID, instead of a key. */
  readonly token?: Secret;
  /** Deployments by the model they run, where they are named differently. */
  readonly deployments?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly apis?: readonly Exclude<OfferedApi, 'messages'>[];
  readonly traits?: TraitsOption;
}

/** The last dated version that is generally available; what came later is in the v1 API, which needs none. */
export const defaultApiVersion = '2024-10-21';

const text = { type: 'string', minLength: 1 } as const;

/** The one place where the defaults are written; those that depend on the version are in `version.ts`. */
export const azureSchema = {
  type: 'object',
  required: ['base_url'],
  properties: {
    base_url: {
      ...text,
      format: 'uri',
      description: 'Address of the resource; with /openai/v1 at its end for the v1 API.',
    },
    api_version: {
      ...text,
      pattern: '^[0-9A-Za-z.-]+$',
      description: `Sent as api-version; ${defaultApiVersion} where it is left out, and nothing with the v1 API.`,
    },
    api_key: {
      anyOf: [text, { type: 'array', items: text, minItems: 1 }],
      description: 'Sent as api-key. Several take turns.',
    },
    token: { ...text, description: 'Sent as "Authorization: Bearer" instead of a key.' },
    deployments: {
      type: 'object',
      additionalProperties: text,
      description: 'Deployment of a model, where it is not named like the model.',
    },
    headers: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Further headers for every request.',
    },
    apis: {
      type: 'array',
      items: { enum: ['chat', 'completions', 'embeddings', 'responses'] },
      minItems: 1,
      uniqueItems: true,
      description: 'What the resource offers; by default what its API version has.',
    },
    traits: traitsSchema,
  },
} as const satisfies JsonSchema;
