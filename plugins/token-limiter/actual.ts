import {
  type Models,
  type Target,
  type TraceAttempt,
  totalInputTokens,
  type Usage,
} from '../../sdk/index.ts';
import type { Prices } from '../../sdk/prices.ts';
import type { Quantity } from './quantity.ts';

/** What a request used in the end, by quantity; whole numbers. */
export type Actual = Readonly<Record<Quantity, number>> & {
  /** Counted by the gateway: it may be above what is possible. */
  readonly estimated: boolean;
};

/** Nothing but the request itself was used. */
export const onlyCounted: Actual = Object.freeze({
  requests: 1,
  concurrent: 0,
  tokens: 0,
  input_tokens: 0,
  output_tokens: 0,
  usd: 0,
  estimated: false,
});

/** What was held and not used. */
export const nothing: Actual = Object.freeze({ ...onlyCounted, requests: 0 });

/** Far above any answer, far below where sums lose digits. */
const mostTokens = 1e12;

/**
 * What attempts of a request used, all of them together, as the ledger books it.
 *
 * @param known a target that was asked, so that it need not be looked up by name.
 */
export function actualOf(
  attempts: readonly TraceAttempt[],
  models: Models,
  prices: Prices,
  known: Target | null,
): Actual {
  let all = onlyCounted;
  for (const attempt of attempts) {
    if (attempt.usage === null) continue;
    const used = usedBy(attempt, attempt.usage, models, prices, known);
    all = all === onlyCounted ? used : sum(all, used);
  }
  return all;
}

/** What one attempt used. */
export function usedBy(
  attempt: TraceAttempt,
  given: Usage,
  models: Models,
  prices: Prices,
  known: Target | null,
): Actual {
  const usage = clean(given);
  const input = totalInputTokens(usage);
  const target = known?.id === attempt.target ? known : models.resolve(attempt.target)?.[0];
  const cost =
    target === undefined
      ? null
      : prices.cost(target, usage, attempt.serviceTier ?? undefined, attempt.durationMs ?? undefined);
  return {
    requests: 1,
    concurrent: 0,
    tokens: input + usage.outputTokens,
    input_tokens: input,
    output_tokens: usage.outputTokens,
    usd: cost?.totalNanoUsd ?? 0,
    estimated: usage.estimated,
  };
}

/** What two attempts of one request used together. */
export function sum(a: Actual, b: Actual): Actual {
  return {
    requests: 1,
    concurrent: 0,
    tokens: a.tokens + b.tokens,
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    usd: Math.min(a.usd + b.usd, Number.MAX_SAFE_INTEGER),
    estimated: a.estimated && b.estimated,
  };
}

/** A provider's counts as counts: a negative one or a fraction must not stop the settlement. */
function clean(usage: Usage): Usage {
  const outputTokens = whole(usage.outputTokens);
  return {
    inputTokens: whole(usage.inputTokens),
    cacheReadTokens: whole(usage.cacheReadTokens),
    cacheWrite5mTokens: whole(usage.cacheWrite5mTokens),
    cacheWrite1hTokens: whole(usage.cacheWrite1hTokens),
    outputTokens,
    reasoningTokens: Math.min(whole(usage.reasoningTokens), outputTokens),
    estimated: usage.estimated,
  };
}

function whole(tokens: number): number {
  return tokens > 0 ? Math.min(Math.round(tokens), mostTokens) : 0;
}
