import { matches, type Purgeable, type PurgeLog } from '../purge-log.ts';
import type { WriteQueue } from './write-queue.ts';

/** What is read of a row before anybody may see it. Tenant is empty where it has none. */
export interface ReadRow {
  readonly id: string;
  readonly tenant: string;
  readonly tags: readonly string[];
}

const maxRemembered = 100_000;

/** Rows that a reading may still find in the durable store, and that were removed or purged since. */
export class HiddenRows {
  readonly #purges: PurgeLog;
  readonly #queue: WriteQueue;
  /** The moments at which entries were removed, the oldest first: reading them may be under way. */
  readonly #removed = new Map<string, number>();

  constructor(purges: PurgeLog, queue: WriteQueue) {
    this.#purges = purges;
    this.#queue = queue;
  }

  /** A reading under way does not bring it back. */
  hide(namespace: string, id: string): void {
    const key = keyOf(namespace, id);
    this.#removed.delete(key);
    this.#removed.set(key, this.#purges.next());
    for (const key of this.#removed.keys()) {
      if (this.#removed.size <= maxRemembered) break;
      this.#removed.delete(key);
    }
  }

  /** It was added again. */
  show(namespace: string, id: string): void {
    this.#removed.delete(keyOf(namespace, id));
  }

  /** True for a row that was removed or purged since reading it began, or before, with that not durable yet. */
  has(namespace: string, row: ReadRow, since: number): boolean {
    const removed = this.#removed.get(keyOf(namespace, row.id));
    if (removed !== undefined && removed > since) return true;
    if (this.#queue.removing(namespace, row.id)) return true;
    const entry = purgeable(namespace, row);
    return (
      this.#purges.purgedSince(entry, since) || this.#queue.purges.some((filter) => matches(filter, entry))
    );
  }

  /** True for a row that was purged since reading it began: what is there now nobody knows. */
  purgedSince(namespace: string, row: ReadRow, since: number): boolean {
    return this.#purges.purgedSince(purgeable(namespace, row), since);
  }
}

function keyOf(namespace: string, id: string): string {
  return `${namespace}\0${id}`;
}

function purgeable(namespace: string, { tenant, tags }: ReadRow): Purgeable {
  return { namespace, tenant: tenant === '' ? null : tenant, tags };
}
