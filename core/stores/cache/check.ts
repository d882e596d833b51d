import type { CacheEntry } from '../../../sdk/cache-store.ts';

const maxMetaLength = 65_536;
const maxTtlMs = 366 * 86_400_000;

/** @throws RangeError for names and times out of their bounds. */
export function checkCacheEntry({ key, ttlMs, tenant, tags = [], ageMs = 0 }: CacheEntry): void {
  checkKey(key);
  if (!(ttlMs >= 1 && ttlMs <= maxTtlMs)) {
    throw new RangeError(`expected a time to live of 1 ms to 366 days, came ${ttlMs} ms`);
  }
  if (!(ageMs >= 0)) throw new RangeError(`expected an age of 0 ms or more, came ${ageMs}`);
  if (tags.length > 16) throw new RangeError(`expected at most 16 tags, came ${tags.length}`);
  for (const name of tenant === null ? tags : [tenant, ...tags]) {
    if (name.length < 1 || name.length > 200) {
      throw new RangeError(`expected tenants and tags of 1 to 200 characters, came ${name.length}`);
    }
  }
}

export function checkKey(key: string): void {
  if (key.length < 1 || key.length > 500) {
    throw new RangeError(`expected a key of 1 to 500 characters, came ${key.length}`);
  }
}

/** The JSON text of a meta; null where it is none, or too long. */
export function metaText(meta: unknown): string | null {
  const text: string | undefined = JSON.stringify(meta);
  return text === undefined || text.length > maxMetaLength ? null : text;
}
