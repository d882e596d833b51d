import type { JsonSchema } from '../../../sdk/plugin.ts';
import type { Secret } from '../../../sdk/secret.ts';

/** Guardrail that every request of the provider goes through. */
export interface GuardrailOptions {
  /** Id or ARN. */
  readonly identifier: string;
  /** A number, or `DRAFT`. */
  readonly version: string;
  readonly trace?: 'enabled' | 'disabled' | 'enabled_full';
}

/** Options of the kind `bedrock`, as `gateway.yaml` has them. */
export interface BedrockOptions {
  /** Where requests go and what they are signed for, such as `us-east-1`. */
  readonly region?: string;
  readonly access_key_id?: Secret;
  readonly secret_access_key?: Secret;
  readonly session_token?: Secret;
  /** Bedrock API keys, sent as bearer tokens instead of a signature; several take turns. */
  readonly api_key?: Secret | readonly Secret[];
  /** Profile of AWS's own configuration files. */
  readonly profile?: string;
  readonly base_url?: string;
  readonly invoke?: boolean;
  readonly betas?: readonly string[];
  readonly base_models?: Readonly<Record<string, string>>;
  readonly guardrail?: GuardrailOptions;
  readonly headers?: Readonly<Record<string, string>>;
}

const text = { type: 'string', minLength: 1 } as const;

/** The one place where the defaults are written. */
export const bedrockSchema = {
  type: 'object',
  properties: {
    region: {
      type: 'string',
      description: 'AWS region, such as us-east-1: where requests go and what they are signed for.',
    },
    access_key_id: { ...text, description: 'Access key. Without it: the default chain of the AWS SDKs.' },
    secret_access_key: { ...text, description: 'Belongs to access_key_id.' },
    session_token: { ...text, description: 'Belongs to access_key_id, for temporary credentials.' },
    api_key: {
      anyOf: [text, { type: 'array', items: text, minItems: 1 }],
      description:
        'Bedrock API key, sent as "Authorization: Bearer" instead of a signature. Several take turns.',
    },
    profile: { ...text, description: "Profile of AWS's own configuration files." },
    base_url: {
      ...text,
      format: 'uri',
      description: 'Address of a VPC endpoint or a proxy. Requests are signed for its host.',
    },
    invoke: {
      type: 'boolean',
      // Converse is what all models have in common; Claude's own format keeps what Converse has no place for.
      default: false,
      description:
        "Sends messages requests for Claude as they are, in Claude's own format, over InvokeModel.",
    },
    betas: {
      type: 'array',
      items: text,
      uniqueItems: true,
      // What AWS documents for Claude's messages; Bedrock refuses requests that name any other.
      default: [
        'computer-use-2025-01-24',
        'token-efficient-tools-2025-02-19',
        'interleaved-thinking-2025-05-14',
        'output-128k-2025-02-19',
        'dev-full-thinking-2025-05-14',
        'context-1m-2025-08-07',
        'context-management-2025-06-27',
        'effort-2025-11-24',
        'tool-search-tool-2025-10-19',
        'tool-examples-2025-10-29',
      ],
      description: "Flags of the client's anthropic-beta header that are passed on to Claude.",
    },
    base_models: {
      type: 'object',
      additionalProperties: text,
      description: 'Model id behind an ARN that does not name it, such as an application inference profile.',
    },
    guardrail: {
      type: 'object',
      required: ['identifier', 'version'],
      additionalProperties: false,
      properties: {
        identifier: { ...text, description: 'Id or ARN of the guardrail.' },
        version: { ...text, description: 'Its version: a number in quotes, or DRAFT.' },
        trace: { enum: ['enabled', 'disabled', 'enabled_full'], description: 'Whether answers explain it.' },
      },
      description: 'Guardrail that every conversation goes through.',
    },
    headers: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Further headers for every request. They are not signed.',
    },
  },
} as const satisfies JsonSchema;
