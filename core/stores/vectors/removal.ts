import { checkFilter, type PurgeFilter } from '../purge-log.ts';
import type { LanceName, LanceRemoval } from './lance-message.ts';

/** What a row of the log says. What cannot be understood, of a newer gateway perhaps, may have been any removal. */
export function removalOf(text: string): LanceRemoval {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) {
      if ('purge' in value) return { purge: filterOf(value.purge) };
      if ('removed' in value) return { removed: namesOf(value.removed) };
      if ('recalled' in value) return { recalled: namesOf(value.recalled) };
    }
  } catch {
    // As below.
  }
  return { purge: { all: true } };
}

function filterOf(value: unknown): PurgeFilter {
  const { namespace, tenant, tag, all, ...more } = value as Record<string, unknown>;
  const texts = { namespace, tenant, tag };
  for (const text of Object.values(texts)) {
    if (text !== undefined && typeof text !== 'string') throw new TypeError('expected a text');
  }
  // A condition more would take less: without knowing it, all is taken.
  if (Object.keys(more).length > 0) throw new TypeError('expected only what is known');
  const filter = value as PurgeFilter;
  if (all !== undefined && all !== true) throw new TypeError('expected all to be true');
  checkFilter(filter);
  return filter;
}

function namesOf(value: unknown): readonly LanceName[] {
  const isName = (one: unknown): one is LanceName =>
    Array.isArray(one) && one.length === 2 && one.every((text) => typeof text === 'string');
  if (!Array.isArray(value) || !value.every(isName)) throw new TypeError('expected names');
  return value;
}
