import { hostname } from 'node:os';
import type { CacheStore } from '../../sdk/cache-store.ts';
import type { Counters } from '../../sdk/counters.ts';
import type { KeyStore } from '../../sdk/keys.ts';
import type { Ledger } from '../../sdk/ledger.ts';
import type { PromptStore } from '../../sdk/prompts.ts';
import type { Clock, Log } from '../../sdk/services.ts';
import type { Vectors, VectorsStats } from '../../sdk/vectors.ts';
import type { StoresConfig } from '../config/config.ts';
import { type EvalRuns, memoryEvalRuns } from '../evals/eval-runs.ts';
import { ProblemsError } from '../problem.ts';
import { openCache, openVectors } from '../stores/cache-stores.ts';
import { createMemoryCounters } from '../stores/counters/memory.ts';
import { createRedisCounters, type RedisCounters } from '../stores/counters/redis.ts';
import type { RestoreSource } from '../stores/counters/restorer.ts';
import { samePlace } from '../stores/place.ts';
import { noPrompts } from '../stores/prompts/nowhere.ts';
import { openRecordStores, type RecordStores } from '../stores/record-stores.ts';

/** What outlives a request: counters, ledger, keys, caches. Opened when somebody first asks for them. */
export interface Stores {
  readonly counters: Counters;
  readonly ledger: Ledger;
  readonly keys: KeyStore;
  readonly prompts: PromptStore;
  /** In this process where there is neither a data folder nor a database. */
  readonly evalRuns: EvalRuns;
  readonly cache: CacheStore;
  readonly vectors: Vectors;
  /**
   * Waits a moment for servers that were asked for, so that the first requests find them.
   *
   * @throws ProblemsError where one can never be used as it is.
   */
  connected(): Promise<void>;
  /** Of the servers among those in use, as the last calls found them. */
  reachable(): readonly StoreHealth[];
  /** How the store of vectors is; null while nobody has asked for it. */
  vectorsStats(): VectorsStats | null;
  /**
   * Takes over users and passwords of a configuration read anew, each once it works, without a restart.
   *
   * @returns the stores whose place or kind differs: those stay as they are until the next start.
   */
  renew(config: StoresConfig): Promise<readonly StoreName[]>;
  close(): Promise<void>;
}

const storeNames = ['ledger', 'counters', 'cache', 'vectors'] as const;
export type StoreName = (typeof storeNames)[number];

/** Whether a server of ours answers. */
export interface StoreHealth {
  readonly store: StoreName;
  readonly up: boolean;
}

/** A Redis that is there answers in milliseconds; without one the gateway starts and says so on every request. */
const connectMs = 2000;

export interface StoresOptions {
  readonly config: StoresConfig;
  /** Where embedded stores are; null where there is none. */
  readonly dataFolder: string | null;
  readonly clock: Clock;
  readonly log: Log;
  /** A store refused who logs in: looks whether a secret changed, and resolves once `renew` had it. */
  readonly newerLogin?: () => Promise<void>;
}

/**
 * The stores of the configuration, each opened on first use: a gateway whose program keeps no books has no database.
 * They stay the same over reloads of the configuration.
 */
export function createStores({ config: first, dataFolder, clock, log, newerLogin }: StoresOptions): Stores {
  let config = first;
  let counters: Counters | null = null;
  let redis: RedisCounters | null = null;
  let records: RecordStores | null = null;
  let cache: ReturnType<typeof openCache> | null = null;
  let vectors: Vectors | null = null;
  let evalRuns: EvalRuns | null = null;
  const openRecords = (): RecordStores => {
    records ??= openRecordStores({
      store: config.ledger,
      dataFolder: folderOf(dataFolder, config),
      clock,
      log,
      durability: config.durability,
      newerLogin,
    });
    return records;
  };
  // Without a place for a ledger nothing was ever written to one.
  const restoreFrom: RestoreSource | undefined =
    dataFolder === null && config.ledger === 'sqlite'
      ? undefined
      : { spend: (scopes) => openRecords().ledger.spend(scopes), clock, log };
  const openCounters = (): Counters => {
    const mode = config.whenDown;
    if (config.counters === 'memory') {
      return createMemoryCounters({ clock, mode, ...(restoreFrom && { restoreFrom }) });
    }
    redis = createRedisCounters({
      url: config.counters,
      clock,
      log,
      owner: `${hostname()}:${process.pid}`,
      mode,
      deadlineMs: config.redisTimeoutMs,
      ...(restoreFrom && { restoreFrom }),
      newerLogin,
    });
    return redis;
  };
  return {
    get counters() {
      counters ??= openCounters();
      return counters;
    },
    get ledger() {
      return openRecords().ledger;
    },
    get keys() {
      return openRecords().keys;
    },
    get prompts() {
      // The plugin that asks for it has files, too: it works without a place for more.
      return dataFolder === null && config.ledger === 'sqlite' ? noPrompts : openRecords().prompts;
    },
    get evalRuns() {
      if (dataFolder !== null || config.ledger !== 'sqlite') return openRecords().evalRuns;
      evalRuns ??= memoryEvalRuns();
      return evalRuns;
    },
    get cache() {
      cache ??= openCache({ store: config.cache, clock, log, newerLogin });
      return cache;
    },
    get vectors() {
      vectors ??= openVectors({ store: config.vectors, dataFolder, clock, log });
      return vectors;
    },
    async connected() {
      try {
        if (redis === null || (await redis.connected(connectMs))) return;
      } catch (error) {
        throw configProblem(error);
      }
      log.warn({ store: 'counters', waited_ms: connectMs }, 'Redis is out of reach at the start');
    },
    reachable() {
      const states: readonly (readonly [StoreName, boolean | null | undefined])[] = [
        ['ledger', records?.up],
        ['counters', redis === null ? null : redis.status().state === 'up'],
        ['cache', config.cache === 'memory' || cache === null ? null : cache.stats().state === 'up'],
      ];
      return states.flatMap(([store, up]) => (typeof up === 'boolean' ? [{ store, up }] : []));
    },
    vectorsStats: () => vectors?.stats() ?? null,
    async renew(next) {
      const later = storeNames.filter((name) => !samePlace(config[name], next[name]));
      const taken = { ...config };
      for (const name of storeNames) if (!later.includes(name)) taken[name] = next[name];
      // For those that nobody has asked for yet.
      config = taken;
      await Promise.all([
        records?.renew(taken.ledger),
        redis?.renew(taken.counters),
        cache?.renew?.(taken.cache),
      ]);
      return later;
    },
    async close() {
      // What waits for the disk is written first.
      await vectors?.close();
      await cache?.close?.();
      await counters?.close?.();
      await records?.close();
    },
  };
}

function configProblem(error: unknown): ProblemsError {
  const message = error instanceof Error ? error.message : String(error);
  return new ProblemsError([{ file: 'gateway.yaml', line: 0, column: 0, severity: 'error', message }]);
}

/** @throws Error where an embedded store has no place to be. */
function folderOf(dataFolder: string | null, config: StoresConfig): string {
  if (dataFolder !== null || config.ledger !== 'sqlite') return dataFolder ?? '';
  throw new Error(
    'the ledger and the keys need a data folder: name one with --data, or a database in stores.ledger',
  );
}
