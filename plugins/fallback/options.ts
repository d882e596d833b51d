import { type FailureKind, type JsonSchema, movingFailures } from '../../sdk/index.ts';

/** An entry of a chain: a name, or a name that is entered only after certain failures. */
export type ChainEntry = string | { readonly target: string; readonly on?: readonly FailureKind[] };

/** Options of the file that configures the plugin. The schema below has the defaults. Times are milliseconds once it has read them. */
export interface FallbackOptions {
  readonly chains: Readonly<Record<string, readonly ChainEntry[]>>;
  readonly on: readonly FailureKind[];
  readonly retry: {
    readonly max: number;
    readonly base: number;
    readonly cap: number;
    readonly ratio: number;
  };
  readonly timeouts: {
    readonly connect: number;
    readonly first_token: number;
    readonly stall: number;
    readonly total: number;
  };
  readonly breaker: {
    readonly consecutive: number;
    readonly error_ratio: number;
    readonly window: number;
    readonly min_calls: number;
    readonly cooldown: number;
  };
  readonly delay_budget: number;
  readonly cost_ceiling: string | number;
  readonly cross_vendor: 'tag' | 'never';
  readonly same_vendor: boolean;
  readonly same_region: boolean;
  readonly hedge?: { readonly after: number; readonly max_extra_cost: number; readonly with_tools: boolean };
  readonly client_lists: boolean;
  readonly aggregators: readonly string[];
}

/** Failures that a chain can move on after: those that it usually does, and the two that need another model. */
export const chainFailures: readonly FailureKind[] = [...movingFailures, 'context_length', 'content_filter'];

/** Entries of a chain: what is asked first, and the eight fallbacks that a plan takes. */
export const maxChainEntries = 9;

const time = (value: string, description: string): JsonSchema => ({
  type: 'string',
  convert: 'ms',
  default: value,
  description,
});

const failureList = (description: string): JsonSchema => ({
  type: 'array',
  items: { enum: chainFailures },
  minItems: 1,
  uniqueItems: true,
  description,
});

const entry: JsonSchema = {
  type: ['string', 'object'],
  minLength: 1,
  required: ['target'],
  properties: {
    target: { type: 'string', minLength: 1, description: 'Alias or provider/model.' },
    on: failureList('Only after these failures. Without it: after those of the whole chain.'),
  },
};

const group = (description: string, properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  properties,
  default: {},
  description,
});

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    chains: {
      type: 'object',
      additionalProperties: { type: 'array', items: entry, minItems: 1, maxItems: maxChainEntries },
      default: {},
      description: 'By alias, whom to ask in order.',
    },
    on: { ...failureList('Failures after which the next target is asked.'), default: movingFailures },
    retry: group('Tries of the same target, before the next one is asked.', {
      // One more in the usual case; the ratio keeps it from becoming an outage of its own.
      max: { type: 'integer', minimum: 0, maximum: 5, default: 2, description: 'Tries after the first.' },
      base: time('200ms', 'First wait at most; doubled with every retry, drawn from 0.'),
      cap: time('5s', 'Longest wait.'),
      ratio: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0.1,
        description: 'Retries as a share of the requests to a target.',
      },
    }),
    timeouts: group('Limits of one attempt.', {
      connect: time('3s', 'To get a connection.'),
      first_token: time('30s', 'To the first piece of a streamed answer.'),
      stall: time('20s', 'Between two pieces.'),
      total: time('300s', 'For the whole attempt.'),
    }),
    breaker: group('When a target is left alone.', {
      consecutive: {
        type: 'integer',
        minimum: 1,
        maximum: 1000,
        default: 5,
        description: 'Failures in a row that open it.',
      },
      error_ratio: {
        type: 'number',
        exclusiveMinimum: 0,
        maximum: 1,
        default: 0.5,
        description: 'Share of failures within the window that opens it.',
      },
      window: time('30s', 'How far back the share looks.'),
      min_calls: {
        type: 'integer',
        minimum: 1,
        maximum: 10_000,
        // A share of fewer says little.
        default: 20,
        description: 'Calls within the window before the share counts.',
      },
      cooldown: time('10s', 'How long it stays open before one call may probe.'),
    }),
    delay_budget: time('60s', 'No retry and no other target begins later than this after the first attempt.'),
    cost_ceiling: {
      type: ['string', 'number'],
      default: '5x',
      description: 'What a fallback may cost, in times of the first target; none for no ceiling.',
    },
    cross_vendor: {
      enum: ['tag', 'never'],
      default: 'tag',
      description: 'Whether another vendor may answer than the first target’s.',
    },
    same_vendor: {
      type: 'boolean',
      default: false,
      description: 'Only targets of the first target’s vendor; the same as cross_vendor: never.',
    },
    same_region: {
      type: 'boolean',
      default: false,
      description: 'Only targets in the first target’s region.',
    },
    hedge: {
      type: 'object',
      properties: {
        after: time('2s', 'How long the first attempt may be silent.'),
        max_extra_cost: {
          type: 'number',
          exclusiveMinimum: 0,
          maximum: 1,
          default: 0.03,
          description: 'Hedged requests as a share of all.',
        },
        with_tools: {
          type: 'boolean',
          // A call that two models make may take effect twice.
          default: false,
          description: 'Also requests that offer tools.',
        },
      },
      description: 'A second attempt beside a slow first one; off unless given.',
    },
    client_lists: {
      type: 'boolean',
      default: true,
      description: 'Whether clients may name fallbacks in the body.',
    },
    aggregators: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      default: ['openrouter'],
      description: 'Providers at which a client list may name the provider’s own models.',
    },
  },
};
