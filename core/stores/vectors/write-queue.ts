import { GatewayError } from '../../../sdk/errors.ts';
import type { Cancel, Clock } from '../../../sdk/services.ts';
import { matches, type Purgeable, type PurgeFilter } from '../purge-log.ts';
import type { Complaints } from './check.ts';
import type { NewHotEntry } from './hot-index.ts';
import type { LanceHealth } from './lance-health.ts';
import type { LanceVersion } from './lance-message.ts';
import { RecentWrites } from './recent-writes.ts';
import { batchSize, type Change, keyOf, takeBatch, toChanges } from './write-batch.ts';

export interface WriteQueueOptions {
  readonly health: LanceHealth;
  readonly clock: Clock;
  readonly complaints: Complaints;
  /** Changes that may wait; the oldest are lost then. */
  readonly maxWaiting: number;
  /** How long a change waits for others. */
  readonly flushMs: number;
  readonly maxEntries: number;
  readonly tidyMs: number;
}

/** The longest that a write, or a purge, can take before it has failed. */
export const writeDeadlineMs = 30_000;
const tidyDeadlineMs = 600_000;
/** Whoever closes does not wait for all of a long tidying. */
const closeMs = 30_000;
/** Tidying copies rows: it waits so many times as long as it took, or until there are many writes. */
const tidyPause = 20;
/** A gateway may be reading an older version. */
const keepVersionsMs = 60_000;

