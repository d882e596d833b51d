import type { JsonSchema } from '../../../sdk/plugin.ts';
import type { OfferedApi } from '../../../sdk/provider-kit/openai-apis.ts';
import { type TraitsOption, traitsSchema } from '../../../sdk/provider-kit/traits-option.ts';
import type { Secret } from '../../../sdk/secret.ts';
import { type ProfileName, profileNames } from './profiles.ts';

/** Options of the kind `openai`, as `gateway.yaml` has them. */
export interface OpenAiOptions {
  readonly base_url?: string;
  /** One key, or several that take turns. None for a server that wants none. */
  readonly api_key?: Secret | readonly Secret[];
  readonly organization?: string;
  readonly project?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly profile?: ProfileName;
  readonly apis?: readonly OfferedApi[];
  readonly stream_usage?: boolean;
  readonly traits?: TraitsOption;
}

export const defaultBaseUrl = 'https://api.openai.com/v1';

const text = { type: 'string', minLength: 1 } as const;

/** The one place where the defaults are written; those of a server are in its profile. */
export const openAiSchema = {
  type: 'object',
  properties: {
    base_url: {
      ...text,
      format: 'uri',
      default: defaultBaseUrl,
      description: 'Address up to and including the version, such as http://127.0.0.1:8000/v1.',
    },
    api_key: {
      anyOf: [text, { type: 'array', items: text, minItems: 1 }],
      description:
        'Sent as "Authorization: Bearer". Several take turns. Leave it out for servers that want none.',
    },
    organization: { ...text, description: 'Sent as OpenAI-Organization.' },
    project: { ...text, description: 'Sent as OpenAI-Project.' },
    headers: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Further headers for every request, such as HTTP-Referer for OpenRouter.',
    },
    profile: {
      enum: profileNames,
      description: "What kind of server it is; found from base_url's host where it is left out.",
    },
    apis: {
      type: 'array',
      items: { enum: ['chat', 'completions', 'embeddings', 'responses', 'messages'] },
      minItems: 1,
      uniqueItems: true,
      description:
        "What the server offers, the profile's by default. Other conversations are translated into one of these.",
    },
    stream_usage: {
      type: 'boolean',
      description: 'Whether the server knows stream_options.include_usage. Old servers answer 400 to it.',
    },
    traits: traitsSchema,
  },
} as const satisfies JsonSchema;
