import type { Json } from '../../sdk/index.ts';

/** One check of an answer that the cache gave, or would have given. */
export interface Check {
  /** The request that it was made for; most checks end after it. */
  readonly requestId: string;
  readonly tenant: string;
  readonly alias: string;
  /** `hit`: it was served; `withheld`: it was not, and the provider's answer is compared; `feedback`: a client said so. */
  readonly about: 'hit' | 'withheld' | 'feedback';
  readonly result: 'right' | 'wrong' | 'undecided' | 'failed';
  /** Milliseconds since the epoch. */
  readonly endedAtMs: number;
  readonly durationMs: number;
}

const maxChecks = 100;

/** The latest checks: the records of their requests have the calls, and say nothing of what came of them. */
export class Checks {
  #latest: Check[] = [];

  add(check: Check): void {
    this.#latest.push(check);
    if (this.#latest.length > 2 * maxChecks) this.#latest = this.#latest.slice(-maxChecks);
  }

  /** The last one first. */
  toJson(): Json {
    return this.#latest
      .slice(-maxChecks)
      .reverse()
      .map(({ requestId, tenant, alias, about, result, endedAtMs, durationMs }) => ({
        request_id: requestId,
        tenant,
        alias,
        about,
        result,
        ended_at_ms: endedAtMs,
        duration_ms: Math.round(durationMs),
      }));
  }
}
