import { isDeepStrictEqual } from 'node:util';
import type { ModelPrice } from '../../sdk/prices.ts';
import { lookUp, plainNames } from './look-up.ts';
import { type PriceTable, type TablePrice, toModelPrice } from './table-price.ts';

type Rows = Record<string, Record<string, TablePrice>>;

/**
 * Leaves out of a table what looking up derives from the rest: snapshots that cost what their plain name does, inference
 * profiles that cost what the model does, models that cost the same at Azure.
 *
 * @throws Error where a name would get another price than before: a fault of this code.
 */
export function shorten(full: PriceTable['models']): Rows {
  const rows: Rows = Object.fromEntries(
    Object.entries(full).map(([kind, models]) => [kind, { ...models, ...plainRows(models) }]),
  );
  // What one row is derived from may itself go in favour of another: until nothing goes any more.
  while (removeDerived(rows));
  for (const [kind, models] of Object.entries(full)) {
    for (const [name, price] of Object.entries(models)) {
      if (!sameAs(price, priceOf(rows, kind, name))) {
        throw new Error(`${kind} ${name} would not have its own price any more`);
      }
    }
  }
  return rows;
}

/** True where something was removed. */
function removeDerived(rows: Rows): boolean {
  let removed = false;
  for (const [kind, models] of Object.entries(rows)) {
    for (const name of Object.keys(models).toSorted((a, b) => b.length - a.length)) {
      const price = models[name]!;
      delete models[name];
      if (sameAs(price, priceOf(rows, kind, name))) removed = true;
      else models[name] = price;
    }
  }
  return removed;
}

/** Rows under the plain names of snapshots, where the source has none and all its snapshots cost the same. */
function plainRows(models: Readonly<Record<string, TablePrice>>): Record<string, TablePrice> {
  const byPlain = Map.groupBy(Object.entries(models), ([name]) => plainNames(name).at(-1)!);
  const result: Record<string, TablePrice> = {};
  for (const [plain, snapshots] of byPlain) {
    const [first, ...others] = snapshots.map(([, price]) => price);
    if (Object.hasOwn(models, plain) || others.some((price) => !isDeepStrictEqual(price, first))) continue;
    result[plain] = first!;
  }
  return result;
}

function priceOf(rows: Rows, kind: string, name: string): ModelPrice | null {
  const slash = name.indexOf('/');
  const target = { kind, model: name.slice(slash + 1), region: slash < 0 ? '' : name.slice(0, slash) };
  const found = lookUp(rows, target);
  return found ? toModelPrice(found) : null;
}

/** A source that does not know a tier does not deny it. */
function sameAs(price: TablePrice, other: ModelPrice | null): boolean {
  if (!other) return false;
  const { tiers, ...own } = toModelPrice(price);
  const { tiers: otherTiers, ...rest } = other;
  return (
    isDeepStrictEqual(own, rest) &&
    Object.entries(tiers).every(([name, tier]) => isDeepStrictEqual(tier, otherTiers[name]))
  );
}
