import type { Json } from '../../../sdk/json.ts';
import type { MaybePromise } from '../../../sdk/plugin.ts';
import type { Clock, Log } from '../../../sdk/services.ts';
import type { VectorEntry, VectorMatch, VectorsStats } from '../../../sdk/vectors.ts';
import { type PurgeFilter, PurgeLog } from '../purge-log.ts';
import { Complaints, checkCount, checkEntry, checkId, checkNamespace, metaText } from './check.ts';
import { HotIndex, type HotIndexOptions, type NewHotEntry } from './hot-index.ts';
import type { HotNamespace } from './hot-namespace.ts';
import type { HotMatch } from './hot-search.ts';
import { maxDimensions, unitVector } from './unit-vector.ts';

/** The hot index as callers see it: arguments checked, vectors made unit vectors, meta as JSON. */
export class HotStore {
  readonly index: HotIndex;
  readonly complaints: Complaints;
  readonly purges: PurgeLog;
  #refused = 0;

  constructor(options: HotIndexOptions & { readonly clock: Clock; readonly log: Log }) {
    this.index = new HotIndex(options);
    this.complaints = new Complaints(options.log, () => options.clock.monotonic());
    this.purges = new PurgeLog(options.clock);
  }

  /** Searches what is in memory. Null where the namespace is not, or the vector is none for it. */
  search(
    name: string,
    vector: Float32Array,
    k: number,
    minScore: number,
  ): MaybePromise<readonly VectorMatch[]> | null {
    checkNamespace(name);
    checkCount(k);
    const namespace = this.index.get(name);
    if (namespace === undefined) return null;
    const unit = this.unit(vector, namespace);
    if (unit === null) return null;
    const found = this.index.search(namespace, unit, k, minScore);
    return found instanceof Promise ? found.then(toMatches) : toMatches(found);
  }

  /** Of what is in memory, what is found at once. */
  near(name: string, vector: Float32Array, k: number, minScore: number): readonly VectorMatch[] {
    checkNamespace(name);
    checkCount(k);
    const namespace = this.index.get(name);
    if (namespace === undefined || namespace.near === null) return [];
    const unit = this.unit(vector, namespace);
    return unit === null ? [] : toMatches(this.index.near(namespace, unit, k, minScore));
  }

  /** The vector of length 1; null, and a warning, where it is none or of other dimensions than its namespace. */
  unit(vector: Float32Array, namespace: HotNamespace | undefined): Float32Array | null {
    if (namespace !== undefined && namespace.dimensions !== vector.length) {
      this.complaints.warn(
        'A vector has another number of dimensions than its namespace: not found, not kept',
        {
          expected: namespace.dimensions,
          came: vector.length,
        },
      );
      return null;
    }
    const unit = unitVector(vector);
    if (unit === null) {
      this.complaints.warn('A vector has no direction or too many dimensions: not found, not kept', {
        dimensions: vector.length,
        maxDimensions,
      });
    }
    return unit;
  }

  /** The entries that may be kept; the others are counted. @throws RangeError for names out of their bounds. */
  accept(name: string, entries: readonly VectorEntry[]): NewHotEntry[] {
    checkNamespace(name);
    for (const entry of entries) checkEntry(entry);
    const accepted: NewHotEntry[] = [];
    for (const entry of entries) {
      const { id, tenant, tags = [], expiresAtMs, ageMs = 0 } = entry;
      const given = this.unit(entry.vector, this.index.get(name));
      // What waits to be written must not change with the caller's numbers.
      const unit = given === entry.vector ? given.slice() : given;
      const meta = metaText(entry.meta);
      const purged = this.purges.purged({ namespace: name, tenant, tags }, ageMs);
      if (unit === null || meta === null || purged) {
        this.#refused += 1;
        if (meta === null)
          this.complaints.warn('The meta of an entry is not JSON, or too long: not kept', {});
        continue;
      }
      accepted.push({ id, meta, tenant, tags: [...tags], expiresAtMs: expiresAtMs ?? Infinity, unit });
    }
    return accepted;
  }

  /** Puts an entry into memory. Null where there is no room, or its namespace has other dimensions. */
  keep(name: string, entry: NewHotEntry): HotNamespace | null {
    const namespace = this.index.get(name) ?? this.index.create(name, entry.unit.length);
    if (
      namespace !== null &&
      namespace.dimensions === entry.unit.length &&
      this.index.add(namespace, entry)
    ) {
      return namespace;
    }
    return null;
  }

  remove(name: string, ids: readonly string[]): void {
    checkNamespace(name);
    for (const id of ids) checkId(id);
    const namespace = this.index.get(name);
    if (namespace !== undefined) for (const id of ids) this.index.remove(namespace, id);
  }

  /** Counts an entry that could not be kept. */
  refuse(): void {
    this.#refused += 1;
  }

  purge(filter: PurgeFilter): Promise<void> {
    this.purges.add(filter);
    return this.index.purge(filter);
  }

  stats(): Pick<VectorsStats, 'namespaces' | 'entries' | 'bytes' | 'maxBytes' | 'evicted' | 'refused'> {
    const { namespaces, entries, bytes, maxBytes, evicted } = this.index;
    return { namespaces, entries, bytes, maxBytes, evicted, refused: this.#refused };
  }
}

/** Its meta is parsed when it is looked at: mostly that of the first is enough. */
class HotStoreMatch implements VectorMatch {
  readonly id: string;
  readonly score: number;
  readonly #text: string;
  #meta: Json | undefined;

  constructor({ entry, score }: HotMatch) {
    this.id = entry.id;
    this.score = score;
    this.#text = entry.meta;
  }

  get meta(): Json {
    this.#meta ??= JSON.parse(this.#text) as Json;
    return this.#meta;
  }
}

function toMatches(found: readonly HotMatch[]): VectorMatch[] {
  return found.map((match) => new HotStoreMatch(match));
}
