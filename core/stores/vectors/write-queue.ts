import { GatewayError } from '../../../sdk/errors.ts';
import type { Cancel, Clock } from '../../../sdk/services.ts';
import { matches, type PurgeFilter } from '../purge-log.ts';
import type { Complaints } from './check.ts';
import type { NewHotEntry } from './hot-index.ts';
import type { LanceHealth } from './lance-health.ts';
import type { LanceRows } from './lance-message.ts';

interface Change {
  readonly namespace: string;
  readonly id: string;
  /** Null for a removal. */
  readonly entry: NewHotEntry | null;
  /** The durable store has nothing under this id: nothing to remove first. */
  readonly fresh: boolean;
}

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

/** Packing more for the thread would take longer than half a millisecond. */
const batchSize = 128;
const writeDeadlineMs = 30_000;
const tidyDeadlineMs = 600_000;
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
  #running: Promise<void> | null = null;
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

  /** Resolves when what waits now is written, or cannot be. */
  async flush(): Promise<void> {
    await this.#running;
    this.#running ??= this.#write().finally(() => {
      this.#running = null;
      if (this.#changes.size > 0 || this.purges.length > 0) this.#later();
    });
    await this.#running;
  }

  async close(): Promise<void> {
    await this.flush();
    this.#closed = true;
    this.#cancelTimer?.();
    this.#cancelTidy?.();
    const waiting = this.#changes.size + this.purges.length;
    if (waiting > 0) {
      this.#options.complaints.warn('Closed before all vectors were written: these changes are lost', {
        waiting,
      });
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
        await health.call(writeDeadlineMs, 'purge', this.purges[0]!);
        this.purges.shift();
        this.#wrote();
      }
      while (this.#changes.size > 0) {
        await this.#writeBatch();
        if (this.purges.length > 0) return await this.#write();
        if (this.#writesSinceTidy >= this.#writesPerTidy()) await this.#tidy();
      }
    } catch {
      // The health of the store tells; what waits is tried again later.
    }
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#underWay;
    for (const [key, change] of this.#changes) {
      if (batch.size >= batchSize) break;
      batch.set(key, change);
    }
    for (const key of batch.keys()) this.#changes.delete(key);
    const changes = [...batch.values()];
    try {
      await this.#options.health.call(writeDeadlineMs, 'write', {
        nowMs: this.#options.clock.now(),
        removed: changes.filter(({ fresh }) => !fresh).map(({ namespace, id }) => [namespace, id] as const),
        added: toRows(changes),
      });
      this.#wrote();
    } catch (error) {
      // They may have been written all the same.
      const again = [...batch].map(([key, change]) => [key, { ...change, fresh: false }] as const);
      this.#changes = new Map([...again, ...this.#changes]);
      throw error;
    } finally {
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
      if (this.#writesSinceTidy > 0) void this.#tidy().catch(() => {});
    });
  }

  /** Large tables are tidied less often, since their rows are copied. */
  #writesPerTidy(): number {
    return Math.min(256, Math.max(32, this.#rows / 1000));
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

const keyOf = (namespace: string, id: string): string => `${namespace}\0${id}`;

/** Additions as columns, one set for each number of dimensions. */
function toRows(changes: readonly Change[]): LanceRows[] {
  const byDimensions = Map.groupBy(
    changes.filter((change): change is Change & { entry: NewHotEntry } => change.entry !== null),
    ({ entry }) => entry.unit.length,
  );
  return [...byDimensions].map(([dimensions, added]) => {
    const vectors = new Float32Array(added.length * dimensions);
    for (const [at, { entry }] of added.entries()) vectors.set(entry.unit, at * dimensions);
    return {
      dimensions,
      namespaces: added.map(({ namespace }) => namespace),
      ids: added.map(({ id }) => id),
      metas: added.map(({ entry }) => entry.meta),
      tenants: added.map(({ entry }) => entry.tenant ?? ''),
      tags: added.map(({ entry }) => entry.tags),
      expiresAtMs: Float64Array.from(added, ({ entry }) => entry.expiresAtMs),
      vectors,
    };
  });
}
