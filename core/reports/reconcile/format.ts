/** How tokens are counted on invoices: disjoint. Cached input is no `input`. */
export type TokenClass = 'input' | 'cache_read' | 'cache_write' | 'output';

export const tokenClasses: readonly TokenClass[] = ['input', 'cache_read', 'cache_write', 'output'];

/** The columns of one kind of export. */
export interface InvoiceFormat {
  readonly name: string;
  /** Whose invoice it is; also what people usually call the provider. */
  readonly vendor: 'openai' | 'anthropic';
  readonly title: string;
  /** Where the columns are from. */
  readonly source: string;
  /** Columns by which the format is known; none of another format has them all. */
  readonly known: readonly string[];
  /** The day; `iso` begins with `2026-01-31`, `seconds` counts since the epoch. */
  readonly day: { readonly column: string; readonly as: 'iso' | 'seconds' };
  readonly model: string;
  /** Columns that may name the key, the best first. */
  readonly keys: readonly string[];
  readonly requests?: string;
  /** Token counts by column, for exports of usage. A `minus` is what the column counts besides its own class. */
  readonly tokens?: Readonly<
    Partial<Record<TokenClass, readonly { readonly column: string; readonly minus?: readonly string[] }[]>>
  >;
  /** For exports of costs: one line for each class. */
  readonly cost?: {
    readonly amount: string;
    readonly currency?: string;
    /** What tells the class and, in `item`, also the model. */
    readonly line: { readonly column: string; readonly as: 'token_type' | 'item' };
    /** Tokens of the line, where `unit` says that it counts tokens. */
    readonly quantity?: { readonly column: string; readonly unit: string };
    /** Amounts are rounded to so many nano-dollars. */
    readonly roundedToNanoUsd: number;
  };
}

/** Names of token classes in the column `token_type` of Anthropic's cost export. */
export const tokenTypes: Readonly<Record<string, TokenClass>> = {
  input_no_cache: 'input',
  input_cache_read: 'cache_read',
  input_cache_write_5m: 'cache_write',
  input_cache_write_1h: 'cache_write',
  output: 'output',
  // The names of the cost report of the Admin API, for exports made from it.
  uncached_input_tokens: 'input',
  cache_read_input_tokens: 'cache_read',
  'cache_creation.ephemeral_5m_input_tokens': 'cache_write',
  'cache_creation.ephemeral_1h_input_tokens': 'cache_write',
  output_tokens: 'output',
};

/** What stands behind the model in `line_item` of OpenAI's costs, such as `gpt-5-mini-2025-08-07, cached input`. */
export const lineItems: Readonly<Record<string, TokenClass>> = {
  input: 'input',
  input_tokens: 'input',
  'cached input': 'cache_read',
  cached_input_tokens: 'cache_read',
  'cache writes': 'cache_write',
  output: 'output',
  output_tokens: 'output',
};

/**
 * The exports that are understood. All of them count days in UTC.
 *
 * OpenAI: the names are those of the Usage and Costs APIs (platform.openai.com/docs/api-reference/usage), the dashboard's
 * export flattens their buckets and adds `_iso` times (help.openai.com/en/articles/8554956). Anthropic: the Console's
 * exports (support.claude.com/en/articles/9534590), their meaning as in the Usage and Cost API
 * (platform.claude.com/docs/en/api/admin/cost_report).
 */
export const invoiceFormats: readonly InvoiceFormat[] = [
  {
    name: 'openai-usage',
    vendor: 'openai',
    title: "OpenAI's usage export (Activity: completions, embeddings)",
    source: 'platform.openai.com/docs/api-reference/usage; header of an export of October 2025',
    known: ['start_time', 'num_model_requests', 'model', 'input_tokens'],
    day: { column: 'start_time', as: 'seconds' },
    model: 'model',
    keys: ['api_key_id'],
    requests: 'num_model_requests',
    tokens: {
      // "The aggregated number of input tokens used, including cached and cache-write tokens."
      input: [{ column: 'input_tokens', minus: ['input_cached_tokens', 'input_cache_write_tokens'] }],
      cache_read: [{ column: 'input_cached_tokens' }],
      cache_write: [{ column: 'input_cache_write_tokens' }],
      output: [{ column: 'output_tokens' }],
    },
  },
  {
    name: 'openai-costs',
    vendor: 'openai',
    title: "OpenAI's cost export (Spend, grouped by line item)",
    source: 'platform.openai.com/docs/api-reference/usage/costs; header of an export of September 2026',
    known: ['start_time', 'amount_value', 'line_item'],
    day: { column: 'start_time', as: 'seconds' },
    model: 'line_item',
    keys: ['api_key_id'],
    cost: {
      amount: 'amount_value',
      currency: 'amount_currency',
      line: { column: 'line_item', as: 'item' },
      quantity: { column: 'quantity', unit: 'quantity_unit' },
      roundedToNanoUsd: 1,
    },
  },
  {
    name: 'anthropic-usage',
    vendor: 'anthropic',
    title: "Anthropic's usage export",
    source: 'support.claude.com/en/articles/9534590; header of an export of March 2026',
    known: ['usage_date_utc', 'model_version', 'usage_input_tokens_no_cache', 'usage_output_tokens'],
    day: { column: 'usage_date_utc', as: 'iso' },
    model: 'model_version',
    keys: ['api_key_id', 'api_key'],
    tokens: {
      input: [{ column: 'usage_input_tokens_no_cache' }],
      cache_read: [{ column: 'usage_input_tokens_cache_read' }],
      cache_write: [
        { column: 'usage_input_tokens_cache_write_5m' },
        { column: 'usage_input_tokens_cache_write_1h' },
        // Before writes of an hour.
        { column: 'usage_input_tokens_cache_write' },
      ],
      output: [{ column: 'usage_output_tokens' }],
    },
  },
  {
    name: 'anthropic-costs',
    vendor: 'anthropic',
    title: "Anthropic's cost export",
    source: 'support.claude.com/en/articles/9534590; header of an export of August 2026',
    known: ['usage_date_utc', 'model', 'token_type', 'cost_usd'],
    day: { column: 'usage_date_utc', as: 'iso' },
    model: 'model',
    keys: ['api_key_id', 'api_key'],
    cost: {
      amount: 'cost_usd',
      line: { column: 'token_type', as: 'token_type' },
      roundedToNanoUsd: 10_000_000,
    },
  },
];
