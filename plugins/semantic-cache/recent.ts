import { type CacheStore, isJsonObject, type Json } from '../../sdk/index.ts';
import { bytesOf, jsonOf } from './json-bytes.ts';
import { isShared } from './notes.ts';

/** An answer that was kept or served, by the request that got it. */
export interface Recent {
  readonly tenant: string;
  readonly alias: string;
  /** Of the exact store; null where it is not there. */
  readonly key: string | null;
  /** Of the store of vectors; null where it is not there. */
  readonly vector: { readonly namespace: string; readonly id: string } | null;
  /** It was served to the request, by meaning, this similar. Null where it was not. */
  readonly score: number | null;
  /** The request that the answer was made for. */
  readonly answerOf: string;
}

const maxRequests = 20_000;
/** How long gateways that share a cache know of each other's answers. */
const sharedMs = 86_400_000;

/** What requests of a while ago got, for those who find it wrong. */
export class RecentAnswers {
  readonly #byRequest = new Map<string, Recent>();
  // The ids in a ring: the first key of a map that loses its first keys is found in time linear in those it lost.
  readonly #ids = new Array<string>(maxRequests).fill('');
  #next = 0;
  readonly #cache: CacheStore | null;

  constructor(cache: CacheStore) {
    this.#cache = isShared(cache) ? cache : null;
  }

  add(requestId: string, recent: Recent): void {
    if (this.#cache !== null) {
      const value = bytesOf(recent as unknown as Json);
      const { tenant } = recent;
      void this.#cache.put({ key: keyOf(requestId), value, meta: null, ttlMs: sharedMs, tenant });
    }
    if (!this.#byRequest.has(requestId)) {
      this.#byRequest.delete(this.#ids[this.#next]!);
      this.#ids[this.#next] = requestId;
      this.#next = (this.#next + 1) % maxRequests;
    }
    this.#byRequest.set(requestId, recent);
  }

  /**
   * Each can be found wrong once; where several gateways are told, once at the one that answered and once at the others.
   *
   * @throws GatewayError `store_unavailable` where others must be asked and cannot be.
   */
  async take(requestId: string, tenant: string | null): Promise<Recent | null> {
    const known = this.#byRequest.get(requestId) ?? (await this.#shared(requestId));
    if (known === null || (tenant !== null && known.tenant !== tenant)) return null;
    const here = this.#byRequest.delete(requestId);
    if (this.#cache === null) return here ? known : null;
    const there = await this.#cache.delete(keyOf(requestId));
    // The cache may have forgotten it: nobody's word that an answer is wrong must get lost.
    return there || here ? known : null;
  }

  async #shared(requestId: string): Promise<Recent | null> {
    const found = await this.#cache?.get(keyOf(requestId));
    return found == null ? null : recentIn(jsonOf(found.value));
  }
}

function keyOf(requestId: string): string {
  return `request:${requestId}`.slice(0, 400);
}

function recentIn(json: Json | undefined): Recent | null {
  if (!isJsonObject(json)) return null;
  const { tenant, alias, key, vector, score, answerOf } = json;
  if (typeof tenant !== 'string' || typeof alias !== 'string') return null;
  if (key !== null && typeof key !== 'string') return null;
  const place = isJsonObject(vector) ? vector : null;
  return {
    tenant,
    alias,
    key,
    vector:
      place !== null && typeof place['namespace'] === 'string' && typeof place['id'] === 'string'
        ? { namespace: place['namespace'], id: place['id'] }
        : null,
    score: typeof score === 'number' ? score : null,
    answerOf: typeof answerOf === 'string' ? answerOf : '',
  };
}
