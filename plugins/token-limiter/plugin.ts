import { definePlugin } from '../../sdk/index.ts';
import { Limiter } from './limiter.ts';
import { schema, type TokenLimiterOptions } from './options.ts';
import { RequestState } from './request-state.ts';

/**
 * Rates, concurrency and hard budgets. The most that a request can use is held in every scope at once before it is sent,
 * and what it used is booked once when it is over, whatever way it ended. The limits of keys and tenants always apply;
 * `limits` adds more.
 *
 * @example
 * # policies/20-limits.yaml
 * plugin: token-limiter
 * limits:
 *   - { by: tenant, per: minute, requests: 300 }
 *   - { by: feature, per: day, usd: $20 }
 */
export const tokenLimiter = definePlugin({
  name: 'token-limiter',
  summary: 'Holds requests to their rates, token caps and budgets.',
  schema,
  secrets: ['warn_webhook'],
  needs: ['clock', 'counters', 'http', 'log', 'models', 'prices'],
  verbs: ['limit'],
  accounts: true,
  facts: ['budget', 'cost'],
  // What cannot be counted must not be spent.
  onFailure: 'closed',

  setup(options: TokenLimiterOptions, services, info) {
    const limiter = new Limiter(options, services, info);
    return {
      state: () => new RequestState(),
      onRequest: (ctx, state: RequestState) => limiter.onRequest(ctx, state),
      beforeUpstream: (ctx, state: RequestState) => limiter.beforeUpstream(ctx, state),
      settled: (ctx, state: RequestState) => limiter.settled(ctx, state),
      facts: limiter.facts,
      close: () => limiter.close(),
    };
  },
});
