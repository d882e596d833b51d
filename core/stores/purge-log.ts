import type { Clock } from '../../sdk/services.ts';

/** Entries for which all that is named holds. */
export interface PurgeFilter {
  readonly namespace?: string;
  readonly tenant?: string;
  readonly tag?: string;
  readonly all?: true;
}

/** What a filter looks at. */
export interface Purgeable {
  readonly namespace?: string;
  readonly tenant: string | null;
  readonly tags?: readonly string[];
}

/** Work that takes longer than this is not checked against purges made meanwhile. */
const rememberMs = 3_600_000;
/** More purges than this within an hour count as a purge of everything that was under way. */
const maxRemembered = 1000;

/** @throws RangeError where a filter names nothing. */
export function checkFilter(filter: PurgeFilter): void {
  const { namespace, tenant, tag, all } = filter;
  if (namespace === undefined && tenant === undefined && tag === undefined && all !== true) {
    throw new RangeError('expected what to purge: a tenant, a tag, a namespace or all');
  }
}

export function matches(filter: PurgeFilter, entry: Purgeable): boolean {
  return (
    (filter.namespace === undefined || filter.namespace === entry.namespace) &&
    (filter.tenant === undefined || filter.tenant === entry.tenant) &&
    (filter.tag === undefined || entry.tags?.includes(filter.tag) === true)
  );
}

interface Purge {
  readonly atMs: number;
  readonly moment: number;
  readonly filter: PurgeFilter;
}

/** Remembers purges, so that answers which were being made or read meanwhile do not come back. */
export class PurgeLog {
  readonly #clock: Clock;
  #purges: Purge[] = [];
  /** Everything that began before was purged, as far as is known. */
  #all = { atMs: Number.NEGATIVE_INFINITY, moment: 0 };
  /** Counts what happened; for `since`. */
  #moment = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The present moment: greater than those of all that happened before. */
  next(): number {
    this.#moment += 1;
    return this.#moment;
  }

  add(filter: PurgeFilter): void {
    const purge: Purge = { atMs: this.#clock.monotonic(), moment: this.next(), filter };
    if (this.#purges.length >= maxRemembered) {
      this.#purges = this.#purges.filter(({ atMs }) => purge.atMs - atMs <= rememberMs);
    }
    if (this.#purges.length >= maxRemembered) {
      this.#all = purge;
      this.#purges = [];
    }
    this.#purges.push(purge);
  }

  /** True where an entry on which work began `ageMs` ago was purged since. */
  purged(entry: Purgeable, ageMs: number): boolean {
    const beganMs = this.#clock.monotonic() - ageMs;
    if (beganMs < this.#all.atMs) return true;
    for (let at = this.#purges.length - 1; at >= 0; at -= 1) {
      const { atMs, filter } = this.#purges[at]!;
      if (atMs <= beganMs) return false;
      if (matches(filter, entry)) return true;
    }
    return false;
  }

  /** True where an entry was purged after a moment. */
  purgedSince(entry: Purgeable, moment: number): boolean {
    if (moment < this.#all.moment) return true;
    for (let at = this.#purges.length - 1; at >= 0; at -= 1) {
      const purge = this.#purges[at]!;
      if (purge.moment <= moment) return false;
      if (matches(purge.filter, entry)) return true;
    }
    return false;
  }
}
