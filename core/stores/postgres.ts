import { createRequire } from 'node:module';
import type pg from 'pg';
import { GatewayError } from '../../sdk/errors.ts';
import type { Clock, Log } from '../../sdk/services.ts';
import { Breaker } from './breaker.ts';
import { type Migrations, missingSteps, versionTable } from './migration.ts';
import {
  isBroken,
  isConflict,
  isOutage,
  isRefusedLogin,
  PostgresError,
  postgresReason,
} from './postgres-error.ts';
import { PostgresLogins } from './postgres-logins.ts';
import { storeUnavailable } from './store-unavailable.ts';

/** A client library that most gateways never use is loaded by those that do. */
const load = createRequire(import.meta.url);

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; TLS by its parameters, such as `sslmode=verify-full`. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Connections of this process; a fleet has this many times its processes. @default 5 */
  readonly maxConnections?: number;
  /** How long a statement on the way of a request may take. @default 5000 */
  readonly statementTimeoutMs?: number;
  /** How long connecting, or waiting for a free connection, may take. @default 2000 */
  readonly connectTimeoutMs?: number;
  /** A login was refused: asks for a newer one, and resolves once `renew` had it or there is none. */
  readonly newerLogin?: (() => Promise<void>) | undefined;
}

export type PostgresValue = string | number | boolean | null | readonly (string | number | null)[];
export type PostgresRow = Readonly<Record<string, unknown>>;

export interface Statement {
  readonly text: string;
  readonly values: readonly PostgresValue[];
  /** Prepared once per connection under this name. */
  readonly name?: string;
  /** Doing it twice is doing it once: sent again where a connection broke in the middle. */
  readonly repeatable?: boolean;
}

/** Sends a statement within a transaction. */
export type Send = (text: string, values?: readonly PostgresValue[]) => Promise<PostgresRow[]>;

/** Names the lock that nodes migrate one database under, one after another: "sluice" in hexadecimal. */
const migrationLock = 0x736c75696365;
/** Reports leave this many connections to everything else. */
const keptForRequests = 2;
const maxWaitingReports = 64;
const reportTimeoutMs = 60_000;
const migrationTimeoutMs = 600_000;
const maxTries = 3;

/** A bounded pool of connections. The server may be down when this is made: it is asked for at the first use. */
export class Postgres {
  readonly #logins: PostgresLogins;
  readonly #breaker: Breaker;
  readonly #log: Log;
  readonly #place: string;
  readonly #migrations: Migrations[] = [];
  readonly #maxReports: number;
  #ready: Promise<void> | undefined;
  #reports = 0;
  #waitingReports: (() => void)[] = [];

