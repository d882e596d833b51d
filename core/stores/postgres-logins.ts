import type pg from 'pg';
import type { Cancel, Clock, Log } from '../../sdk/services.ts';
import { samePlace } from './place.ts';
import { isRefusedLogin, postgresReason } from './postgres-error.ts';

/** A login that was refused is tried again this often: its database may not know it yet. */
const tryAgainMs = 2_000;
/** A statement whose login was refused waits this long for a newer one. */
const waitForNewerMs = 1_500;
/** No other connection is tried for this long while those that stand can do the work. */
const holdMs = 5_000;

export interface PostgresLoginsOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxConnections: number;
  open(url: string): pg.Pool;
  /** Asks for a newer login where there may be one; resolves once it has come to `renew`, or there is none. */
  readonly newer?: (() => Promise<void>) | undefined;
  /** Another login is in use from now on, and works. */
  changed(): void;
}

interface Pool {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Connections that are logged in. */
  open: number;
}

/**
 * The connections of a database, over changes of who logs in there. A new login is tried first; then all that follows uses
 * it, and the connections of the one before end with what they are doing. PostgreSQL asks for a password at the beginning
 * only: until the new one works, connections that stand go on.
 */
export class PostgresLogins {
  readonly #options: PostgresLoginsOptions;
  #current: Pool;
  /** The login that is to come; null where the current one is the newest. */
  #next: Pool | null = null;
  #trying: Promise<void> | null = null;
  #asking: Promise<void> | null = null;
  #cancelTry: Cancel = () => undefined;
  #cancelHold: Cancel = () => undefined;
  #complained = false;
  #closed = false;
  readonly #ending = new Set<Promise<void>>();

  constructor(options: PostgresLoginsOptions) {
    this.#options = options;
    this.#current = this.#open(options.url);
  }

  /** Changes with the login: ask at each use. */
  get pool(): pg.Pool {
    return this.#current.pool;
  }

  /** @returns once it was tried; false where the address leads elsewhere, which needs a restart. */
  async renew(url: string): Promise<boolean> {
    if (!samePlace(url, this.#current.url)) return false;
    if (this.#closed || url === (this.#next ?? this.#current).url) return true;
    this.#dropNext();
    if (url === this.#current.url) return true;
    this.#next = this.#open(url);
    this.#complained = false;
    await this.#try();
    return true;
  }

  /**
   * A login at `tried` was refused, so nothing was sent on it.
   *
   * @returns true where another try may do better: with a newer login, or on connections that stand.
   */
  async refused(tried: pg.Pool): Promise<boolean> {
    if (this.#closed) return false;
    if (tried !== this.pool) return true;
    await this.#try();
    if (tried === this.pool) await this.#askForNewer();
    return tried !== this.pool || this.#holdOn();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelHold();
    this.#dropNext();
    await Promise.all([this.#current.pool.end(), ...this.#ending]);
  }

  #open(url: string): Pool {
    const opened: Pool = { url, pool: this.#options.open(url), open: 0 };
    opened.pool.on('connect', () => {
      opened.open += 1;
    });
    opened.pool.on('remove', () => {
      opened.open -= 1;
    });
    return opened;
  }

  #try(): Promise<void> {
    this.#trying ??= this.#tryNext().finally(() => {
      this.#trying = null;
    });
    return this.#trying;
  }

  /** Logs in with what is to come, and takes it where that works. */
  async #tryNext(): Promise<void> {
    const next = this.#next;
    if (next === null || this.#closed) return;
    this.#cancelTry();
    try {
      const client = await next.pool.connect();
      client.release();
    } catch (error) {
      if (this.#next !== next) return;
      this.#complain(error);
      this.#cancelTry = this.#options.clock.after(tryAgainMs, () => void this.#try());
      return;
    }
    if (this.#next !== next) return;
    const before = this.#current;
    this.#current = next;
    this.#next = null;
    this.#retire(before);
    this.#options.changed();
    this.#options.log.info({ store: 'ledger' }, 'the changed login of the database is in use');
  }

  #complain(error: unknown): void {
    // A database that does not answer says nothing about the login.
    if (this.#complained || !isRefusedLogin(error)) return;
    this.#complained = true;
    this.#options.log.warn(
      { store: 'ledger', reason: postgresReason(error) },
      'the changed login of the database does not work yet; the one before stays in use until it does',
    );
  }

  /** Whoever waits for a connection still gets one; then the pool ends. */
  #retire({ pool }: Pool): void {
    const end = () => {
      if (pool.waitingCount > 0 || pool.ending) return;
      pool.off('release', later);
      const ended = pool.end().finally(() => this.#ending.delete(ended));
      this.#ending.add(ended);
    };
    const later = () => setImmediate(end);
    pool.on('release', later);
    end();
  }

  #dropNext(): void {
    this.#cancelTry();
    const next = this.#next;
    this.#next = null;
    if (next !== null) this.#retire(next);
  }

  async #askForNewer(): Promise<void> {
    const { newer, clock } = this.#options;
    if (newer === undefined) return;
    // Not for long: what brings a newer one may itself wait for the database.
    this.#asking ??= new Promise<void>((resolve) => {
      const cancel = clock.after(waitForNewerMs, resolve);
      void newer().then(() => {
        cancel();
        resolve();
      }, resolve);
    }).finally(() => {
      this.#asking = null;
    });
    await this.#asking;
  }

  /** Leaves the work to the connections that stand, and keeps them. @returns false where there is none. */
  #holdOn(): boolean {
    const { pool, open } = this.#current;
    if (open === 0) return false;
    const options = pool.options as { max: number; min?: number };
    options.max = open;
    options.min = open;
    this.#cancelHold();
    this.#cancelHold = this.#options.clock.after(holdMs, () => {
      options.max = this.#options.maxConnections;
      options.min = 0;
    });
    return true;
  }
}
