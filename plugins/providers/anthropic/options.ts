import type { JsonSchema } from '../../../sdk/plugin.ts';
import { type TraitsOption, traitsSchema } from '../../../sdk/provider-kit/traits-option.ts';
import type { Secret } from '../../../sdk/secret.ts';

/** Options of the kind `anthropic`, as `gateway.yaml` has them. */
export interface AnthropicOptions {
  readonly base_url?: string;
  /** One key, or several that take turns. None for a server that wants none. */
  readonly api_key?: Secret | readonly Secret[];
  readonly auth?: 'x-api-key' | 'bearer';
  readonly version?: string;
  readonly betas?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly traits?: TraitsOption;
}

const text = { type: 'string', minLength: 1 } as const;

/** The one place where the defaults are written. */
export const anthropicSchema = {
  type: 'object',
  properties: {
    base_url: {
      ...text,
      format: 'uri',
      default: 'https://api.anthropic.com',
      description: 'Address of the API, with or without /v1 at its end.',
    },
    api_key: {
      anyOf: [text, { type: 'array', items: text, minItems: 1 }],
      description: 'Several take turns. Leave it out for servers that want none.',
    },
    auth: {
      enum: ['x-api-key', 'bearer'],
      // Anthropic takes both; tokens of its OAuth and many compatible servers only the other one.
      default: 'x-api-key',
      description: 'How the key is sent: as x-api-key, or as "Authorization: Bearer".',
    },
    version: {
      ...text,
      pattern: '^[0-9A-Za-z.-]+$',
      // The only version there is since 2023.
      default: '2023-06-01',
      description: 'anthropic-version where the client sends none.',
    },
    betas: {
      type: 'array',
      items: { type: 'string', pattern: '^[0-9A-Za-z._-]+$' },
      description: "Sent as anthropic-beta with every request, together with the client's own.",
    },
    headers: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Further headers for every request.',
    },
    traits: traitsSchema,
  },
} as const satisfies JsonSchema;
