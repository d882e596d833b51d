import type { Admission, Counters, Reservation } from '../../../sdk/counters.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { Clock, Log } from '../../../sdk/services.ts';
import { alreadySettled, type Book } from './book.ts';
import { checkActuals, checkAmount, checkCall, checkName, checkReset, checkTtl } from './check.ts';
import { Mirror } from './mirror.ts';
import { Outbox } from './outbox.ts';
import { RedisKeys } from './redis-keys.ts';
import { LinkFailure, RedisLink, type RedisLinkOptions } from './redis-link.ts';
import { ClusterError, RedisStore } from './redis-store.ts';
import { RestoredStore, type SharedAdmission } from './restored-store.ts';
import type { RestoreSource } from './restorer.ts';
import { counterScripts } from './scripts.ts';

export interface RedisCountersOptions {
  /** `redis://` or `rediss://`, with credentials and database where needed. Never printed as a whole. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Named as the owner of holds: this process, such as `host:pid`. */
  readonly owner: string;
  /**
   * While Redis is out of reach: `strict` refuses every request with `store_unavailable`; `degraded` counts in this
   * process, from what it last saw. Then each node admits by itself: n nodes may together admit up to n times what was
   * left, and calls admitted so show in Redis only when they end.
   */
  readonly mode: 'strict' | 'degraded';
  /** Gateways with the same prefix share their counters; `sluice` by default. */
  readonly prefix?: string;
  /** How long a command may take; 250 ms by default. */
  readonly deadlineMs?: number;
  /** How many settlements may wait for Redis; 10,000 by default, a kilobyte or two each. */
  readonly backlog?: number;
  /**
   * From where budgets are restored that Redis does not have (first start, flushed, restarted empty), each before the
   * first request is admitted on it; without it they begin at 0.
   */
  readonly restoreFrom?: RestoreSource;
  readonly newerLogin?: RedisLinkOptions['newerLogin'];
  /** For tests: the Lua expression of the time. */
  readonly nowLua?: string;
}

export interface RedisCounters extends Counters, Pick<RedisLink, 'renew'> {
  /**
   * Waits for the first connection.
   *
   * @returns false where there is none in time; calls then say so themselves.
   * @throws Error where there is one that can never be used: a node of a cluster.
   */
  connected(timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}

const complainEveryMs = 60_000;

/** Counters that many gateways share. Redis 6.2 or later, not evicting (`maxmemory-policy noeviction`). */
export function createRedisCounters(options: RedisCountersOptions): RedisCounters {
  return new SharedCounters(options);
}

class SharedCounters implements RedisCounters {
  readonly #options: RedisCountersOptions;
  readonly #link: RedisLink;
  readonly #store: RedisStore;
  readonly #outbox: Outbox;
  /** In `degraded` mode a copy of what this node saw and holds. */
  readonly #mirror: Mirror | null;
  readonly #restored: RestoredStore;
  /** Rejects once Redis turns out to be of no use. */
  readonly #unfit = Promise.withResolvers<never>();
  #complainedMs = Number.NEGATIVE_INFINITY;

