import { hostname } from 'node:os';
import type { Counters } from '../../sdk/counters.ts';
import type { KeyStore } from '../../sdk/keys.ts';
import type { Ledger } from '../../sdk/ledger.ts';
import type { Clock, Log } from '../../sdk/services.ts';
import type { StoresConfig } from '../config/config.ts';
import { createMemoryCounters } from '../stores/counters/memory.ts';
import { createRedisCounters, type RedisCounters } from '../stores/counters/redis.ts';
import { openRecordStores, type RecordStores } from '../stores/record-stores.ts';

/** What outlives a request: counters, ledger, keys. Opened when somebody first asks for them. */
export interface Stores {
  readonly counters: Counters;
  readonly ledger: Ledger;
  readonly keys: KeyStore;
  close(): Promise<void>;
}

export interface StoresOptions {
  readonly config: StoresConfig;
  /** Where embedded stores are; null where there is none. */
  readonly dataFolder: string | null;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The stores of the configuration, each opened on first use: a gateway whose program keeps no books has no database.
 * They stay the same over reloads of the configuration.
 */
export function createStores({ config, dataFolder, clock, log }: StoresOptions): Stores {
  let counters: Counters | null = null;
  let records: RecordStores | null = null;
  const openRecords = (): RecordStores => {
    records ??= openRecordStores({
      store: config.ledger,
      dataFolder: folderOf(dataFolder, config),
      clock,
      log,
    });
    return records;
  };
  return {
    get counters() {
      counters ??= openCounters(config, clock, log);
      return counters;
    },
    get ledger() {
      return openRecords().ledger;
    },
    get keys() {
      return openRecords().keys;
    },
    async close() {
      await counters?.close?.();
      await records?.close();
    },
  };
}

function openCounters(config: StoresConfig, clock: Clock, log: Log): Counters {
  if (config.counters === 'memory') return createMemoryCounters({ clock });
  const redis: RedisCounters = createRedisCounters({
    url: config.counters,
    clock,
    log,
    owner: `${hostname()}:${process.pid}`,
    mode: config.whenDown,
  });
  return redis;
}

/** @throws Error where an embedded store has no place to be. */
function folderOf(dataFolder: string | null, config: StoresConfig): string {
  if (dataFolder !== null || config.ledger !== 'sqlite') return dataFolder ?? '';
  throw new Error(
    'the ledger and the keys need a data folder: name one with --data, or a database in stores.ledger',
  );
}
