import type { Models, Target, TraceAttempt, Usage } from '../../sdk/index.ts';
import type { LedgerCost } from '../../sdk/ledger.ts';
import type { Prices } from '../../sdk/prices.ts';

/** In place of a price table's version where nobody knows the price: a cost of 0 that is not free. */
export const unpriced = 'unpriced';

/** No provider was paid. */
export function noCost(prices: Prices): LedgerCost {
  return {
    inputNanoUsd: 0,
    outputNanoUsd: 0,
    totalNanoUsd: 0,
    savedNanoUsd: 0,
    priceTableVersion: prices.version,
  };
}

/** What one attempt cost. */
export function attemptCost(target: Target, usage: Usage, attempt: TraceAttempt, prices: Prices): LedgerCost {
  const cost = prices.cost(target, usage, attempt.serviceTier ?? undefined, attempt.durationMs ?? undefined);
  return cost === null
    ? { ...noCost(prices), priceTableVersion: unpriced }
    : {
        inputNanoUsd: cost.inputNanoUsd,
        outputNanoUsd: cost.outputNanoUsd,
        totalNanoUsd: cost.totalNanoUsd,
        savedNanoUsd: 0,
        priceTableVersion: cost.priceTableVersion,
      };
}

/**
 * What the answer of a cache would have cost at a provider: at the target of the alias that is the model which once
 * gave it, else at the alias's first one.
 */
export function savedCost(
  alias: string,
  model: string | null,
  usage: Usage | null,
  models: Models,
  prices: Prices,
): LedgerCost {
  const targets = models.resolve(alias) ?? [];
  const target = targets.find((one) => one.model === model || one.id === model) ?? targets[0];
  if (target === undefined || usage === null) return noCost(prices);
  const cost = prices.cost(target, usage);
  if (cost === null) return { ...noCost(prices), priceTableVersion: unpriced };
  return { ...noCost(prices), savedNanoUsd: cost.totalNanoUsd, priceTableVersion: cost.priceTableVersion };
}

/** The target that an attempt went to, also one that the configuration no longer has. */
export function targetOf({ target: id, provider }: TraceAttempt, models: Models): Target {
  const known = models.resolve(id)?.[0];
  if (known !== undefined) return known;
  const model = id.slice(id.indexOf('/') + 1);
  return { id, provider, kind: '', model, vendor: '', tier: 'standard', region: '', weight: 1 };
}
