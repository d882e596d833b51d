import type { Purgeable } from '../purge-log.ts';
import type { LanceVersion } from './lance-message.ts';
import type { Change } from './write-batch.ts';

interface Written extends Purgeable {
  readonly namespace: string;
  readonly id: string;
  /** What the row says, by the clock of the wall. */
  readonly addedAtMs: number;
  /** On the monotonic clock. */
  readonly writtenMs: number;
}

/** More than 1,500 a second nobody writes for half a minute; 10 MB. */
const maxWrites = 50_000;

/**
 * What this gateway wrote lately. It may have been added before another gateway's purge and written after it; when this
 * gateway hears of the purge, it goes.
 */
export class RecentWrites {
  /** By namespace and id; the oldest first. */
  readonly #writes = new Map<string, Written>();

  wrote(batch: ReadonlyMap<string, Change>, addedAtMs: number, writtenMs: number): void {
    for (const [key, { namespace, id, entry, recalled }] of batch) {
      this.#writes.delete(key);
      if (entry === null || recalled === true) continue;
      const { tenant, tags } = entry;
      this.#writes.set(key, { namespace, id, tenant, tags, addedAtMs, writtenMs });
    }
    for (const key of this.#writes.keys()) {
      if (this.#writes.size <= maxWrites) break;
      this.#writes.delete(key);
    }
  }

  /**
   * Takes out what is to go, as the durable store has it.
   *
   * @param keys of what may go; all by default.
   */
  take(goes: (written: Purgeable) => boolean, keys: Iterable<string> = this.#writes.keys()): LanceVersion[] {
    const taken: LanceVersion[] = [];
    for (const key of keys) {
      const written = this.#writes.get(key);
      if (written === undefined || !goes(written)) continue;
      this.#writes.delete(key);
      taken.push([written.namespace, written.id, written.addedAtMs]);
    }
    return taken;
  }

  /** Forgets what was written before a reading of the monotonic clock. */
  forget(beforeMs: number): void {
    for (const [key, { writtenMs }] of this.#writes) {
      if (writtenMs >= beforeMs) break;
      this.#writes.delete(key);
    }
  }
}
