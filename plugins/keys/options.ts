import type { JsonSchema } from '../../sdk/index.ts';

/** One tenant, as the file has it. Money is nano-dollars once the schema has read it. */
export interface TenantOptions {
  readonly plan: string;
  readonly region: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly allowed_models: readonly string[];
  readonly rpm?: number;
  readonly tpm?: number;
  readonly max_parallel_requests?: number;
  readonly daily_token_cap?: number;
  readonly max_budget?: number;
  readonly budget_duration?: string;
  readonly cache: boolean;
}

/** Options of the file that configures the plugin. */
export interface KeysOptions {
  readonly required: 'auto' | boolean;
  readonly require_tenant: boolean;
  readonly tenants: Readonly<Record<string, TenantOptions>>;
}

const count = { type: 'integer', minimum: 0 } as const;

const tenant = {
  type: 'object',
  additionalProperties: false,
  properties: {
    plan: { type: 'string', default: '' },
    region: { type: 'string', default: '' },
    labels: { type: 'object', additionalProperties: { type: 'string' }, default: {} },
    allowed_models: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      default: [],
      description: 'Globs over aliases and provider/model. Empty allows all.',
    },
    rpm: { ...count, description: 'Requests a minute, all keys together.' },
    tpm: { ...count, description: 'Tokens a minute, in and out.' },
    max_parallel_requests: count,
    daily_token_cap: { ...count, description: 'Tokens a calendar day in UTC.' },
    max_budget: { type: ['string', 'number'], convert: 'nano_usd', description: 'Money, such as $100.' },
    budget_duration: {
      type: 'string',
      minLength: 1,
      description: '30d, 24h, or 1d, 1w, 1mo for calendar windows in UTC. Without it the budget is for ever.',
    },
    cache: { type: 'boolean', default: true },
  },
} as const satisfies JsonSchema;

/** The one place where the defaults are written. */
export const keysSchema = {
  type: 'object',
  properties: {
    required: {
      enum: ['auto', true, false],
      default: 'auto',
      description:
        'Whether a key is needed. auto: wherever a master key is set; without one any request passes, and a virtual key counts where one comes.',
    },
    require_tenant: { type: 'boolean', default: false, description: 'Refuse requests of no tenant.' },
    tenants: { type: 'object', additionalProperties: tenant, default: {} },
  },
} as const satisfies JsonSchema;
