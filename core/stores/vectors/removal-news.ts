import type { Cancel, Clock } from '../../../sdk/services.ts';
import { matches, type Purgeable, type PurgeFilter } from '../purge-log.ts';
import type { HotStore } from './hot-store.ts';
import type { LanceHealth } from './lance-health.ts';
import type { LanceName, LanceRemoval } from './lance-message.ts';
import type { NamespaceLoader } from './namespace-loader.ts';
import { removalOf } from './removal.ts';
import { keyOf } from './write-batch.ts';
import type { WriteQueue } from './write-queue.ts';

export interface RemovalNewsOptions {
  readonly store: HotStore;
  readonly health: LanceHealth;
  readonly queue: WriteQueue;
  readonly loader: NamespaceLoader;
  readonly clock: Clock;
  readonly pollMs: number;
  /** An entry is gone: a reading under way must not bring it back. */
  readonly onRemoved: (namespace: string, id: string) => void;
}

const deadlineMs = 30_000;
/** The log is kept for a day: who has not read it for so long cannot know what was in it. */
const longestGapMs = 43_200_000;
const maxSeen = 50_000;

/**
 * Takes out of memory what other gateways removed from the tables that all share. What they removed is gone from there
 * before it can be heard of, so that reading it again brings what was added since, and nothing else. By clocks nobody can
 * tell what this gateway added before the removal and what after: all that it added until it heard of it goes.
 */
export class RemovalNews {
  readonly #options: RemovalNewsOptions;
  /** Rows of the log that were done. */
  readonly #seen = new Set<string>();
  #heardMs: number | null = null;
  #asking: Promise<void> | null = null;
  #cancel: Cancel | null = null;
  #closed = false;

  constructor(options: RemovalNewsOptions) {
    this.#options = options;
  }

  /** Asks now, and from then on again and again. Never fails. */
  listen(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
      this.#later();
    });
    return this.#asking;
  }

  /**
   * Resolves when it was asked for the first time. Whoever reads waits for it: what the log has from before this gateway
   * began is gone already, and would hide what was added since.
   */
  async first(): Promise<void> {
    if (this.#heardMs === null) await this.listen();
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #later(): void {
    const { clock, pollMs, health } = this.#options;
    this.#cancel?.();
    if (this.#closed || health.pauseMs === Number.POSITIVE_INFINITY) return;
    this.#cancel = clock.after(Math.max(pollMs, health.pauseMs), () => void this.listen());
  }

  async #ask(): Promise<void> {
    const { health, clock, queue } = this.#options;
    const startMs = clock.monotonic();
    try {
      for (;;) {
        const { rows, more } = await health.call(deadlineMs, 'news');
        if (this.#closed) return;
        const unseen = rows.filter(({ id }) => !this.#seen.has(id));
        if (!this.#isEmpty()) for (const { change } of unseen) await this.#apply(removalOf(change));
        for (const { id } of unseen) this.#seen.add(id);
        if (!more) break;
      }
    } catch {
      // Said by the health of the store.
      return;
    }
    if (this.#heardMs !== null && startMs - this.#heardMs > longestGapMs) await this.#purge({ all: true });
    this.#heardMs = startMs;
    queue.forgetWrites(startMs);
    for (const id of this.#seen) {
      if (this.#seen.size <= maxSeen) break;
      this.#seen.delete(id);
    }
  }

  /** True before anything was added or read: nothing has to go. */
  #isEmpty(): boolean {
    const { store, queue } = this.#options;
    return this.#heardMs === null && store.index.namespaces === 0 && queue.waiting === 0;
  }

  async #apply(removal: LanceRemoval): Promise<void> {
    if ('purge' in removal) await this.#purge(removal.purge);
    else if ('removed' in removal) this.#remove(removal.removed, true);
    else this.#remove(removal.recalled, false);
  }

  async #purge(filter: PurgeFilter): Promise<void> {
    const { store, queue, loader } = this.#options;
    const goes = (entry: Purgeable) => matches(filter, entry);
    await loader.readAgain(goes);
    // Hidden from now on; what takes it out of memory goes on over the next turns.
    const purged = store.purge(filter);
    void queue.recall(goes);
    await purged;
  }

  #remove(names: readonly LanceName[], own: boolean): void {
    const { store, queue, onRemoved } = this.#options;
    for (const [name, id] of names) {
      onRemoved(name, id);
      const namespace = store.index.get(name);
      if (namespace?.byId.has(id) !== true) continue;
      store.index.remove(namespace, id);
      // Another may have been added under this id since.
      namespace.whole = false;
    }
    if (own) {
      void queue.recall(
        () => true,
        names.map(([name, id]) => keyOf(name, id)),
      );
    }
  }
}
