import type { Reservation } from '../../../sdk/counters.ts';
import type { Cancel, Clock } from '../../../sdk/services.ts';
import { LinkFailure, type RedisLink } from './redis-link.ts';
import type { RedisStore } from './redis-store.ts';

export interface OutboxOptions {
  readonly link: RedisLink;
  readonly store: RedisStore;
  readonly clock: Clock;
  /** How many settlements, and how many releases, may wait. */
  readonly limit: number;
  /** Told of each settlement that is lost, and why. */
  readonly onLost: (reason: string) => void;
}

interface Settlement {
  readonly id: string;
  readonly reservations: readonly Reservation[];
  readonly actuals: readonly number[];
}

const batchSize = 64;
const retryMs = 250;

/**
 * What Redis has yet to be told. Settlements, oldest first: each may have been written already, its answer lost; Redis
 * books an id once for ten minutes, so only after a longer outage can one count twice, on the safe side. And releases
 * of holds whose admission had no answer: the caller went away, Redis may have held all the same.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #settlements: Settlement[] = [];
  /** Failures only come here, not every request: a map may hold them. */
  readonly #releases = new Map<string, readonly Reservation[]>();
  #lost = 0;
  #writing: Promise<void> | null = null;
  #cancelRetry: Cancel | null = null;
  #stopped = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Settlements that wait. */
  get waiting(): number {
    return this.#settlements.length;
  }

  /** Settlements that were given up, since start. */
  get lost(): number {
    return this.#lost;
  }

  settle(id: string, reservations: readonly Reservation[], actuals: readonly number[]): void {
    if (this.#stopped) this.#lose('the store is closed');
    else if (this.#settlements.length < this.#options.limit)
      this.#settlements.push({ id, reservations, actuals });
    else this.#lose('no room for more settlements that wait for Redis');
    this.#retryLater();
  }

  /** Without room the hold's time to live releases it. */
  release(id: string, reservations: readonly Reservation[]): void {
    if (this.#releases.size < this.#options.limit) this.#releases.set(id, reservations);
    this.#retryLater();
  }

  /** The caller tries the same id again: what is held for it is wanted. */
  keepHold(id: string): void {
    if (this.#releases.size > 0) this.#releases.delete(id);
  }

  /** Writes everything. @throws LinkFailure where Redis does not answer; what was not written waits on. */
  write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  /** No more tries by itself. */
  stop(): void {
    this.#stopped = true;
    this.#cancelRetry?.();
  }

  async #writeAll(): Promise<void> {
    while (this.#settlements.length > 0) {
      const batch = this.#settlements.splice(0, batchSize);
      const results = await Promise.allSettled(
        batch.map(({ id, reservations, actuals }) =>
          this.#options.store.settle(id, reservations, actuals, true),
        ),
      );
      const failed = batch.filter((_, at) => failureOf(results[at]) instanceof LinkFailure);
      for (const result of results) {
        const failure = failureOf(result);
        if (failure !== null && !(failure instanceof LinkFailure)) this.#lose(failure.message);
      }
      if (failed.length === 0) continue;
      this.#settlements = [...failed, ...this.#settlements];
      throw failureOf(results.find((result) => failureOf(result) instanceof LinkFailure));
    }
    for (const [id, reservations] of [...this.#releases]) {
      if (!this.#releases.has(id)) continue;
      await this.#options.store.release(id, reservations);
      this.#releases.delete(id);
    }
  }

  #lose(reason: string): void {
    this.#lost += 1;
    this.#options.onLost(reason);
  }

  #retryLater(): void {
    if (this.#stopped) return;
    this.#cancelRetry ??= this.#options.clock.after(retryMs, () => {
      this.#cancelRetry = null;
      const { link } = this.#options;
      // While the link is down its recovery writes; what came in at the very end of that is left to the next try.
      if (this.#settlements.length + this.#releases.size === 0) return;
      if (!link.up) this.#retryLater();
      else void this.write().catch((error: unknown) => link.distrust((error as Error).message));
    });
  }
}

function failureOf(result: PromiseSettledResult<void> | undefined): Error | null {
  if (result?.status !== 'rejected') return null;
  return result.reason instanceof Error ? result.reason : new Error('unknown error');
}
