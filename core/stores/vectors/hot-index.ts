import type { MaybePromise } from '../../../sdk/plugin.ts';
import type { Clock } from '../../../sdk/services.ts';
import { matches, type PurgeFilter } from '../purge-log.ts';
import { entryBytes, type HotEntry, HotNamespace } from './hot-namespace.ts';
import { HotOwners } from './hot-owners.ts';
import { exactRows, type HotMatch, HotSearch, type HotSearchOptions } from './hot-search.ts';
import { NamespaceRounds } from './namespace-rounds.ts';
import { nearBits } from './near-tables.ts';
import { PurgesUnderWay } from './purges-under-way.ts';
import { maxNearRows } from './row-votes.ts';
import { SearchTurns } from './search-turns.ts';
import { Sketchers, sketchBits } from './sketch.ts';
import { VectorArena } from './vector-arena.ts';

export interface HotIndexOptions {
  readonly clock: Clock;
  /** All of it, bookkeeping included; at least 1 MiB. */
  readonly maxBytes: number;
  /** What goes to make room: whole namespaces, since they can be read again, or single entries. */
  readonly evict: 'namespaces' | 'entries';
}

/** What is put into the index, its vector made one of length 1 already. */
export type NewHotEntry = Pick<HotEntry, 'id' | 'meta' | 'tenant' | 'tags' | 'expiresAtMs'> & {
  readonly unit: Float32Array;
};

/** Entries that one turn of a purge looks at. */
const purgeSlice = 4000;
export const minHotBytes = 2 ** 20;
/** Entries that each addition looks at, in two namespaces, for what has expired. */
const sweptEntries = 2;
/** What was not asked for so long makes room first, whoever owns it. */
const idleMs = 600_000;

// Each is done with before anything else runs.
const margins = new Float32Array(nearBits);
const nearest = new Uint32Array(maxNearRows);

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Vectors of many namespaces in memory, bounded in bytes. Whoever has most makes room, with the namespace used longest
 * ago: nobody's flood takes the place of all others.
 */
export class HotIndex {
  readonly #clock: Clock;
  readonly #evict: 'namespaces' | 'entries';
  #maxBytes = 0;
  #arena = new VectorArena();
  readonly #owners = new HotOwners();
  /** The one used longest ago first. */
  readonly #namespaces = new Map<string, HotNamespace>();
  readonly #sketchers = new Sketchers();
  readonly #sketch = new Uint32Array(sketchBits / 32);
  readonly #purges = new PurgesUnderWay();
  readonly #turns: SearchTurns;
  readonly #rounds = new NamespaceRounds(this.#namespaces);
  #heapBytes = 0;
  #sequence = 0;
  entries = 0;
  evicted = 0;

