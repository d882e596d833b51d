import type { JsonSchema } from '../../../sdk/plugin.ts';
import type { Secret } from '../../../sdk/secret.ts';

/** The APIs that a server of this kind can offer. */
export type OfferedApi = 'chat' | 'completions' | 'embeddings';

/** Options of the kind `openai`, as `gateway.yaml` has them. */
export interface OpenAiOptions {
  readonly base_url?: string;
  /** One key, or several that take turns. None for a server that wants none. */
  readonly api_key?: Secret | readonly Secret[];
  readonly organization?: string;
  readonly project?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly apis?: readonly OfferedApi[];
  readonly stream_usage?: boolean;
}

export const defaultBaseUrl = 'https://api.openai.com/v1';

const text = { type: 'string', minLength: 1 } as const;

/** The one place where the defaults are written. */
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
    apis: {
      type: 'array',
      items: { enum: ['chat', 'completions', 'embeddings'] },
      minItems: 1,
      uniqueItems: true,
      // A server that lacks one answers 404, which is no worse than a refusal of ours.
      default: ['chat', 'completions', 'embeddings'],
      description: 'What the server offers. A request for anything else is refused without asking it.',
    },
    stream_usage: {
      type: 'boolean',
      // Without it a stream's tokens can only be estimated.
      default: true,
      description: 'Whether the server knows stream_options.include_usage. Old servers answer 400 to it.',
    },
  },
} as const satisfies JsonSchema;
