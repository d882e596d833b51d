import type { Models, Target } from '../../sdk/index.ts';
import type { Prices } from '../../sdk/prices.ts';
import { type Chain, nameOf } from './chains.ts';

/** What keeps a target from being asked as a fallback. */
export interface Restrictions {
  readonly sameVendor: boolean;
  readonly sameRegion: boolean;
  readonly hasCeiling: boolean;
}

/** A target of a chain that is never asked, whatever the request. */
export interface UnusedTarget {
  readonly chain: string;
  readonly target: string;
  readonly why: string;
}

/**
 * The targets of chains that the plugin's own options keep from ever being asked: what an owner wants to hear when the
 * file is loaded, and not on the day of the outage. Only alone-standing first targets are compared with: a group's first
 * is another one from request to request.
 */
export function unusedTargets(
  chains: Readonly<Record<string, Chain>>,
  { sameVendor, sameRegion, hasCeiling }: Restrictions,
  models: Models,
  prices: Prices,
): UnusedTarget[] {
  const unused: UnusedTarget[] = [];
  for (const [chain, entries] of Object.entries(chains)) {
    const start = models.resolve(nameOf(entries[0]!)) ?? [];
    const first = start[0];
    if (first === undefined || models.strategy(nameOf(entries[0]!)) !== 'ordered') continue;
    const why = (target: Target): string | null => {
      if (sameVendor && target.vendor !== first.vendor) {
        return `it is of another vendor (${target.vendor}) than ${first.id} (${first.vendor})`;
      }
      if (sameRegion && target.region !== first.region) {
        return `it is in another region (${target.region || 'unknown'}) than ${first.id} (${first.region || 'unknown'})`;
      }
      if (hasCeiling && prices.of(target) === null && prices.of(first) !== null) {
        return `its price is unknown, so cost_ceiling cannot be kept; give it a price, or set cost_ceiling: none`;
      }
      return null;
    };
    for (const entry of entries.slice(1)) {
      for (const target of models.resolve(nameOf(entry)) ?? []) {
        const reason = why(target);
        if (reason !== null) unused.push({ chain, target: target.id, why: reason });
      }
    }
  }
  return unused;
}
