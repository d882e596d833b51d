import { aliasTaken } from '../../../core/keys/alias-taken.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import { type KeyChanges, type KeyRecord, type KeyStore, maxListedKeys } from '../../../sdk/keys.ts';

/** Keys in this process, shared by what stands for several gateways. Copies what it takes and gives, as a database does. */
export class MemoryKeys implements KeyStore {
  readonly #rows = new Map<string, { change: number; record: string | null; updatedAtMs: number }>();
  #last = 0;
  #forgotten = 0;
  readonly #page: number;
  /** Every method fails while it is set. */
  down = false;
  /** Waited for before and after each access: what happens meanwhile happens before or after it, never within. */
  pause: () => Promise<void> = async () => {};
  reads = 0;
  writes = 0;

  constructor(page = 3) {
    this.#page = page;
  }

  async #at<T>(access: () => T): Promise<T> {
    await this.pause();
    if (this.down)
      throw new GatewayError('store_unavailable', 'the key store is down', { retryAfterMs: 1000 });
    const result = access();
    await this.pause();
    return result;
  }

  get(hash: string): Promise<KeyRecord | null> {
    return this.#at(() => {
      const record = this.#rows.get(hash)?.record ?? null;
      return record === null ? null : (JSON.parse(record) as KeyRecord);
    });
  }

  list(offset: number, limit: number): Promise<readonly KeyRecord[]> {
    return this.#at(() =>
      this.all()
        .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.hash < b.hash ? -1 : 1))
        .slice(offset, offset + Math.min(limit, maxListedKeys)),
    );
  }

  put(record: KeyRecord, expected: number | null): Promise<boolean> {
    return this.#at(() => {
      const row = this.#rows.get(record.hash);
      const current = row === undefined || row.record === null ? null : row.updatedAtMs;
      if (current !== expected) return false;
      const { alias, hash, id } = record;
      if (
        alias !== null &&
        this.all().some((other) => other.alias === alias && other.hash !== hash && other.id !== id)
      )
        throw aliasTaken(alias);
      const updatedAtMs = Math.max(record.updatedAtMs, (expected ?? -1) + 1);
      this.#write(record.hash, JSON.stringify({ ...record, updatedAtMs }), updatedAtMs);
      return true;
    });
  }

  delete(hash: string): Promise<boolean> {
    return this.#at(() => {
      if ((this.#rows.get(hash)?.record ?? null) === null) return false;
      this.#write(hash, null, 0);
      return true;
    });
  }

  changes(mark: number): Promise<KeyChanges> {
    this.reads += 1;
    return this.#at(() => {
      const seen = Math.abs(mark);
      if (seen > this.#last || (mark > 0 && mark < this.#forgotten)) {
        return { mark: 0, changed: [], deleted: [], more: true, reset: true };
      }
      const rows = [...this.#rows].filter(([, { change }]) => change > seen);
      rows.sort(([, a], [, b]) => a.change - b.change);
      const page = rows.slice(0, this.#page);
      const more = rows.length > page.length;
      const last = page.at(-1)?.[1].change ?? seen;
      return {
        // While the first reading goes on nothing that was forgotten is missed: such marks are negative.
        mark: more && mark <= 0 ? -last : more ? last : this.#last,
        changed: page.flatMap(([, { record }]) => (record === null ? [] : [JSON.parse(record) as KeyRecord])),
        deleted: page.flatMap(([hash, { record }]) => (record === null ? [hash] : [])),
        more,
        reset: false,
      };
    });
  }

  /** What is kept now, in no order. */
  all(): KeyRecord[] {
    return [...this.#rows.values()].flatMap(({ record }) =>
      record === null ? [] : [JSON.parse(record) as KeyRecord],
    );
  }

  /** Forgets what was deleted until now: who has not read it must read everything anew. */
  forgetDeleted(): void {
    for (const [hash, { record }] of this.#rows) if (record === null) this.#rows.delete(hash);
    this.#forgotten = this.#last;
  }

  #write(hash: string, record: string | null, updatedAtMs: number): void {
    this.writes += 1;
    this.#last += 1;
    this.#rows.set(hash, { change: this.#last, record, updatedAtMs });
  }
}
