import type { Cancel, Clock } from '../../../sdk/services.ts';
import type { Purgeable } from '../purge-log.ts';
import type { HiddenRows } from './hidden-rows.ts';
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
  /** How often it is asked for namespaces that other gateways began. */
  readonly listMs: number;
  /** Resolves when it is known what was removed before this gateway began, or cannot be. */
  readonly heardOfRemovals: () => Promise<void>;
  readonly hidden: HiddenRows;
}

const readDeadlineMs = 30_000;
const maxLoads = 2;
const maxWaitingLoads = 64;
/** While memory is full nothing is read for so many times as long as the last reading took. */
const restFactor = 3;
/** Rows that go into memory in one turn of the event loop: half a millisecond. */
const rowsPerTurn = 16;

/** Keys that are put into a set in one turn: a quarter of a millisecond. */
const keysPerTurn = 1000;

/** Entries that are looked at in one turn. */
const entriesPerTurn = 4000;

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
  /** The names of those that are whole, and of others that were. */
  readonly #whole = new Set<string>();
  #wholeLimit = 1000;
  #resting = false;
  #closed = false;
  #cancelList: Cancel | null = null;
  /** How often others were heard of. */
  #heard = 0;
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

  close(): void {
    this.#closed = true;
    this.#cancelList?.();
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

  /** Namespaces that have such entries are not taken for whole any more: others may have added to them since. */
  async readAgain(has: (entry: Purgeable) => boolean): Promise<void> {
    this.#heard += 1;
    let left = entriesPerTurn;
    for (const name of this.#whole) {
      const namespace = this.#options.store.index.get(name);
      if (namespace?.whole !== true) {
        this.#whole.delete(name);
        continue;
      }
      for (const entry of namespace.byId.values()) {
        if (!namespace.whole) break;
        if (has({ namespace: namespace.name, tenant: entry.tenant, tags: entry.tags }))
          namespace.whole = false;
        left -= 1;
        if (left > 0) continue;
        await nextTurn();
        left = entriesPerTurn;
      }
    }
  }

  /** All that is durable is in memory, too. */
  becameWhole(namespace: HotNamespace): void {
    namespace.whole = true;
    this.#whole.add(namespace.name);
    if (this.#whole.size < this.#wholeLimit) return;
    const { index } = this.#options.store;
    for (const name of this.#whole) if (index.get(name)?.whole !== true) this.#whole.delete(name);
    this.#wholeLimit = 2 * this.#whole.size + 1000;
  }

  /** Resolves when nothing is being loaded; for tests and closing. */
  async idle(): Promise<void> {
    await this.#opening;
    while (this.#loads > 0) await nextTurn();
  }

  async #open(): Promise<void> {
    try {
      const keys = await this.#options.health.call(readDeadlineMs, 'open');
      const known = keys === null ? null : await toSet(keys);
      // What was added meanwhile is known already, and may not have been written.
      for (const key of this.#known ?? []) known?.add(key);
      this.#known = known;
      this.#opened = true;
    } catch {
      // Said by the health of the store.
    }
    if (this.#closed || !this.#opened) return;
    const { clock, listMs } = this.#options;
    this.#cancelList?.();
    this.#cancelList = clock.after(listMs, () => void this.#open());
  }

  #next(): void {
    if (this.#loads >= maxLoads || this.#resting) return;
    for (const [namespace, dimensions] of this.#wanted) {
      this.#wanted.delete(namespace);
      this.#loads += 1;
      this.#loading.add(namespace);
      const { clock, store } = this.#options;
      const { evicted } = store.index;
      const startMs = clock.monotonic();
      void this.#load(namespace, dimensions)
        .catch(() => {})
        .finally(() => {
          this.#loads -= 1;
          this.#loading.delete(namespace);
          if (store.index.evicted > evicted) this.#rest((clock.monotonic() - startMs) * restFactor);
          this.#next();
        });
      return;
    }
  }

  /** Memory is full: what was read took the place of something that may be asked for as well, and is read again then. */
  #rest(forMs: number): void {
    if (this.#resting) return;
    this.#resting = true;
    this.#options.clock.after(forMs, () => {
      this.#resting = false;
      this.#next();
    });
  }

  async #load(name: string, dimensions: number): Promise<void> {
    const { store, health, queue, clock, heardOfRemovals } = this.#options;
    await heardOfRemovals();
    const since = store.purges.next();
    const heard = this.#heard;
    const namespace = store.index.get(name) ?? store.index.create(name, dimensions);
    if (namespace === null || namespace.dimensions !== dimensions || namespace.whole) return;
    for (const entry of queue.entriesOf(name)) {
      if (!namespace.byId.has(entry.id)) store.index.add(namespace, entry);
    }
    const { evicted } = namespace;
    const reading = await health.call(readDeadlineMs, 'startReading', name, dimensions, clock.now());
    try {
      for (;;) {
        const rows = await health.call(readDeadlineMs, 'read', reading);
        if (rows === null) break;
        if (!(await this.#take(namespace, rows, since))) return;
      }
    } finally {
      await health.call(readDeadlineMs, 'stopReading', reading).catch(() => {});
    }
    if (namespace.evicted !== evicted) this.#tooLarge.add(namespace);
    // What was hidden since another gateway removed it may have been added again.
    else if (this.#heard === heard && !namespace.dropped) this.becameWhole(namespace);
  }

  /** @returns false where there is no place for more. */
  async #take(namespace: HotNamespace, rows: LanceRows, since: number): Promise<boolean> {
    const { store, hidden } = this.#options;
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
      if (namespace.byId.has(id) || hidden.has(namespace.name, { id, tenant, tags }, since)) continue;
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

/** All keys have the same length. */
async function toSet(keys: string): Promise<Set<string>> {
  const set = new Set<string>();
  const { length } = namespaceKey('');
  for (let at = 0; at < keys.length; at += length) {
    set.add(keys.slice(at, at + length));
    if (set.size % keysPerTurn === 0) await nextTurn();
  }
  return set;
}
