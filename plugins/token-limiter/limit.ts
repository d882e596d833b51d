import type { Calendar } from './calendar.ts';
import { type LimitSource, Meter } from './meter.ts';
import type { LimitOptions } from './options.ts';
import { type Period, type Quantity, quantities, ratePeriodsMs, type Scope } from './quantity.ts';
import { keyPart } from './scope.ts';

/** One limit of one quantity, as far as it is the same for all requests. */
export interface Limit {
  readonly quantity: Quantity;
  readonly by: Scope;
  readonly per: Period | null;
  readonly limit: number;
  readonly kind: 'budget' | 'rate' | 'concurrent';
  readonly periodMs: number;
  readonly warnFrom: number;
  /** Around the scope's id they make the key; the window of a budget comes in between. */
  readonly keyHead: string;
  readonly keyTail: string;
}

/** An entry of `limits`, or what a policy says in `limit()`. */
export interface LimitEntry extends Readonly<Partial<Record<Quantity, number>>> {
  readonly by: Scope;
  readonly per?: Period;
}

/** Most reservations that the counters take at once, and what keys and tenants may bring. */
export const maxReservations = 64;
const identityReservations = 12;

/**
 * Reads `limits`. Of entries that count the same the lowest holds, which is what all of them together say.
 *
 * @param tag of the file whose limits they are: files count for themselves.
 * @throws Error in words for the owner of the file.
 */
export function readLimits(entries: readonly LimitOptions[], tag: string, warnAt: number): readonly Limit[] {
  const byKey = new Map<string, Limit>();
  for (const [index, entry] of entries.entries()) {
    const named = quantities.filter((quantity) => entry[quantity] !== undefined);
    if (named.length === 0) {
      throw new Error(`limits[${index}]: expected at least one of ${quantities.join(', ')}; came none`);
    }
    for (const quantity of named) {
      if (entry.per === undefined && quantity !== 'concurrent') {
        throw new Error(`limits[${index}]: ${quantity} needs "per", such as per: minute; came none`);
      }
      const limit = toLimit(quantity, entry, tag, warnAt);
      const key = `${limit.keyHead}${limit.keyTail}`;
      const other = byKey.get(key);
      if (other === undefined || limit.limit < other.limit) byKey.set(key, limit);
    }
  }
  if (byKey.size + identityReservations > maxReservations) {
    const most = maxReservations - identityReservations;
    throw new Error(`limits: expected at most ${most} limits of single quantities; came ${byKey.size}`);
  }
  return [...byKey.values()];
}

/** The limit of one of an entry's quantities. @param tag tells counters of different owners apart. */
export function toLimit(quantity: Quantity, entry: LimitEntry, tag: string, warnAt: number): Limit {
  const limit = entry[quantity]!;
  const { by } = entry;
  const per = quantity === 'concurrent' ? null : entry.per!;
  // Money is never given back by time alone: its windows are the calendar's, the short ones too.
  const periodMs = per === null || quantity === 'usd' ? undefined : ratePeriodsMs[per];
  const kind = per === null ? 'concurrent' : periodMs === undefined ? 'budget' : 'rate';
  return {
    quantity,
    by,
    per,
    limit,
    kind,
    periodMs: periodMs ?? 0,
    warnFrom: warnFrom(limit, warnAt),
    keyHead: `${quantity}|${by}|`,
    keyTail: `${per === null ? '' : `|${per}`}|${tag}`,
  };
}

/** A share of a limit, in whole amounts. */
export function warnFrom(limit: number, share: number): number {
  return Math.ceil(limit * share);
}

/** Stands for a file in counters' keys: its name without the ending, hashed where that is long. */
export function fileTag(file: string): string {
  const name = file.replace(/\.\w+$/, '');
  const tag = keyPart(name);
  // `|` is in no plain name, so this hashes.
  return tag.length <= 24 ? tag : keyPart(`${name}|`).slice(0, 24);
}

/** A limit as it applies to one scope now. */
export function toMeter(
  limit: Limit,
  id: string,
  calendar: Calendar,
  nowMs: number,
  source: LimitSource | null = null,
): Meter {
  const { quantity, by, per, kind, periodMs } = limit;
  const window = kind === 'budget' ? calendar.window(per!, nowMs) : null;
  const tail = window === null ? limit.keyTail : `${limit.keyTail}|${window.name}`;
  return new Meter({
    quantity,
    by,
    id,
    per,
    window: window?.name ?? '',
    kind,
    key: limit.keyHead + id + tail,
    limit: limit.limit,
    periodMs,
    resetsAtMs: window?.resetsAtMs ?? null,
    warnFrom: limit.warnFrom,
    source,
  });
}
