import type { Clock } from '../../../sdk/services.ts';
import type { HotNamespace } from './hot-namespace.ts';
import type { HotStore } from './hot-store.ts';
import type { LanceHealth } from './lance-health.ts';
import type { LanceRows } from './lance-message.ts';
import { namespaceKey } from './namespace-key.ts';
import type { WriteQueue } from './write-queue.ts';

export interface LoaderOptions {
  readonly store: HotStore;
  readonly health: LanceHealth;
  readonly queue: WriteQueue;
  readonly clock: Clock;
  /** True for a row that was removed or purged after a moment of the log of purges. */
  readonly hides: (namespace: string, row: LoadedRow, since: number) => boolean;
}

export interface LoadedRow {
  readonly id: string;
  readonly tenant: string;
  readonly tags: readonly string[];
}

const readDeadlineMs = 30_000;
const maxLoads = 2;
const maxWaitingLoads = 64;
/** Rows that go into memory in one turn of the event loop: half a millisecond. */
const rowsPerTurn = 16;

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Fills namespaces from the durable store when they are first asked for. */
export class NamespaceLoader {
  readonly #options: LoaderOptions;
  /** Keys of namespaces that may have durable rows; null where all may. */
  #known: Set<string> | null = null;
  #opening: Promise<void> | null = null;
  #opened = false;
  #loads = 0;
  readonly #wanted = new Map<string, number>();
  readonly #loading = new Set<string>();
  /** Too large to be in memory as a whole: not tried again. */
  readonly #tooLarge = new WeakSet<HotNamespace>();

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /** Asks once what the durable store has. Never fails: what is not known may be there. */
  open(): Promise<void> {
    if (this.#opened) return Promise.resolve();
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** True where the durable store has nothing of a namespace. */
  absent(namespace: string): boolean {
    return this.#opened && this.#known !== null && !this.#known.has(namespaceKey(namespace));
  }

  /** From now on the durable store may have something of it. */
  present(namespace: string): void {
    this.#known?.add(namespaceKey(namespace));
  }

  /** Loads a namespace when its turn comes. */
  want(namespace: string, dimensions: number): void {
    const { store, health } = this.#options;
    if (health.pauseMs > 0 || this.#loading.has(namespace)) return;
    if (!this.#opened) void this.open();
    const there = store.index.get(namespace);
    if (there !== undefined && this.#tooLarge.has(there)) return;
    if (this.#wanted.size >= maxWaitingLoads) return;
    this.#wanted.set(namespace, dimensions);
    this.#next();
  }

  /** Resolves when nothing is being loaded; for tests and closing. */
  async idle(): Promise<void> {
    await this.#opening;
    while (this.#loads > 0) await nextTurn();
  }

  async #open(): Promise<void> {
    try {
      const known = await this.#options.health.call(readDeadlineMs, 'open');
      this.#known = known === null ? null : new Set(known);
      this.#opened = true;
    } catch {
      // Said by the health of the store.
    }
  }

  #next(): void {
    if (this.#loads >= maxLoads) return;
    for (const [namespace, dimensions] of this.#wanted) {
      this.#wanted.delete(namespace);
      this.#loads += 1;
      this.#loading.add(namespace);
      void this.#load(namespace, dimensions)
        .catch(() => {})
        .finally(() => {
          this.#loads -= 1;
          this.#loading.delete(namespace);
          this.#next();
        });
      return;
    }
  }

  async #load(name: string, dimensions: number): Promise<void> {
    const { store, health, queue, clock } = this.#options;
    const since = store.purges.next();
    const namespace = store.index.get(name) ?? store.index.create(name, dimensions);
    if (namespace === null || namespace.dimensions !== dimensions || namespace.whole) return;
    for (const entry of queue.entriesOf(name)) {
      if (!namespace.byId.has(entry.id)) store.index.add(namespace, entry);
    }
    const { evicted } = namespace;
    const reading = await health.call(readDeadlineMs, 'startReading', name, dimensions, clock.now());
    for (;;) {
      const rows = await health.call(readDeadlineMs, 'read', reading);
      if (rows === null) break;
      if (await this.#take(namespace, rows, since)) continue;
      await health.call(readDeadlineMs, 'stopReading', reading);
      return;
    }
    if (namespace.evicted === evicted) namespace.whole = true;
    else this.#tooLarge.add(namespace);
  }

  /** @returns false where there is no place for more. */
  async #take(namespace: HotNamespace, rows: LanceRows, since: number): Promise<boolean> {
    const { store, hides } = this.#options;
    const { evicted } = namespace;
    for (const [at, id] of rows.ids.entries()) {
      if (at % rowsPerTurn === rowsPerTurn - 1) await nextTurn();
      if (namespace.dropped) return false;
      if (namespace.evicted !== evicted) {
        this.#tooLarge.add(namespace);
        return false;
      }
      const tenant = rows.tenants[at]!;
      const tags = rows.tags[at]!;
      // What is in memory already is newer.
      if (namespace.byId.has(id) || hides(namespace.name, { id, tenant, tags }, since)) continue;
      store.index.add(namespace, {
        id,
        meta: rows.metas[at]!,
        tenant: tenant === '' ? null : tenant,
        tags,
        expiresAtMs: rows.expiresAtMs[at]!,
        unit: rows.vectors.slice(at * rows.dimensions, (at + 1) * rows.dimensions),
      });
    }
    return true;
  }
}
