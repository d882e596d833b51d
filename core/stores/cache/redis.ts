import { hash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type {
  CacheEntry,
  CacheFilter,
  CacheFound,
  CacheStats,
  CacheStore,
} from '../../../sdk/cache-store.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { Json } from '../../../sdk/json.ts';
import type { Clock, Ids, Log } from '../../../sdk/services.ts';
import { LinkFailure, RedisLink } from '../counters/redis-link.ts';
import type { Script } from '../counters/scripts.ts';
import { checkFilter, PurgeLog } from '../purge-log.ts';
import { checkCacheEntry, checkKey, metaText } from './check.ts';
import { pack, unpack } from './pack.ts';
import { cacheScripts } from './redis-scripts.ts';

export interface RedisCacheOptions {
  /** `redis://` or `rediss://`, with credentials and database where needed. Never printed as a whole. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  /** For generations: values that nobody else makes. */
  readonly ids: Pick<Ids, 'trace'>;
  /** Gateways with the same prefix share their cache; `sluice` by default. */
  readonly prefix?: string;
  /** How long a command may take before it counts as a miss; 50 ms by default. */
  readonly deadlineMs?: number;
  /** Larger values are not kept; 8 MiB by default. */
  readonly maxValueBytes?: number;
  /** A login was refused: asks for a newer one, which comes to `renew`. */
  readonly newerLogin?: (() => Promise<void>) | undefined;
}

export interface RedisCache extends CacheStore, Pick<RedisLink, 'renew'> {
  /** Waits for the first connection. @returns false where there is none in time. */
  connected(timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}

type RunScript = (script: string, keys: number, ...rest: (string | number | Buffer)[]) => Promise<unknown>;

/** As ioredis makes them for every command, though its types leave these out: answers come as bytes. */
interface BufferCommands {
  readonly evalshaBuffer: RunScript;
  readonly evalBuffer: RunScript;
}

/** Purges are remembered at least that long, for what was being worked on. */
const rememberMs = 3_600_000;
const complainEveryMs = 60_000;

/**
 * Values that many gateways share. Redis 6.2 or later; it may evict (`maxmemory-policy allkeys-lru`, or `volatile-…`), as
 * everything has a time to live. All keys have one hash tag: in a cluster they lie in one slot.
 */
export function createRedisCache(options: RedisCacheOptions): RedisCache {
  return new SharedCache(options);
}

class SharedCache implements RedisCache {
  readonly #options: RedisCacheOptions;
  readonly #link: RedisLink;
  readonly #entry: string;
  readonly #scope: string;
  readonly #maxValueBytes: number;
  /** Purges that were asked for here: what is being packed meanwhile is not put. */
  readonly #log: PurgeLog;
  #complainedMs = Number.NEGATIVE_INFINITY;
  #hits = 0;
  #misses = 0;
  #puts = 0;
  #refused = 0;
  #failures = 0;

  constructor(options: RedisCacheOptions) {
    const { url, clock, log, prefix = 'sluice', deadlineMs = 50, maxValueBytes = 8_388_608 } = options;
    if (!/^[\w.:-]{1,64}$/.test(prefix)) {
      throw new RangeError(`expected a prefix of letters, digits and _ . : -, came "${prefix}"`);
    }
    this.#options = options;
    this.#entry = `{${prefix}:cache}:e:`;
    this.#scope = `{${prefix}:cache}:g:`;
    this.#maxValueBytes = maxValueBytes;
    this.#log = new PurgeLog(clock);
    this.#link = new RedisLink({
      url,
      clock,
      log,
      store: 'cache',
      deadlineMs,
      meanwhile: 'the cache misses',
      recover: async () => {},
      newerLogin: options.newerLogin,
    });
  }

  connected(timeoutMs: number): Promise<boolean> {
    return this.#link.connected(timeoutMs);
  }

  renew(url: string): Promise<boolean> {
    return this.#link.renew(url);
  }

  async get(key: string): Promise<CacheFound | null> {
    checkKey(key);
    const found = await this.#find(key).catch((error: unknown) => {
      this.#failed(error);
      return null;
    });
    if (found === null) this.#misses += 1;
    else this.#hits += 1;
    return found;
  }

  async put(entry: CacheEntry): Promise<boolean> {
    checkCacheEntry(entry);
    const { key, value, tenant, tags = [], ttlMs, ageMs = 0 } = entry;
    const meta = metaText(entry.meta);
    const since = this.#log.next();
    const beganMs = this.#options.clock.monotonic() - ageMs;
    try {
      if (meta === null || value.byteLength > this.#maxValueBytes) {
        // The value that was there is not the answer any more.
        await this.#run(cacheScripts.remove, [this.#entry + key], []);
        this.#refused += 1;
        return false;
      }
      const [bytes, packed] = await pack(value);
      if (this.#log.purgedSince({ tenant, tags }, since)) {
        this.#refused += 1;
        return false;
      }
      const ageUs = Math.ceil((this.#options.clock.monotonic() - beganMs) * 1000);
      const answer = await this.#run(
        cacheScripts.put,
        [this.#entry + key, ...this.#scopes(tenant, tags)],
        [asBuffer(bytes), meta, packed ? 1 : 0, Math.ceil(ttlMs), ageUs, this.#options.ids.trace()],
      );
      const kept = Number(answer) === 1;
      if (kept) this.#puts += 1;
      else this.#refused += 1;
      return kept;
    } catch (error) {
      this.#failed(error);
      this.#refused += 1;
      return false;
    }
  }

  async delete(key: string): Promise<boolean> {
    checkKey(key);
    return Number(await this.#must(cacheScripts.remove, [this.#entry + key], [])) === 1;
  }

  async purge(filter: CacheFilter): Promise<void> {
    checkFilter(filter);
    this.#log.add(filter);
    const { tenant = null, tag = null } = filter;
    await this.#must(
      cacheScripts.purge,
      [this.#scopeOf(tenant, tag)],
      [this.#options.ids.trace(), rememberMs],
    );
  }

  stats(): CacheStats {
    return {
      state: this.#link.up ? 'up' : 'down',
      hits: this.#hits,
      misses: this.#misses,
      puts: this.#puts,
      refused: this.#refused,
      failures: this.#failures,
      entries: null,
      bytes: null,
      maxBytes: null,
      evicted: null,
    };
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #find(key: string): Promise<CacheFound | null> {
    const answer = await this.#run(cacheScripts.get, [this.#entry + key], []);
    if (!Array.isArray(answer)) return null;
    const [value, meta, packed] = answer as readonly unknown[];
    if (!Buffer.isBuffer(value) || !Buffer.isBuffer(meta)) return null;
    return {
      value: String(packed) === '1' ? await unpack(value, this.#maxValueBytes) : value,
      meta: JSON.parse(meta.toString()) as Json,
    };
  }

  /** Generations that an entry belongs to: one for each filter that could name it. */
  #scopes(tenant: string | null, tags: readonly string[]): string[] {
    const scopes = [this.#scopeOf(null, null)];
    if (tenant !== null) scopes.push(this.#scopeOf(tenant, null));
    for (const tag of tags) {
      scopes.push(this.#scopeOf(null, tag));
      if (tenant !== null) scopes.push(this.#scopeOf(tenant, tag));
    }
    return scopes;
  }

  /** Hashed: names may be long, and have characters that the scripts use. */
  #scopeOf(tenant: string | null, tag: string | null): string {
    const text = JSON.stringify([tenant, tag]);
    return this.#scope + hash('sha256', text, 'base64url');
  }

  /** @throws GatewayError `store_unavailable` where Redis did not do it. */
  #must(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.#run(script, keys, args).catch((error: unknown) => {
      this.#failed(error);
      const message =
        'expected the cache to remove entries; its store did not answer: they may still be found; try again';
      throw new GatewayError('store_unavailable', message, { retryAfterMs: 1000, cause: error });
    });
  }

  /** One round trip, two where Redis does not know the script yet. */
  #run(
    { lua, sha }: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown> {
    const rest = [keys.length, ...keys, ...args] as const;
    return this.#link.ask(async (redis) => {
      const bytes = redis as Redis & BufferCommands;
      try {
        return await bytes.evalshaBuffer(sha, ...rest);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return await bytes.evalBuffer(lua, ...rest);
      }
    });
  }

  /** The link logs its own failures; anything else is logged here, sampled. */
  #failed(error: unknown): void {
    this.#failures += 1;
    if (error instanceof LinkFailure) return;
    const nowMs = this.#options.clock.monotonic();
    if (nowMs - this.#complainedMs < complainEveryMs) return;
    this.#complainedMs = nowMs;
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown error';
    this.#options.log.warn({ store: 'cache', reason }, 'The cache could not be read or written: it misses');
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
