import type { Admission, Counters, Reservation } from '../../../sdk/counters.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { Clock, Log } from '../../../sdk/services.ts';
import { alreadySettled, Book } from './book.ts';
import { checkActuals, checkAmount, checkCall, checkName, checkReset, checkTtl } from './check.ts';
import { Outbox } from './outbox.ts';
import { RedisKeys } from './redis-keys.ts';
import { LinkFailure, RedisLink } from './redis-link.ts';
import { type RedisAdmission, RedisStore } from './redis-store.ts';
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
  /** How long a command may take; 50 ms by default. */
  readonly deadlineMs?: number;
  /** How many settlements may wait for Redis; 10,000 by default, a kilobyte or two each. */
  readonly backlog?: number;
  /**
   * Called when Redis turns out to have none of our counters (first start, flushed, restarted empty), before it is used:
   * writes budgets from the ledger through `restore`, as `raise`. A failure keeps the store out of reach.
   */
  readonly refill?: (restore: Counters['restore']) => Promise<void>;
  /** For tests: the Lua expression of the time. */
  readonly nowLua?: string;
}

export interface RedisCounters extends Counters {
  /** Waits for the first connection. @returns false where there is none in time; calls then say so themselves. */
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
  readonly #mirror: Book | null;
  #complainedMs = Number.NEGATIVE_INFINITY;

  constructor(options: RedisCountersOptions) {
    const {
      url,
      clock,
      log,
      owner,
      mode,
      prefix = 'sluice',
      deadlineMs = 50,
      backlog = 10_000,
      nowLua,
    } = options;
    this.#options = options;
    // Before anything is opened: they may refuse.
    const keys = new RedisKeys(prefix);
    this.#mirror = mode === 'degraded' ? new Book({ clock, owner, mirror: true }) : null;
    this.#link = new RedisLink({
      url,
      clock,
      log,
      deadlineMs,
      meanwhile: mode === 'strict' ? 'requests are refused' : 'this node counts by itself',
      recover: () => this.#recover(),
    });
    this.#store = new RedisStore(this.#link, keys, counterScripts(nowLua));
    this.#outbox = new Outbox({
      link: this.#link,
      store: this.#store,
      clock,
      limit: backlog,
      onLost: (reason) => this.#complain(`${reason}: what was booked is in the ledger only`),
    });
  }

  connected(timeoutMs: number): Promise<boolean> {
    return this.#link.connected(timeoutMs);
  }

  async admit(id: string, reservations: readonly Reservation[], ttlMs: number): Promise<Admission> {
    checkCall(id, reservations);
    checkTtl(ttlMs);
    this.#outbox.keepHold(id);
    let answer: RedisAdmission;
    try {
      answer = await this.#store.admit(id, reservations, ttlMs, this.#options.owner);
    } catch (error) {
      this.#notice(error);
      return this.#admitAlone(id, reservations, ttlMs, error);
    }
    if (answer.outcome === 'settled') throw alreadySettled();
    if (answer.outcome === 'empty') {
      const reason = 'it has none of our counters';
      this.#link.distrust(reason);
      return this.#admitAlone(id, reservations, ttlMs, new LinkFailure(reason, false));
    }
    const { outcome, states } = answer;
    this.#mirror?.observe(outcome === 'admitted' ? id : null, reservations, states, ttlMs);
    if (outcome === 'admitted') return { admitted: true, states, degraded: false };
    const { index, retryAfterMs } = answer;
    return { admitted: false, index, states, retryAfterMs, degraded: false };
  }

  async extend(id: string, reservations: readonly Reservation[], ttlMs: number): Promise<boolean> {
    checkCall(id, reservations);
    checkTtl(ttlMs);
    const alone = this.#mirror?.extend(id, ttlMs) ?? false;
    return this.#store.extend(id, reservations, ttlMs).catch((error: unknown) => {
      this.#notice(error);
      return alone;
    });
  }

  async settle(id: string, reservations: readonly Reservation[], actuals: readonly number[]): Promise<void> {
    checkCall(id, reservations);
    checkActuals(reservations, actuals);
    this.#mirror?.settle(id, reservations, actuals);
    try {
      await this.#store.settle(id, reservations, actuals, false);
    } catch (error) {
      this.#notice(error);
      this.#outbox.settle(id, reservations, actuals);
    }
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
    await this.#restore(key, spent, resetsAtMs, how, false).catch((error: unknown) => {
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

  #admitAlone(id: string, reservations: readonly Reservation[], ttlMs: number, error: unknown): Admission {
    const admission = this.#mirror?.admit(id, reservations, ttlMs);
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
      return alone(this.#mirror);
    }
  }

  async #restore(
    key: string,
    spent: number,
    resetsAtMs: number | null,
    how: 'set' | 'raise',
    anyway: boolean,
  ): Promise<void> {
    this.#mirror?.restore(key, spent, resetsAtMs, how);
    await this.#store.restore(key, spent, resetsAtMs, how, anyway);
  }

  /** Before Redis is used again: what was settled meanwhile is in it, and so is what the ledger knows. */
  async #recover(): Promise<void> {
    await this.#store.load();
    const marked = await this.#store.marked();
    // First what waits, then the ledger's sums as a floor: a settlement that is in both counts once.
    await this.#outbox.write();
    if (marked) return;
    const { refill, log } = this.#options;
    if (refill === undefined) {
      log.warn({ store: 'counters' }, 'Redis has none of our counters: budgets start from nothing');
    } else {
      await refill((key, spent, resetsAtMs, how = 'raise') =>
        this.#restore(key, spent, resetsAtMs, how, true),
      );
    }
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
