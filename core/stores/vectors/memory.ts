import type { Clock, Log } from '../../../sdk/services.ts';
import type { Vectors } from '../../../sdk/vectors.ts';
import { checkFilter } from '../purge-log.ts';
import { HotStore } from './hot-store.ts';

export interface MemoryVectorsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** All of it, bookkeeping included; 256 MiB by default, at least 1 MiB. */
  readonly maxBytes?: number;
}

/** Vectors of one process, gone with it. Entries that were not found lately make room for new ones. */
export function createMemoryVectors(options: MemoryVectorsOptions): Vectors {
  const store = new HotStore({ maxBytes: 268_435_456, ...options, evict: 'entries' });
  let hot = 0;
  return {
    search(namespace, vector, k, minScore = -1) {
      hot += 1;
      const found = store.search(namespace, vector, k, minScore);
      return found ?? [];
    },
    near(namespace, vector, k, minScore) {
      const found = store.near(namespace, vector, k, minScore);
      if (found.length > 0) hot += 1;
      return found;
    },
    add(namespace, entries) {
      for (const entry of store.accept(namespace, entries)) {
        if (store.keep(namespace, entry) === null) store.refuse();
      }
    },
    remove: (namespace, ids) => store.remove(namespace, ids),
    async purge(filter) {
      checkFilter(filter);
      await store.purge(filter);
    },
    bound: (maxBytes) => store.index.bound(maxBytes),
    flush: async () => {},
    stats: () => ({
      state: 'up',
      reason: null,
      ...store.stats(),
      hot,
      cold: 0,
      missed: 0,
      waiting: 0,
      lost: 0,
      fragments: null,
    }),
    close: async () => {},
  };
}
