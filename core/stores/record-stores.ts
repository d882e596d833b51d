import { join } from 'node:path';
import type { KeyStore } from '../../sdk/keys.ts';
import type { Ledger } from '../../sdk/ledger.ts';
import type { PromptStore } from '../../sdk/prompts.ts';
import type { Clock, Log } from '../../sdk/services.ts';
import type { EvalRuns } from '../evals/eval-runs.ts';
import { createPostgresEvalRuns } from './evals/postgres-eval-runs.ts';
import { createSqliteEvalRuns } from './evals/sqlite-eval-runs.ts';
import { createPostgresKeys } from './keys/postgres-keys.ts';
import { createSqliteKeys } from './keys/sqlite-keys.ts';
import { createPostgresLedger } from './ledger/postgres-ledger.ts';
import { createSqliteLedger } from './ledger/sqlite-ledger.ts';
import { Postgres } from './postgres.ts';
import { createPostgresPrompts } from './prompts/postgres-prompts.ts';
import { createSqlitePrompts } from './prompts/sqlite-prompts.ts';
import { openSqlite, type SqliteDurability } from './sqlite.ts';

export interface RecordStoresOptions {
  /** `sqlite`, or the address of a PostgreSQL database: `stores.ledger` of the configuration. */
  readonly store: string;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Of SQLite. @default 'process' */
  readonly durability?: SqliteDurability;
  /** A login was refused: asks for a newer one, and resolves once `renew` had it or there is none. */
  readonly newerLogin?: (() => Promise<void>) | undefined;
}

/** What is kept for years: the ledger, the keys and the prompts, in one place. */
export interface RecordStores {
  readonly ledger: Ledger;
  readonly keys: KeyStore;
  /** Its tables are made on first use. */
  readonly prompts: PromptStore;
  /** The same. */
  readonly evalRuns: EvalRuns;
  /**
   * Resolves once the store works. SQLite does from the start; PostgreSQL may be down and come back: a gateway that
   * is to start without it need not wait.
   *
   * @throws GatewayError `store_unavailable`; its cause names the place.
   */
  ready(): Promise<void>;
  /** Whether the database answers, as the last calls found it; null for a file of our own. */
  readonly up: boolean | null;
  /** Takes over another user or password of the database. @returns false where the address leads elsewhere. */
  renew(store: string): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens the ledger, the keys and the prompts.
 *
 * @throws Error where the SQLite file cannot be used; it names the file and what to do.
 */
export function openRecordStores({
  store,
  dataFolder,
  clock,
  log,
  durability,
  newerLogin,
}: RecordStoresOptions): RecordStores {
  if (store !== 'sqlite') {
    const postgres = new Postgres({ url: store, clock, log, newerLogin });
    const ledger = createPostgresLedger(postgres);
    const keys = createPostgresKeys({ postgres, clock });
    const prompts = once(() => createPostgresPrompts({ postgres, clock }));
    const evalRuns = once(() => createPostgresEvalRuns(postgres));
    return {
      ledger,
      keys,
      get prompts() {
        return prompts();
      },
      get evalRuns() {
        return evalRuns();
      },
      ready: () => postgres.ready(),
      renew: (url) => postgres.renew(url),
      get up() {
        return postgres.up;
      },
      close: () => postgres.close(),
    };
  }
  const sqlite = openSqlite({
    path: join(dataFolder, 'sluice.db'),
    clock,
    ...(durability === undefined ? {} : { durability }),
  });
  try {
    const ledger = createSqliteLedger({ sqlite, clock, log });
    const keys = createSqliteKeys({ sqlite, clock });
    const prompts = once(() => createSqlitePrompts({ sqlite, clock }));
    const evalRuns = once(() => createSqliteEvalRuns(sqlite));
    return {
      ledger,
      keys,
      get prompts() {
        return prompts();
      },
      get evalRuns() {
        return evalRuns();
      },
      ready: () => Promise.resolve(),
      renew: (other) => Promise.resolve(other === store),
      up: null,
      async close() {
        await ledger.close?.();
        sqlite.close();
      },
    };
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

function once<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
