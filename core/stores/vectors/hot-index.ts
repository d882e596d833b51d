import type { MaybePromise } from '../../../sdk/plugin.ts';
import type { Clock } from '../../../sdk/services.ts';
import { matches, type PurgeFilter } from '../purge-log.ts';
import { type HotEntry, HotNamespace } from './hot-namespace.ts';
import { type HotMatch, HotSearch } from './hot-search.ts';
import { emptyArenaBytes, PageArena } from './page-arena.ts';
import { Sketcher, sketchBits } from './sketch.ts';

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

/** So long one turn of the event loop is spent on a search. */
const turnMs = 0.4;
/** Entries that one turn of a purge looks at. */
const purgeSlice = 4000;
export const minHotBytes = 2 ** 20;

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Vectors of many namespaces in memory, bounded in bytes. The namespace used longest ago goes first. */
export class HotIndex {
  readonly maxBytes: number;
  readonly #clock: Clock;
  readonly #evict: 'namespaces' | 'entries';
  readonly #arena = new PageArena();
  /** The one used longest ago first. */
  readonly #namespaces = new Map<string, HotNamespace>();
  readonly #sketchers = new Map<number, Sketcher>();
  readonly #sketch = new Uint32Array(sketchBits / 32);
  #purges: { readonly sequence: number; readonly filter: PurgeFilter }[] = [];
  #heapBytes = 0;
  #sequence = 0;
  entries = 0;
  evicted = 0;

  constructor({ clock, maxBytes, evict }: HotIndexOptions) {
    if (!(maxBytes >= minHotBytes)) {
      throw new RangeError(`expected at least ${minHotBytes} bytes for vectors, came ${maxBytes}`);
    }
    this.#clock = clock;
    this.maxBytes = maxBytes;
    this.#evict = evict;
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
    return namespace;
  }

  /** Makes a namespace. Null where there is no room for one. */
  create(name: string, dimensions: number): HotNamespace | null {
    const namespace = new HotNamespace(name, dimensions, this.#arena);
    while (this.bytes + namespace.bytes > this.maxBytes) if (!this.#makeRoom(null)) return null;
    this.#namespaces.set(name, namespace);
    this.#heapBytes += namespace.bytes;
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
    const sketch = new Uint32Array(sketchBits / 32);
    this.#sketcher(namespace.dimensions).write(unit, sketch);
    const search = new HotSearch({
      namespace,
      arena: this.#arena,
      unit,
      sketch,
      k,
      minScore,
      nowMs: this.#clock.now(),
      hidden: (entry) => this.#purges.length > 0 && this.#hidden(namespace.name, entry),
    });
    return this.#turn(search) ? this.#end(namespace, search) : this.#turns(namespace, search);
  }

  /** Adds an entry, in place of one with the same id. False where it does not fit at all. */
  add(namespace: HotNamespace, { unit, ...fields }: NewHotEntry): boolean {
    this.remove(namespace, fields.id);
    this.#sequence += 1;
    const entry: HotEntry = { ...fields, sequence: this.#sequence, row: -1, visited: false };
    this.#change(namespace, () => namespace.sweep(this.#clock.now(), 2));
    while (this.bytes + namespace.growth(entry) > this.maxBytes) {
      if (!this.#makeRoom(namespace)) return false;
    }
    this.#sketcher(namespace.dimensions).write(unit, this.#sketch);
    this.#change(namespace, () => namespace.add(entry, unit, this.#sketch));
    return true;
  }

  remove(namespace: HotNamespace, id: string): void {
    const entry = namespace.byId.get(id);
    if (entry !== undefined) this.#change(namespace, () => namespace.remove(entry));
  }

  drop(namespace: HotNamespace): void {
    if (namespace.dropped) return;
    namespace.drop();
    this.#namespaces.delete(namespace.name);
    this.#heapBytes -= namespace.bytes;
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
    this.#purges.push(purge);
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
    this.#purges = this.#purges.filter((other) => other !== purge);
  }

  /** True for what a purge has not reached yet. */
  #hidden(name: string, entry: HotEntry): boolean {
    for (const { sequence, filter } of this.#purges) {
      if (entry.sequence <= sequence && matches(filter, { ...entry, namespace: name })) return true;
    }
    return false;
  }

  #turn(search: HotSearch): boolean {
    const untilMs = this.#clock.monotonic() + turnMs;
    do {
      search.slice();
      if (search.done) return true;
    } while (this.#clock.monotonic() < untilMs);
    return false;
  }

  async #turns(namespace: HotNamespace, search: HotSearch): Promise<readonly HotMatch[]> {
    do {
      await nextTurn();
    } while (!search.done && !this.#turn(search));
    return this.#end(namespace, search);
  }

  #end(namespace: HotNamespace, search: HotSearch): readonly HotMatch[] {
    for (const entry of search.expired) this.#change(namespace, () => namespace.remove(entry));
    return search.matches;
  }

  /** Keeps the sums while a namespace changes. */
  #change(namespace: HotNamespace, change: () => void): void {
    const { bytes } = namespace;
    const { length } = namespace.entries;
    change();
    this.#heapBytes += namespace.bytes - bytes;
    this.entries += namespace.entries.length - length;
  }

  /** Frees something. False where there is nothing left to free. */
  #makeRoom(growing: HotNamespace | null): boolean {
    const [oldest] = this.#namespaces.values();
    if (oldest === undefined) return false;
    const victim = oldest.victim();
    if (oldest !== growing && (this.#evict === 'namespaces' || victim === undefined)) {
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

  #sketcher(dimensions: number): Sketcher {
    let sketcher = this.#sketchers.get(dimensions);
    if (sketcher === undefined) {
      sketcher = new Sketcher(dimensions);
      this.#sketchers.set(dimensions, sketcher);
    }
    return sketcher;
  }
}

/** The least that an index of no namespaces takes. */
export const emptyHotBytes = emptyArenaBytes;
