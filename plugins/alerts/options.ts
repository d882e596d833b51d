import type { JsonObject, JsonSchema, Secret } from '../../sdk/index.ts';

/** One event: from which value on, and for how long before anybody is told. */
export interface EventRule {
  /** A share, a factor or, for `latency`, milliseconds. For `cache_hits` it is told below it, else above it. */
  readonly threshold: number;
  readonly for: number;
}

export const eventNames = [
  'spend',
  'latency',
  'rate_limited',
  'cache_hits',
  'fallbacks',
  'provider_errors',
  'budget',
] as const;

export type EventName = (typeof eventNames)[number];

/** Options of the file. Times are milliseconds. The schema below has the defaults. */
export interface AlertsOptions {
  readonly webhook?: Secret;
  readonly runbooks: string;
  /** Events that nobody wants to hear of. */
  readonly off: readonly EventName[];
  readonly cooldown: number;
  readonly resolve_after: number;
  readonly min_requests: number;
  readonly min_usd: number;
  readonly spend: EventRule;
  readonly latency: EventRule;
  readonly rate_limited: EventRule;
  readonly cache_hits: EventRule;
  readonly fallbacks: EventRule;
  readonly provider_errors: EventRule;
  readonly budget: EventRule;
}

function duration(text: string): JsonObject {
  return { type: 'string', convert: 'ms', default: text };
}

function event(threshold: JsonObject, forText: string, description: string): JsonObject {
  return {
    type: 'object',
    properties: { threshold, for: duration(forText) },
    default: {},
    description,
  };
}

const share = (value: number): JsonObject => ({ type: 'number', minimum: 0, maximum: 1, default: value });
const factor = (value: number): JsonObject => ({ type: 'number', exclusiveMinimum: 0, default: value });

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    webhook: { type: 'string', minLength: 1, description: 'URL that understands Slack’s incoming webhooks.' },
    runbooks: {
      type: 'string',
      minLength: 1,
      default: 'docs/runbooks/',
      description: 'Where the runbooks are; an address makes them links.',
    },
    off: { type: 'array', items: { enum: [...eventNames] }, uniqueItems: true, default: [] },
    // As long as people need to look, and short enough to be reminded within a shift.
    cooldown: duration('1h'),
    // A value that swings around its threshold is one event.
    resolve_after: duration('5m'),
    // Shares of fewer requests say nothing.
    min_requests: { type: 'integer', minimum: 1, default: 20 },
    min_usd: { type: 'number', minimum: 0, default: 1 },
    spend: event(factor(1.2), '15m', 'A tenant’s last 24 hours over its average of the 7 days before.'),
    latency: event(
      { type: 'string', convert: 'ms', default: '3s' },
      '5m',
      '95th percentile of the time to the first piece of an answer, of 5 minutes.',
    ),
    rate_limited: event(share(0.05), '5m', 'Share of the requests of 5 minutes that ended with 429.'),
    cache_hits: event(share(0.05), '30m', 'Share of an hour’s requests that a cache answered.'),
    fallbacks: event(share(0.1), '5m', 'Share of the answers of 5 minutes that another target gave.'),
    provider_errors: event(share(0.01), '5m', 'Share of a provider’s calls of 5 minutes that failed.'),
    budget: event(share(0.8), '0s', 'Share of a budget that is used, as token-limiter warns of it.'),
  },
};