  constructor(options: RedisCountersOptions) {
    const {
      url,
      clock,
      log,
      owner,
      mode,
      restoreFrom,
      prefix = 'sluice',
      deadlineMs = 250,
      backlog = 10_000,
      nowLua,
    } = options;
    this.#options = options;
    // Before anything is opened: they may refuse.
    const keys = new RedisKeys(prefix);
    this.#mirror = mode === 'degraded' ? new Mirror(clock, owner, restoreFrom) : null;
    this.#unfit.promise.catch(() => {});
    this.#link = new RedisLink({
      url,
      clock,
      log,
      deadlineMs,
      meanwhile: mode === 'strict' ? 'requests are refused' : 'this node counts by itself',
      recover: () => this.#recover(),
      newerLogin: options.newerLogin,
    });
    this.#store = new RedisStore(this.#link, keys, counterScripts(nowLua));
    this.#restored = new RestoredStore({
      store: this.#store,
      owner,
      mode,
      restoreFrom,
      write: (key, spent, resetsAtMs) => this.#restore(key, spent, resetsAtMs, 'raise'),
    });
    this.#outbox = new Outbox({
      link: this.#link,
      store: this.#store,
      clock,
      limit: backlog,
      onLost: (reason) => this.#complain(`${reason}: what was booked is in the ledger only`),
    });
  }

  connected(timeoutMs: number): Promise<boolean> {
    return Promise.race([this.#link.connected(timeoutMs), this.#unfit.promise]);
  }

  renew(url: string): Promise<boolean> {
    return this.#link.renew(url);
  }

  async admit(id: string, reservations: readonly Reservation[], ttlMs: number): Promise<Admission> {
    checkCall(id, reservations);
    checkTtl(ttlMs);
    this.#outbox.keepHold(id);
    let answer: SharedAdmission;
    try {
      answer = await this.#restored.admit(id, reservations, ttlMs);
    } catch (error) {
      // What was spent is not known.
      if (error instanceof GatewayError) throw error;
      this.#notice(error);
      return this.#admitAlone(id, reservations, ttlMs, error);
    }
    if (answer.outcome === 'settled') throw alreadySettled();
    if (answer.outcome === 'empty') {
      const reason = 'it has none of our counters';
      this.#link.distrust(reason);
      return this.#admitAlone(id, reservations, ttlMs, new LinkFailure(reason, false));
    }
    if (answer.outcome === 'unrestored')
      throw this.#unavailable(new Error('budgets are lost again and again'));
    const { outcome, states, degraded = false } = answer;
    this.#mirror?.book.observe(outcome === 'admitted' ? id : null, reservations, states, ttlMs);
    if (outcome === 'admitted') return { admitted: true, states, degraded };
    const { index, retryAfterMs } = answer;
    return { admitted: false, index, states, retryAfterMs, degraded };
  }

  async extend(id: string, reservations: readonly Reservation[], ttlMs: number): Promise<boolean> {
    checkCall(id, reservations);
    checkTtl(ttlMs);
    const alone = this.#mirror?.book.extend(id, ttlMs) ?? false;
    return this.#store.extend(id, reservations, ttlMs).catch((error: unknown) => {
      this.#notice(error);
      return alone;
    });
  }

  async settle(id: string, reservations: readonly Reservation[], actuals: readonly number[]): Promise<void> {
    checkCall(id, reservations);
    checkActuals(reservations, actuals);
    this.#mirror?.book.settle(id, reservations, actuals);
    try {
      await this.#store.settle(id, reservations, actuals, false);
    } catch (error) {
      this.#notice(error);
      this.#outbox.settle(id, reservations, actuals);
    }
  }

  ensure(reservations: readonly Reservation[]): Promise<void> {
    return this.#restored.ensure(reservations).catch((error: unknown) => this.#notice(error));
  }

  read(keys: readonly string[]): ReturnType<Counters['read']> {
    return this.#ask(
      () => this.#store.read(keys),
      (mirror) => mirror.read(keys),
    );
  }

  holds(key: string): ReturnType<Counters['holds']> {
    return this.#ask(
      () => this.#store.holds(key),
      (mirror) => mirror.holds(key),
    );
  }

  async restore(
    key: string,
    spent: number,
    resetsAtMs: number | null,
    how: 'set' | 'raise' = 'set',
  ): Promise<void> {
    checkName('key', key);
    checkAmount('spent amount', spent);
    checkReset(resetsAtMs);
    await this.#restore(key, spent, resetsAtMs, how).catch((error: unknown) => {
      throw this.#unavailable(error);
    });
  }

  status(): ReturnType<Counters['status']> {
    const without = this.#mirror === null ? 'down' : 'degraded';
    return {
      state: this.#link.up ? 'up' : without,
      waiting: this.#outbox.waiting,
      lost: this.#outbox.lost,
    };
  }

  async close(): Promise<void> {
    this.#outbox.stop();
    if (this.#link.up) await this.#outbox.write().catch(() => {});
    const settlements = this.#outbox.waiting;
    if (settlements > 0) {
      this.#options.log.error(
        { store: 'counters', settlements },
        'Closed before Redis was back: what these settlements booked is in the ledger only',
      );
    }
    await this.#link.close();
  }

  async #admitAlone(
    id: string,
    reservations: readonly Reservation[],
    ttlMs: number,
    error: unknown,
  ): Promise<Admission> {
    const admission = await this.#mirror?.admit(id, reservations, ttlMs);
    // Redis may have made the hold: nobody will settle it unless this admits.
    const perhapsHeld = error instanceof LinkFailure && error.sent;
    if (perhapsHeld && !admission?.admitted) this.#outbox.release(id, reservations);
    if (admission === undefined) throw this.#unavailable(error);
    return admission;
  }

  async #ask<T>(shared: () => Promise<T>, alone: (mirror: Book) => T): Promise<T> {
    try {
      return await shared();
    } catch (error) {
      this.#notice(error);
      if (this.#mirror === null) throw this.#unavailable(error);
      return alone(this.#mirror.book);
    }
  }

  async #restore(key: string, spent: number, resetsAtMs: number | null, how: 'set' | 'raise'): Promise<void> {
    this.#mirror?.book.restore(key, spent, resetsAtMs, how);
    await this.#store.restore(key, spent, resetsAtMs, how);
  }

  /** Before Redis is used again: what was settled meanwhile is in it, and so is what the ledger knows. */
  async #recover(): Promise<void> {
    await this.#store.load();
    const marked = await this.#store.marked().catch((error: unknown) => {
      if (error instanceof ClusterError) this.#unfit.reject(error);
      throw error;
    });
    // First what waits; the ledger's sums are a floor, so a settlement that is in both counts once.
    await this.#outbox.write();
    if (marked) return;
    const budgets =
      this.#options.restoreFrom === undefined ? 'start from nothing' : 'are restored from the ledger';
    this.#options.log.warn({ store: 'counters' }, `Redis has none of our counters: budgets ${budgets}`);
    await this.#store.setMark();
  }

  /** The link logs its own failures; anything else is logged here, sampled. */
  #notice(error: unknown): void {
    if (!(error instanceof LinkFailure)) this.#complain(reasonOf(error));
  }

  #complain(reason: string): void {
    const nowMs = this.#options.clock.monotonic();
    if (nowMs - this.#complainedMs < complainEveryMs) return;
    this.#complainedMs = nowMs;
    this.#options.log.error(
      { store: 'counters', reason, lost: this.#outbox.lost },
      'Counters were not written',
    );
  }

  /** What a client may know: neither the address nor the reason, which are in the log. */
  #unavailable(error: unknown): GatewayError {
    const message = 'expected an answer from the counter store, came none: try again';
    return new GatewayError('store_unavailable', message, { retryAfterMs: 1000, cause: error });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
