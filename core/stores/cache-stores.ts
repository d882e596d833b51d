import { join } from 'node:path';
import type { CacheStore } from '../../sdk/cache-store.ts';
import type { Clock, Log } from '../../sdk/services.ts';
import type { Vectors } from '../../sdk/vectors.ts';
import { createIds } from '../services/ids.ts';
import { createMemoryCache } from './cache/memory.ts';
import { createRedisCache, type RedisCache } from './cache/redis.ts';
import { createLanceVectors } from './vectors/lancedb.ts';
import { createMemoryVectors } from './vectors/memory.ts';

interface StoreOptions {
  /** As `stores:` of the configuration names it. */
  readonly store: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** The store of exact answers: of this process, or a Redis that a fleet shares. */
export function openCache({
  store,
  clock,
  log,
  newerLogin,
}: StoreOptions & { readonly newerLogin?: (() => Promise<void>) | undefined }): CacheStore &
  Partial<Pick<RedisCache, 'renew'>> {
  if (store === 'memory') return createMemoryCache({ clock });
  return createRedisCache({ url: store, clock, log, ids: createIds(), newerLogin });
}

/** The store of vectors: LanceDB in the data folder or at an address, or memory alone. */
export function openVectors({
  store,
  dataFolder,
  clock,
  log,
}: StoreOptions & { readonly dataFolder: string | null }): Vectors {
  if (store === 'memory') return createMemoryVectors({ clock, log });
  if (store !== 'lancedb') return createLanceVectors({ uri: store, clock, log });
  if (dataFolder !== null) return createLanceVectors({ uri: join(dataFolder, 'vectors'), clock, log });
  log.warn(
    { store: 'vectors' },
    'there is no data folder: vectors are kept in memory and gone with the process; name one with --data',
  );
  return createMemoryVectors({ clock, log });
}
