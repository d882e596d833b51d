import type { Json } from '../../../sdk/json.ts';
import type { JsonSchema } from '../../../sdk/plugin.ts';
import type { Secret } from '../../../sdk/secret.ts';

/** Options of the kind `gemini`, as `gateway.yaml` has them. */
export interface GeminiOptions {
  readonly base_url?: string;
  /** One key, or several that take turns. */
  readonly api_key?: Secret | readonly Secret[];
  /** An access token of Google Cloud, for Vertex AI. */
  readonly token?: Secret;
  readonly headers?: Readonly<Record<string, string>>;
  readonly api_version?: string;
  /** Sent as `safetySettings`, as they are. */
  readonly safety_settings?: readonly Json[];
}

const text = { type: 'string', minLength: 1 } as const;

/** The one place where the defaults are written. */
export const geminiSchema = {
  type: 'object',
  properties: {
    base_url: {
      ...text,
      format: 'uri',
      default: 'https://generativelanguage.googleapis.com',
      description:
        'Address with or without the version; for Vertex AI up to .../projects/P/locations/L/publishers/google.',
    },
    api_key: {
      anyOf: [text, { type: 'array', items: text, minItems: 1 }],
      description: 'Sent as x-goog-api-key. Several take turns.',
    },
    token: { ...text, description: 'Sent as "Authorization: Bearer" in place of a key, for Vertex AI.' },
    headers: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Further headers for every request.',
    },
    api_version: {
      ...text,
      pattern: '^v[0-9][0-9a-z]*$',
      // The stable version lacks tools, instructions and JSON schema.
      default: 'v1beta',
      description: 'Version of the API, where base_url names none.',
    },
    safety_settings: {
      type: 'array',
      items: { type: 'object' },
      description: 'Sent with every request as safetySettings: [{ category: ..., threshold: ... }].',
    },
  },
} as const satisfies JsonSchema;
