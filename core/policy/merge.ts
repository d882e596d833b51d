import type { AttemptChanges } from '../../sdk/change.ts';
import type { Constraint } from '../../sdk/route.ts';
import type { Models } from '../../sdk/services.ts';

/** Both constraints at once: what each allows, never more. May end up allowing nothing. */
export function mergeConstraints(a: Constraint, b: Constraint, models: Models): Constraint {
  const region = both(a.region, b.region);
  const vendor = both(a.vendor, b.vendor);
  const tier = both(a.tier, b.tier);
  // An alias and one of its targets name the same thing, so names are compared as targets.
  const target =
    a.target !== undefined && b.target !== undefined
      ? both(targetIds(a.target, models), targetIds(b.target, models))
      : (a.target ?? b.target);
  return {
    ...(region === undefined ? undefined : { region }),
    ...(vendor === undefined ? undefined : { vendor }),
    ...(tier === undefined ? undefined : { tier }),
    ...(target === undefined ? undefined : { target }),
  };
}

function both<T>(a: readonly T[] | undefined, b: readonly T[] | undefined): readonly T[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.filter((one) => b.includes(one));
}

function targetIds(names: readonly string[], models: Models): string[] {
  return [...new Set(names.flatMap((name) => models.resolve(name)?.map(({ id }) => id) ?? [name]))];
}

/**
 * Changes of two rules, in their order: parameters and headers of the later one win, the lower output limit
 * holds, system texts are joined with a newline.
 */
export function mergeChanges(first: AttemptChanges, second: AttemptChanges): AttemptChanges {
  const merged: { -readonly [K in keyof AttemptChanges]: AttemptChanges[K] } = { ...first };
  if (second.params !== undefined) merged.params = { ...first.params, ...second.params };
  if (second.headers !== undefined) merged.headers = { ...first.headers, ...second.headers };
  if (second.maxOutputTokens !== undefined) {
    merged.maxOutputTokens = Math.min(first.maxOutputTokens ?? Infinity, second.maxOutputTokens);
  }
  if (second.system !== undefined) {
    const prepend = joined(first.system?.prepend, second.system.prepend);
    const append = joined(first.system?.append, second.system.append);
    merged.system = {
      ...(prepend === undefined ? undefined : { prepend }),
      ...(append === undefined ? undefined : { append }),
    };
  }
  return merged;
}

function joined(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || b === undefined ? (a ?? b) : `${a}\n${b}`;
}