  constructor({ clock, maxBytes, evict }: HotIndexOptions) {
    this.#clock = clock;
    this.#evict = evict;
    this.#turns = new SearchTurns(clock);
    this.bound(maxBytes);
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /**
   * From now on it takes so many bytes at most. Where that is less than it takes already it is emptied, since memory
   * of WebAssembly never shrinks.
   *
   * @throws RangeError below 1 MiB.
   */
  bound(maxBytes: number): void {
    if (!(maxBytes >= minHotBytes)) {
      throw new RangeError(`expected at least ${minHotBytes} bytes for vectors, came ${maxBytes}`);
    }
    this.#maxBytes = maxBytes;
    if (this.bytes <= maxBytes) return;
    this.evicted += this.entries;
    for (const namespace of this.#namespaces.values()) this.drop(namespace);
    this.#arena = new VectorArena();
  }

  get bytes(): number {
    return this.#arena.bytes + this.#heapBytes;
  }

  get namespaces(): number {
    return this.#namespaces.size;
  }

  /** The namespace, now the one used last. */
  get(name: string): HotNamespace | undefined {
    const namespace = this.#namespaces.get(name);
    if (namespace === undefined) return undefined;
    this.#namespaces.delete(name);
    this.#namespaces.set(name, namespace);
    this.#owners.touch(namespace);
    namespace.usedMs = this.#clock.monotonic();
    return namespace;
  }

  /** Makes a namespace. Null where there is no room for one. */
  create(name: string, dimensions: number): HotNamespace | null {
    const namespace = new HotNamespace(name, dimensions, this.#arena);
    while (this.bytes + namespace.heapBytes > this.#maxBytes) if (!this.#makeRoom(null)) return null;
    this.#namespaces.set(name, namespace);
    namespace.usedMs = this.#clock.monotonic();
    this.#owners.add(namespace);
    this.#heapBytes += namespace.heapBytes;
    return namespace;
  }

  /** Nearest entries; at once where that takes a fraction of a millisecond, else in several turns. */
  search(
    namespace: HotNamespace,
    unit: Float32Array,
    k: number,
    minScore: number,
  ): MaybePromise<readonly HotMatch[]> {
    if (namespace.entries.length === 0) return [];
    let sketch: Uint32Array | null = null;
    if (namespace.entries.length > exactRows) {
      sketch = new Uint32Array(sketchBits / 32);
      this.#sketchers.of(namespace.dimensions).write(unit, sketch);
    }
    const search = this.#begin({ namespace, unit, sketch, k, minScore });
    const ran = this.#turns.run(search);
    return ran instanceof Promise
      ? ran.then(() => this.#end(namespace, search))
      : this.#end(namespace, search);
  }

  /** Those of the nearest entries that hash tables find, in some microseconds; none in a small namespace. */
  near(namespace: HotNamespace, unit: Float32Array, k: number, minScore: number): readonly HotMatch[] {
    const { near } = namespace;
    if (near === null) return [];
    this.#sketchers.of(namespace.dimensions).write(unit, this.#sketch, margins);
    const search = this.#begin({ namespace, unit, sketch: null, k, minScore });
    search.compareOnly(nearest, near.find(this.#sketch, margins, nearest));
    return this.#end(namespace, search);
  }

  #begin(options: Pick<HotSearchOptions, 'namespace' | 'unit' | 'sketch' | 'k' | 'minScore'>): HotSearch {
    return new HotSearch({
      ...options,
      arena: this.#arena,
      nowMs: this.#clock.now(),
      hidden: (entry) => this.#purges.hides(options.namespace.name, entry),
    });
  }

  /** Adds an entry, in place of one with the same id. False where it does not fit at all. */
  add(namespace: HotNamespace, { unit, ...fields }: NewHotEntry): boolean {
    this.remove(namespace, fields.id);
    this.#sequence += 1;
    const bytes = entryBytes(fields);
    const entry: HotEntry = { ...fields, sequence: this.#sequence, bytes, row: -1, visited: false };
    this.#sweep(namespace);
    if (namespace.entries.length === 0) this.#own(namespace, entry.tenant ?? '');
    while (!this.#reserve(namespace, bytes)) if (!this.#makeRoom(namespace)) return false;
    this.#sketchers.of(namespace.dimensions).write(unit, this.#sketch);
    this.#change(namespace, () => namespace.add(entry, unit, this.#sketch));
    return true;
  }

  remove(namespace: HotNamespace, id: string): void {
    const entry = namespace.byId.get(id);
    if (entry !== undefined) this.#change(namespace, () => namespace.remove(entry));
  }

  drop(namespace: HotNamespace): void {
    if (namespace.dropped) return;
    this.#owners.delete(namespace);
    namespace.drop();
    this.#namespaces.delete(namespace.name);
    this.#heapBytes -= namespace.heapBytes;
    this.entries -= namespace.entries.length;
  }

  /** Hides what matches at once, and removes it over the next turns. */
  async purge(filter: PurgeFilter): Promise<void> {
    const { namespace: name, tenant, tag } = filter;
    const touched = [...this.#namespaces.values()].filter((one) => name === undefined || one.name === name);
    if (tenant === undefined && tag === undefined) {
      for (const namespace of touched) this.drop(namespace);
      return;
    }
    const purge = { sequence: this.#sequence, filter };
    this.#purges.begin(purge);
    let left = purgeSlice;
    for (const namespace of touched) {
      for (const entry of namespace.byId.values()) {
        const gone = namespace.dropped || entry.sequence > purge.sequence;
        if (!gone && matches(filter, { ...entry, namespace: namespace.name })) {
          this.remove(namespace, entry.id);
        }
        left -= 1;
        if (left > 0) continue;
        await nextTurn();
        left = purgeSlice;
      }
    }
    this.#purges.end(purge);
  }

  #end(namespace: HotNamespace, search: HotSearch): readonly HotMatch[] {
    for (const entry of search.expired) this.#change(namespace, () => namespace.remove(entry));
    return search.matches;
  }

  /** Keeps the sums while a namespace changes. */
  #change<T>(namespace: HotNamespace, change: () => T): T {
    const { bytes, heapBytes } = namespace;
    const { length } = namespace.entries;
    const result = change();
    this.#heapBytes += namespace.heapBytes - heapBytes;
    this.entries += namespace.entries.length - length;
    this.#owners.grow(namespace, namespace.bytes - bytes);
    return result;
  }

  /** The first entry says whose a namespace is. */
  #own(namespace: HotNamespace, owner: string): void {
    if (namespace.owner === owner) return;
    this.#owners.delete(namespace);
    namespace.owner = owner;
    this.#owners.add(namespace);
  }

  /** Memory for an entry of so many bytes besides its vector. False where there is none within the bound. */
  #reserve(namespace: HotNamespace, bytes: number): boolean {
    const maxArenaBytes = this.#maxBytes - this.#heapBytes - bytes;
    if (this.#arena.bytes > maxArenaBytes) return false;
    return this.#change(namespace, () => namespace.reserve(maxArenaBytes));
  }

  /** Removes what has expired among a few entries, here and in the next of all namespaces. */
  #sweep(namespace: HotNamespace): void {
    const nowMs = this.#clock.now();
    this.#change(namespace, () => namespace.sweep(nowMs, sweptEntries));
    const other = this.#rounds.next();
    if (other === undefined || other === namespace || other.entries.length === 0) return;
    this.#change(other, () => other.sweep(nowMs, sweptEntries));
    if (other.entries.length === 0) this.drop(other);
  }

  /** Frees something. False where there is nothing left to free. */
  #makeRoom(growing: HotNamespace | null): boolean {
    const oldest = this.#idle(growing) ?? this.#owners.victim(growing);
    if (oldest === undefined) return false;
    const victim = oldest.victim();
    // Reading a large one again takes long: it gives of its entries.
    const whole = this.#evict === 'namespaces' && oldest.bytes <= this.#maxBytes / 8;
    if (oldest !== growing && (whole || victim === undefined)) {
      this.evicted += oldest.entries.length;
      this.drop(oldest);
      return true;
    }
    if (victim === undefined) return false;
    oldest.whole = false;
    oldest.evicted += 1;
    this.evicted += 1;
    this.#change(oldest, () => oldest.remove(victim));
    return true;
  }

  /** A namespace that nobody asked for lately, where it can be read again. */
  #idle(growing: HotNamespace | null): HotNamespace | undefined {
    if (this.#evict !== 'namespaces') return undefined;
    const [oldest] = this.#namespaces.values();
    if (oldest === undefined || oldest === growing) return undefined;
    return this.#clock.monotonic() - oldest.usedMs > idleMs ? oldest : undefined;
  }
}
