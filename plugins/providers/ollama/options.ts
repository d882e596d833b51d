import type { JsonSchema } from '../../../sdk/plugin.ts';
import type { Secret } from '../../../sdk/secret.ts';

/** Ollama's `think`: on or off, or how much, for models that take a word. */
export type Think = boolean | 'low' | 'medium' | 'high' | 'max';

/** Options of the kind `ollama`, as `gateway.yaml` has them. */
export interface OllamaOptions {
  readonly base_url?: string;
  /** One key, or several that take turns. None for a server of one's own. */
  readonly api_key?: Secret | readonly Secret[];
  /** Tokens of prompt and answer together that the server makes room for. */
  readonly num_ctx?: number;
  /** A duration such as `30m`, or seconds; negative for ever. */
  readonly keep_alive?: string | number;
  readonly think?: Think;
  readonly truncate?: boolean;
  readonly tools_stream?: boolean;
  readonly format_with_tools?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

const text = { type: 'string', minLength: 1 } as const;

/** The one place where the defaults are written. */
export const ollamaSchema = {
  type: 'object',
  properties: {
    base_url: {
      ...text,
      format: 'uri',
      default: 'http://127.0.0.1:11434',
      description: 'Address of the server, without /api; https://ollama.com for the hosted models.',
    },
    api_key: {
      anyOf: [text, { type: 'array', items: text, minItems: 1 }],
      description: 'Sent as "Authorization: Bearer". Several take turns. Only ollama.com wants one.',
    },
    num_ctx: {
      type: 'integer',
      minimum: 1,
      description:
        "Tokens of prompt and answer together. The server's own default is small, and a prompt that is longer loses its beginning.",
    },
    keep_alive: {
      anyOf: [text, { type: 'integer' }],
      description: 'How long a model stays loaded after a request: 30m, seconds, or -1 for ever.',
    },
    think: {
      anyOf: [{ type: 'boolean' }, { enum: ['low', 'medium', 'high', 'max'] }],
      description: 'Sent for requests that say nothing about reasoning. Words are for models that take them.',
    },
    truncate: {
      type: 'boolean',
      // A prompt without its beginning has lost its instructions, and nobody is told.
      default: false,
      description:
        'Whether the server may cut a prompt that is too long. Servers from before the field cut it anyway.',
    },
    tools_stream: {
      type: 'boolean',
      default: true,
      description:
        'Whether to stream when tools are offered. Set it to false for versions that lose calls on streams: answers come whole then.',
    },
    format_with_tools: {
      type: 'boolean',
      // Ollama makes the model write JSON from the first token on: it could call nothing.
      default: false,
      description:
        'Whether the server takes tools and JSON output in one request, as ollama.com does. Otherwise it is refused.',
    },
    headers: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Further headers for every request.',
    },
  },
} as const satisfies JsonSchema;