  constructor(options: PostgresOptions) {
    const {
      url,
      clock,
      log,
      maxConnections = 5,
      statementTimeoutMs = 5000,
      connectTimeoutMs = 2000,
    } = options;
    this.#breaker = new Breaker(clock);
    this.#log = log;
    this.#place = placeOf(url);
    this.#maxReports = Math.max(1, maxConnections - keptForRequests);
    const open = (address: string): pg.Pool => {
      const { Pool } = load('pg') as typeof pg;
      const pool = new Pool({
        connectionString: address,
        application_name: 'sluice',
        max: maxConnections,
        connectionTimeoutMillis: connectTimeoutMs,
        idleTimeoutMillis: 30_000,
        keepAlive: true,
        allowExitOnIdle: true,
        statement_timeout: statementTimeoutMs,
        // The server may be gone without a word: then only this end can tell.
        query_timeout: statementTimeoutMs + 500,
      });
      // A connection that breaks while nobody uses it is thrown away by the pool; without a listener it is a crash.
      pool.on('error', (error) => log.warn({ reason: postgresReason(error) }, 'a database connection broke'));
      return pool;
    };
    this.#logins = new PostgresLogins({
      url,
      clock,
      log,
      maxConnections,
      open,
      newer: options.newerLogin,
      changed: () => this.#breaker.succeeded(),
    });
  }

  /**
   * Takes over an address with another user or password: statements from then on, those under way end on their connections.
   *
   * @returns once it was tried; false where it is another place, which needs a restart.
   */
  renew(url: string): Promise<boolean> {
    return this.#logins.renew(url);
  }

  /** False while the server is taken for down, as the last calls found it. */
  get up(): boolean {
    return !this.#breaker.open;
  }

  /** Tables that are brought to today's version before the first statement. */
  migrate(migrations: Migrations): void {
    this.#migrations.push(migrations);
    this.#ready = undefined;
  }

  /** Connects and migrates. @throws GatewayError; its cause, for whoever starts the program, names the place. */
  async ready(): Promise<void> {
    await this.#use('the database to be ready', async () => undefined);
  }

  /**
   * Runs one statement, in a transaction of its own.
   *
   * @param expected for the error: `the ledger to take a row`.
   * @throws GatewayError `store_unavailable`; at once while the server is known to be down.
   */
  query(expected: string, statement: Statement): Promise<PostgresRow[]> {
    const { repeatable = false, values, ...config } = statement;
    const run = async () => {
      const { rows } = await this.#logins.pool.query({ ...config, values: [...values] });
      return rows as PostgresRow[];
    };
    return this.#use(expected, run, repeatable);
  }

  /** Runs several statements in one transaction. */
  transaction<T>(expected: string, work: (send: Send) => Promise<T>): Promise<T> {
    return this.#use(expected, () => this.#onOneConnection(work));
  }

  /** Runs a statement that may take a minute; only some of the connections may be taken by these. */
  async report(expected: string, { text, values }: Statement): Promise<PostgresRow[]> {
    if (this.#reports >= this.#maxReports) {
      if (this.#waitingReports.length >= maxWaitingReports) {
        throw storeUnavailable(expected, `${maxWaitingReports} reports wait already`);
      }
      await new Promise<void>((resolve) => this.#waitingReports.push(resolve));
    } else {
      this.#reports += 1;
    }
    try {
      return await this.#use(expected, () =>
        this.#onOneConnection(async (send) => {
          await send(`SET LOCAL statement_timeout = ${reportTimeoutMs}`);
          return send(text, values);
        }, reportTimeoutMs),
      );
    } finally {
      // The next one takes over this one's place.
      const next = this.#waitingReports.shift();
      if (next === undefined) this.#reports -= 1;
      else next();
    }
  }

  close(): Promise<void> {
    return this.#logins.close();
  }

  async #use<T>(expected: string, work: () => Promise<T>, repeatable = false): Promise<T> {
    const { pauseMs } = this.#breaker;
    if (pauseMs > 0) throw storeUnavailable(expected, 'the database is down', undefined, pauseMs);
    this.#breaker.begin();
    for (let tries = 1; ; tries += 1) {
      const { pool } = this.#logins;
      try {
        this.#ready ??= this.#migrate();
        await this.#ready;
        const result = await work();
        this.#breaker.succeeded();
        return result;
      } catch (error) {
        // What the work itself refused: the server is well.
        if (error instanceof GatewayError) {
          this.#breaker.succeeded();
          throw error;
        }
        if (tries < maxTries && isRefusedLogin(error) && (await this.#logins.refused(pool))) continue;
        if (tries < maxTries && (isConflict(error) || (repeatable && isBroken(error)))) continue;
        if (isOutage(error)) this.#breaker.failed();
        else this.#breaker.succeeded();
        if (error instanceof RangeError) throw error;
        throw storeUnavailable(expected, postgresReason(error), new PostgresError(this.#place, error));
      }
    }
  }

  async #onOneConnection<T>(work: (send: Send) => Promise<T>, timeoutMs?: number): Promise<T> {
    const client = await this.#logins.pool.connect();
    let failed: unknown;
    const send: Send = async (text, values = []) => {
      const timeout = timeoutMs === undefined ? {} : { query_timeout: timeoutMs + 500 };
      const { rows } = await client.query({ text, values: [...values], ...timeout });
      return rows as PostgresRow[];
    };
    try {
      await send('BEGIN');
      const result = await work(send);
      await send('COMMIT');
      return result;
    } catch (error) {
      failed = error;
      throw error;
    } finally {
      // After a failure nobody knows what state the connection is in; closing it rolls back.
      client.release(failed !== undefined);
    }
  }

  #migrate(): Promise<void> {
    const migrating = this.#onOneConnection(async (send) => {
      await send(`SET LOCAL statement_timeout = ${migrationTimeoutMs}`);
      await send('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
      await send(versionTable);
      for (const migrations of this.#migrations) {
        const found = await send('SELECT version FROM sluice_schema WHERE store = $1', [migrations.store]);
        const steps = missingSteps(migrations, Number(found[0]?.['version'] ?? 0), this.#place);
        if (steps.length === 0) continue;
        for (const step of steps) await send(step);
        await send(
          'INSERT INTO sluice_schema VALUES ($1, $2) ON CONFLICT (store) DO UPDATE SET version = excluded.version',
          [migrations.store, migrations.steps.length],
        );
      }
    }, migrationTimeoutMs);
    // Tried again by the next call.
    migrating.catch((error: unknown) => {
      this.#ready = undefined;
      this.#log.error({ err: new PostgresError(this.#place, error) }, 'the database could not be prepared');
    });
    return migrating;
  }
}

/** Host, port and database of a URL, without credentials. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'the configured address';
  const { hostname, port, pathname } = new URL(url);
  return `${hostname || 'a local socket'}${port === '' ? '' : `:${port}`}${pathname}`;
}
