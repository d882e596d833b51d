import type { Capacity } from './health.ts';

/** Rough class of a model by price and power, set per target in `gateway.yaml`. */
export type Tier = 'mini' | 'standard' | 'frontier';

/**
 * How a group chooses the first of its targets; the others follow as its fallbacks.
 * - `ordered`: as they are listed.
 * - `weighted`: by weight, the same one for the same session or user.
 * - `least-latency`: by the time to the first piece of an answer and the calls under way.
 * - `least-busy`: by the calls under way.
 * - `least-cost`: by the price of this request.
 */
export type Strategy = 'ordered' | 'weighted' | 'least-latency' | 'least-busy' | 'least-cost';

/** One model at one provider: where a request can be sent. */
export interface Target {
  /** `provider/model`, unique in the configuration. */
  readonly id: string;
  /** Name of the provider in `gateway.yaml`. */
  readonly provider: string;
  /** Kind of the provider, such as `openai`. */
  readonly kind: string;
  /** The model's name at the provider. */
  readonly model: string;
  /** Who makes the model, such as `anthropic` for Claude on Bedrock. */
  readonly vendor: string;
  readonly tier: Tier;
  /** Where the provider runs it, such as `eu`; '' where the configuration does not say. */
  readonly region: string;
  /** Share among the targets of a weighted group. */
  readonly weight: number;
  /** What it takes in a minute; absent where the configuration does not say. */
  readonly capacity?: Capacity;
}

/** What went wrong with an attempt, as far as routing needs to know. */
export type FailureKind =
  | 'connect'
  | 'timeout'
  | 'rate_limit'
  | 'overloaded'
  | 'server_error'
  | 'context_length'
  | 'content_filter'
  | 'auth'
  | 'not_found'
  | 'invalid_request'
  | 'unsupported'
  | 'malformed'
  | 'cut';

/** The failure kinds that usually pass: another try or another target may succeed. */
export const transientFailures: readonly FailureKind[] = [
  'connect',
  'timeout',
  'rate_limit',
  'overloaded',
  'server_error',
  'malformed',
  'cut',
];

/** The failure kinds after which another target is asked: those that pass, and those that are this target's own. */
export const movingFailures: readonly FailureKind[] = [
  ...transientFailures,
  'auth',
  'not_found',
  'unsupported',
];
