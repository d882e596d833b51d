import { randomUUID } from 'node:crypto';
import type { Cancel, Clock, Log } from '../../../sdk/services.ts';
import type { VectorMatch, Vectors } from '../../../sdk/vectors.ts';
import { checkFilter } from '../purge-log.ts';
import { ColdMatch } from './cold-match.ts';
import { HiddenRows } from './hidden-rows.ts';
import { HotStore } from './hot-store.ts';
import { LanceHealth } from './lance-health.ts';
import { LanceProcess } from './lance-process.ts';
import { NamespaceLoader } from './namespace-loader.ts';
import { RemovalNews } from './removal-news.ts';
import { WriteQueue } from './write-queue.ts';

export interface LanceVectorsOptions {
  /** A folder, made where it is missing, or an address that LanceDB knows: `s3://bucket/folder`. */
  readonly uri: string;
  /** Credentials and such for object stores, as LanceDB names them: `aws_access_key_id`, `region`, `endpoint`. */
  readonly storageOptions?: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Memory of hot namespaces, bookkeeping included; 256 MiB by default, at least 1 MiB. */
  readonly maxBytes?: number;
  /** Durable entries; the oldest go first. 1,000,000 by default. */
  readonly maxEntries?: number;
  /** From so many rows on a table gets no more; another is begun. 50,000 by default. */
  readonly segmentRows?: number;
  /** How long a change waits for others before it is written; 1 s by default. */
  readonly flushMs?: number;
  /** How often expired rows are removed and small files joined, where something changed; 60 s by default. */
  readonly tidyMs?: number;
  /** How long a search may wait for the durable store while its namespace is not in memory; 100 ms by default. */
  readonly coldMs?: number;
  /** Changes that may wait for the durable store; 4,096 by default. */
  readonly maxWaiting?: number;
  /** How often it is asked what other gateways removed from the same tables; 3 s by default. */
  readonly newsMs?: number;
  /** How often it is asked which namespaces other gateways began; 5 min by default. */
  readonly listMs?: number;
  /** Memory of LanceDB's process, above which it is replaced by a new one between calls; 384 MiB by default. */
  readonly maxProcessBytes?: number;
}

const maxColdSearches = 4;
/** Searching files keeps all cores busy: so many milliseconds at once, and then a quarter of the time. */
const coldBurstMs = 2000;
const coldShare = 0.25;
const searchDeadlineMs = 10_000;
/** As near as this nothing better needs to be looked for. */
const sameScore = 0.99;

/**
 * Vectors in LanceDB, and in memory where they are asked for. A namespace is read into memory when it is first searched
 * or added to; until then, and where it is too large, LanceDB answers searches too, a few at a time.
 *
 * Gateways that share an address each see what the others wrote when they read a namespace into memory. What one of them
 * purges or removes leaves the memory of the others within `newsMs` and the time that a look takes; what they added
 * themselves in these seconds goes with it, where it is of the kind.
 */
export function createLanceVectors(options: LanceVectorsOptions): Vectors {
  return new LanceVectors(options);
}

class LanceVectors implements Vectors {
  readonly #clock: Clock;
  readonly #coldMs: number;
  readonly #store: HotStore;
  readonly #process: LanceProcess;
  readonly #health: LanceHealth;
  readonly #queue: WriteQueue;
  readonly #loader: NamespaceLoader;
  readonly #news: RemovalNews;
  readonly #hidden: HiddenRows;
  #coldSearches = 0;
  /** When the cold searches so far will have had their share of the time, on the monotonic clock. */
  #coldPaidMs = 0;
  #hot = 0;
  #cold = 0;
  #missed = 0;