/** Changes on their way to the durable store: in batches, one at a time, off the path of requests. */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  #changes = new Map<string, Change>();
  #underWay = new Map<string, Change>();
  /** Not durable yet, in their order. */
  readonly purges: PurgeFilter[] = [];
  readonly #recalls: LanceVersion[] = [];
  readonly #recent = new RecentWrites();
  #running: Promise<void> | null = null;
  /** Between writes; what a write itself begins is a part of it. */
  #tidying: Promise<void> | null = null;
  #cancelTimer: Cancel | null = null;
  #cancelTidy: Cancel | null = null;
  #writesSinceTidy = 0;
  #tidiedMs: number;
  #tidyTookMs = 0;
  #rows = 0;
  #closed = false;
  lost = 0;
  fragments: number | null = null;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
    this.#tidiedMs = options.clock.monotonic();
  }

  get waiting(): number {
    return this.#changes.size + this.#underWay.size;
  }

  add(namespace: string, entry: NewHotEntry, fresh: boolean): void {
    this.#push({ namespace, id: entry.id, entry, fresh });
  }

  remove(namespace: string, id: string): void {
    this.#push({ namespace, id, entry: null, fresh: false });
  }

  /** True for what is removed, though not in the durable store yet. */
  removing(namespace: string, id: string): boolean {
    const key = keyOf(namespace, id);
    const change = this.#changes.get(key) ?? this.#underWay.get(key);
    return change !== undefined && change.entry === null;
  }

  /** Entries of a namespace that are not durable yet. */
  *entriesOf(namespace: string): Generator<NewHotEntry> {
    for (const changes of [this.#underWay, this.#changes]) {
      for (const change of changes.values()) {
        if (change.namespace === namespace && change.entry !== null) yield change.entry;
      }
    }
  }

  /** @throws GatewayError `store_unavailable`; it is tried again before anything else is written. */
  async purge(filter: PurgeFilter): Promise<void> {
    for (const [key, { namespace, entry }] of this.#changes) {
      if (entry !== null && matches(filter, { ...entry, namespace })) this.#changes.delete(key);
    }
    for (const [key, change] of this.#underWay) {
      const { namespace, entry } = change;
      // Should writing it fail, it is not written again.
      if (entry !== null && matches(filter, { ...entry, namespace }))
        this.#underWay.set(key, { ...change, entry: null });
    }
    this.purges.push(filter);
    await this.flush();
    if (!this.purges.includes(filter)) return;
    throw new GatewayError(
      'store_unavailable',
      'expected the store of vectors to remove entries; it is out of use: they stay hidden until it is back or the gateway restarts; try again later',
      { retryAfterMs: 5000 },
    );
  }

  /**
   * Another gateway removed these: what waits here is not written any more, and what this gateway wrote lately, after
   * they were removed perhaps, is removed by itself. What others added since stays.
   *
   * @param goes tells them.
   * @param keys of them, where they are known: others are not looked at.
   */
  async recall(goes: (entry: Purgeable) => boolean, keys?: readonly string[]): Promise<void> {
    for (const changes of [this.#changes, this.#underWay]) {
      for (const key of keys ?? changes.keys()) {
        const change = changes.get(key);
        if (change === undefined || change.entry === null) continue;
        if (!goes({ ...change.entry, namespace: change.namespace })) continue;
        if (changes === this.#changes) changes.delete(key);
        else changes.set(key, { ...change, recalled: true });
      }
    }
    this.#recalls.push(...this.#recent.take(goes, keys));
    if (this.#recalls.length > 0) await this.flush();
  }

  /** What was written before a reading of the monotonic clock was there for whoever removed something since. */
  forgetWrites(beforeMs: number): void {
    this.#recent.forget(beforeMs - writeDeadlineMs);
  }

  /** Resolves when what waits now is written, or cannot be. */
  async flush(): Promise<void> {
    await this.#running;
    this.#running ??= this.#writeAlone();
    await this.#running;
  }

  async close(): Promise<void> {
    let cancel: Cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(closeMs, resolve);
    });
    await Promise.race([this.flush(), late]);
    cancel();
    this.#closed = true;
    this.#cancelTimer?.();
    this.#cancelTidy?.();
    const waiting = this.#changes.size + this.purges.length + this.#recalls.length;
    if (waiting > 0) {
      this.#options.complaints.warn('Closed before all vectors were written: these changes are lost', {
        waiting,
      });
    }
  }

  /** While tidying, a write would wait in LanceDB's process, and count the wait as its own time. */
  async #writeAlone(): Promise<void> {
    try {
      await this.#tidying;
      await this.#write();
    } finally {
      this.#running = null;
      if (this.#changes.size + this.purges.length + this.#recalls.length > 0) this.#later();
    }
  }

  #push(change: Change): void {
    const key = keyOf(change.namespace, change.id);
    const before = this.#changes.get(key);
    this.#changes.delete(key);
    // What was fresh before it was written still is; what is under way, or replaces a removal, is not.
    const fresh = before === undefined ? change.fresh : before.entry !== null && before.fresh;
    this.#changes.set(key, { ...change, fresh: fresh && !this.#underWay.has(key) });
    if (this.#changes.size > this.#options.maxWaiting) this.#loseOldest();
    if (this.#changes.size >= batchSize && this.#options.health.pauseMs === 0) void this.flush();
    else this.#later();
  }

  #loseOldest(): void {
    for (const [key] of this.#changes) {
      this.#changes.delete(key);
      break;
    }
    this.lost += 1;
    this.#options.complaints.warn('Too many vectors wait for their store: the oldest are not written', {
      waiting: this.#options.maxWaiting,
      reason: this.#options.health.reason,
    });
  }

  #later(): void {
    if (this.#closed || this.#cancelTimer !== null) return;
    const { clock, flushMs, health } = this.#options;
    if (health.pauseMs === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = clock.after(Math.max(flushMs, health.pauseMs), () => {
      this.#cancelTimer = null;
      void this.flush();
    });
  }

  /** Purges, then changes in batches, until nothing waits or something fails. */
  async #write(): Promise<void> {
    const { health } = this.#options;
    try {
      while (this.purges.length > 0) {
        await health.call(writeDeadlineMs, 'purge', this.purges[0]!, this.#options.clock.now());
        this.purges.shift();
        this.#wrote();
      }
      while (this.#recalls.length > 0) await this.#recallSome();
      while (this.#changes.size > 0) {
        await this.#writeBatch();
        if (this.purges.length + this.#recalls.length > 0) return await this.#write();
        if (this.#writesSinceTidy >= this.#writesPerTidy()) await this.#tidy();
      }
    } catch {
      // The health of the store tells; what waits is tried again later.
    }
  }

  async #recallSome(): Promise<void> {
    const { clock, health } = this.#options;
    const some = this.#recalls.slice(0, batchSize);
    await health.call(writeDeadlineMs, 'recall', some, clock.now());
    this.#recalls.splice(0, some.length);
    this.#wrote();
  }

  async #writeBatch(): Promise<void> {
    const { clock, health } = this.#options;
    const batch = takeBatch(this.#changes);
    this.#underWay = batch;
    const nowMs = clock.now();
    try {
      await health.call(writeDeadlineMs, 'write', toChanges(batch.values(), nowMs));
      this.#recent.wrote(batch, nowMs, clock.monotonic());
      this.#wrote();
    } catch (error) {
      // They may have been written all the same.
      const again = [...batch].flatMap(([key, change]) =>
        change.recalled === true ? [] : [[key, { ...change, fresh: false }] as const],
      );
      this.#changes = new Map([...again, ...this.#changes]);
      throw error;
    } finally {
      for (const { namespace, id, recalled } of batch.values()) {
        if (recalled === true) this.#recalls.push([namespace, id, nowMs]);
      }
      this.#underWay = new Map();
    }
  }

  #wrote(): void {
    this.#writesSinceTidy += 1;
    const { clock, tidyMs } = this.#options;
    if (this.#closed || this.#cancelTidy !== null) return;
    const pauseMs = Math.max(tidyMs, this.#tidyTookMs * tidyPause);
    this.#cancelTidy = clock.after(Math.max(0, pauseMs - (clock.monotonic() - this.#tidiedMs)), () => {
      this.#cancelTidy = null;
      void this.#tidyAlone();
    });
  }

  /** Large tables are tidied less often, since their rows are copied. */
  #writesPerTidy(): number {
    return Math.min(256, Math.max(32, this.#rows / 1000));
  }

  async #tidyAlone(): Promise<void> {
    while (this.#running !== null) await this.#running;
    if (this.#writesSinceTidy === 0 || this.#closed || this.#tidying !== null) return;
    this.#tidying = this.#tidy()
      .catch(() => {})
      .finally(() => {
        this.#tidying = null;
      });
  }

  async #tidy(): Promise<void> {
    const { health, clock, maxEntries } = this.#options;
    this.#writesSinceTidy = 0;
    const startMs = clock.monotonic();
    this.#tidiedMs = startMs;
    const limits = { nowMs: clock.now(), maxEntries, keepVersionsMs };
    const { rows, fragments } = await health.call(tidyDeadlineMs, 'tidy', limits);
    this.#tidiedMs = clock.monotonic();
    this.#tidyTookMs = this.#tidiedMs - startMs;
    this.#rows = rows;
    this.fragments = fragments;
  }
}
