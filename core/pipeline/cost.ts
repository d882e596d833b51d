import { usdText } from '../reports/money.ts';
import type { Exchange } from './exchange.ts';

/**
 * What the attempts of a request cost so far, in dollars as text; null where the price of one is not known. What plugins
 * asked models meanwhile is not part of it.
 */
export function costText(x: Exchange): string | null {
  const { models } = x.services;
  const { prices } = x.options.program;
  let nanoUsd = 0;
  for (const { target, usage, serviceTier, durationMs } of x.recorder.attempts) {
    if (usage === null) continue;
    const known = target === x.target?.id ? x.target : models.resolve(target)?.[0];
    const cost = known && prices.cost(known, usage, serviceTier ?? undefined, durationMs ?? undefined);
    if (cost == null) return null;
    nanoUsd += cost.totalNanoUsd;
  }
  return usdText(nanoUsd);
}