  constructor(options: LanceVectorsOptions) {
    const { uri, storageOptions = {}, clock, log, maxBytes = 268_435_456 } = options;
    this.#clock = clock;
    this.#coldMs = options.coldMs ?? 100;
    this.#store = new HotStore({ clock, log, maxBytes, evict: 'namespaces' });
    const { segmentRows } = options;
    this.#process = new LanceProcess(
      { uri, writer: randomUUID(), storageOptions, ...(segmentRows === undefined ? {} : { segmentRows }) },
      clock,
      options.maxProcessBytes ?? 402_653_184,
    );
    this.#health = new LanceHealth({ process: this.#process, clock, log });
    this.#queue = new WriteQueue({
      health: this.#health,
      clock,
      complaints: this.#store.complaints,
      maxWaiting: options.maxWaiting ?? 4096,
      flushMs: options.flushMs ?? 1000,
      maxEntries: options.maxEntries ?? 1_000_000,
      tidyMs: options.tidyMs ?? 60_000,
    });
    this.#hidden = new HiddenRows(this.#store.purges, this.#queue);
    this.#loader = new NamespaceLoader({
      store: this.#store,
      health: this.#health,
      queue: this.#queue,
      clock,
      listMs: options.listMs ?? 300_000,
      heardOfRemovals: () => this.#news.first(),
      hidden: this.#hidden,
    });
    this.#news = new RemovalNews({
      store: this.#store,
      health: this.#health,
      queue: this.#queue,
      loader: this.#loader,
      clock,
      pollMs: options.newsMs ?? 3000,
      onRemoved: (namespace, id) => this.#hidden.hide(namespace, id),
    });
    void this.#loader.open();
    void this.#news.listen();
  }

  search(name: string, vector: Float32Array, k: number, minScore = -1): ReturnType<Vectors['search']> {
    const found = this.#store.search(name, vector, k, minScore);
    const namespace = this.#store.index.get(name);
    if (namespace?.whole === true || (namespace === undefined && this.#loader.absent(name))) {
      this.#hot += 1;
      return found ?? [];
    }
    if (namespace !== undefined && found === null) return [];
    this.#loader.want(name, vector.length);
    return this.#searchPart(found, name, vector, k, minScore);
  }

  near(name: string, vector: Float32Array, k: number, minScore: number): readonly VectorMatch[] {
    const found = this.#store.near(name, vector, k, minScore);
    if (found.length > 0) this.#hot += 1;
    return found;
  }

  add(name: string, entries: Parameters<Vectors['add']>[1]): void {
    for (const entry of this.#store.accept(name, entries)) {
      const { index } = this.#store;
      const namespace = index.get(name) ?? index.create(name, entry.unit.length);
      if (namespace !== null && !namespace.whole) {
        if (namespace.entries.length === 0 && this.#loader.absent(name)) this.#loader.becameWhole(namespace);
        else this.#loader.want(name, entry.unit.length);
      }
      const fresh = namespace?.whole === true && !namespace.byId.has(entry.id);
      if (this.#store.keep(name, entry) === null) {
        // Not all of it is in memory then.
        if (namespace !== null) namespace.whole = false;
      }
      this.#hidden.show(name, entry.id);
      this.#loader.present(name);
      this.#queue.add(name, entry, fresh);
    }
  }

  remove(name: string, ids: readonly string[]): void {
    this.#store.remove(name, ids);
    for (const id of ids) {
      this.#hidden.hide(name, id);
      this.#queue.remove(name, id);
    }
  }

  async purge(filter: Parameters<Vectors['purge']>[0]): Promise<void> {
    checkFilter(filter);
    await Promise.all([this.#store.purge(filter), this.#queue.purge(filter)]);
  }

  bound(maxBytes: number): void {
    this.#store.index.bound(maxBytes);
  }

  async flush(): Promise<void> {
    await Promise.all([this.#loader.open(), this.#news.first()]);
    await this.#queue.flush();
  }

  stats(): ReturnType<Vectors['stats']> {
    const { reason } = this.#health;
    return {
      state: reason === null ? 'up' : 'degraded',
      reason,
      ...this.#store.stats(),
      hot: this.#hot,
      cold: this.#cold,
      missed: this.#missed,
      waiting: this.#queue.waiting,
      lost: this.#queue.lost,
      fragments: this.#queue.fragments,
      process: { pid: this.#process.pid, bytes: this.#process.rssBytes, replaced: this.#process.replaced },
    };
  }

  async close(): Promise<void> {
    this.#news.close();
    this.#loader.close();
    await this.#queue.close();
    this.#health.close();
    await this.#process.close();
  }

  /** What is in memory, and what the durable store has beside it. */
  async #searchPart(
    part: ReturnType<HotStore['search']>,
    name: string,
    vector: Float32Array,
    k: number,
    minScore: number,
  ): Promise<readonly VectorMatch[]> {
    const found = (await part) ?? [];
    const unit = this.#store.unit(vector, undefined);
    if (unit === null) return [];
    const owed = this.#coldPaidMs - this.#clock.monotonic() > coldBurstMs / coldShare;
    const busy = owed || this.#coldSearches >= maxColdSearches || this.#health.pauseMs > 0;
    if ((found[0]?.score ?? -1) >= sameScore || (busy && found.length > 0)) {
      this.#hot += 1;
      return found;
    }
    if (busy) {
      this.#missed += 1;
      return [];
    }
    this.#coldSearches += 1;
    const answer = this.#searchCold(name, unit, k, minScore)
      .catch(() => null)
      .finally(() => {
        this.#coldSearches -= 1;
      });
    const matches = await this.#within(answer);
    if (matches !== null) this.#cold += 1;
    else if (found.length > 0) this.#hot += 1;
    else this.#missed += 1;
    return matches === null ? found : merged(found, matches, k);
  }

  /** What was found; null where some of it was purged meanwhile, so that nobody knows what is there. */
  async #searchCold(
    name: string,
    unit: Float32Array,
    k: number,
    minScore: number,
  ): Promise<VectorMatch[] | null> {
    await this.#news.first();
    const since = this.#store.purges.next();
    const nowMs = this.#clock.now();
    const startMs = this.#clock.monotonic();
    const found = await this.#health.call(searchDeadlineMs, 'search', name, unit, k, nowMs);
    const endMs = this.#clock.monotonic();
    this.#coldPaidMs = Math.max(this.#coldPaidMs, startMs) + (endMs - startMs) / coldShare;
    const near = found.filter(({ score }) => score >= minScore);
    if (near.some((row) => this.#hidden.purgedSince(name, row, since))) return null;
    return near.filter((row) => !this.#hidden.has(name, row, since)).map((row) => new ColdMatch(row));
  }

  /** The answer, or null when it takes too long. */
  #within<T>(answer: Promise<T | null>): Promise<T | null> {
    return new Promise((resolve) => {
      const cancel: Cancel = this.#clock.after(this.#coldMs, () => resolve(null));
      void answer.then((value) => {
        cancel();
        resolve(value);
      });
    });
  }
}

/** The best of both. What is in memory is newer. */
function merged(hot: readonly VectorMatch[], cold: readonly VectorMatch[], k: number): VectorMatch[] {
  const known = new Set(hot.map(({ id }) => id));
  const all = [...hot, ...cold.filter(({ id }) => !known.has(id))];
  return all.sort((a, b) => b.score - a.score).slice(0, k);
}
