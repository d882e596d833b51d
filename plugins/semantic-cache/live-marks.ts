import type { CacheStore, MaybePromise } from '../../sdk/index.ts';
import { isShared } from './notes.ts';

/** What is said of an entry's mark. `unknown`: the store does not answer. */
export type Life = 'alive' | 'gone' | 'replaced' | 'unknown';

export interface Marked {
  /** Of the entry. */
  readonly id: string;
  /** What tells its answer from a later one of the same id. */
  readonly mark: string;
  readonly tenant: string;
  readonly tags: readonly string[];
  readonly ttlMs: number;
  readonly ageMs: number;
}

/** What tells an answer from a later one under the same id: the request that it was made for, and when. */
export function markOf(requestId: string, createdAtMs: number): string {
  return `${requestId} ${createdAtMs}`;
}

/**
 * One mark for each entry that is found by meaning, in the cache that gateways share. Each gateway searches vectors in its
 * own memory, where purges and feedback of others do not reach; but it serves none whose mark is gone, and every purge by
 * tenant, tag or all takes the marks with it. So what one gateway removed no other serves from that moment on. Where the
 * cache is of this process alone there are no others.
 */
export class LiveMarks {
  readonly #cache: CacheStore | null;

  constructor(cache: CacheStore) {
    this.#cache = isShared(cache) ? cache : null;
  }

  put({ id, mark, tenant, tags, ttlMs, ageMs }: Marked): void {
    // Without a mark the entry is never served: nothing else is to be done about a failure.
    void this.#cache?.put({
      key: keyOf(id),
      value: encoder.encode(mark),
      meta: null,
      ttlMs,
      tenant,
      tags,
      ageMs,
    });
  }

  check(id: string, mark: string): MaybePromise<Life> {
    return this.#cache === null ? 'alive' : this.#check(this.#cache, id, mark);
  }

  /** @throws GatewayError `store_unavailable`. */
  async remove(id: string): Promise<void> {
    await this.#cache?.delete(keyOf(id));
  }

  async #check(cache: CacheStore, id: string, mark: string): Promise<Life> {
    const { failures } = cache.stats();
    const found = await cache.get(keyOf(id));
    if (found !== null) return decoder.decode(found.value) === mark ? 'alive' : 'replaced';
    const { failures: since, state } = cache.stats();
    return state === 'up' && since === failures ? 'gone' : 'unknown';
  }
}

function keyOf(id: string): string {
  return `live:${id}`;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
