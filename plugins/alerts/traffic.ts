import { answeringAttempt, isJsonObject, type Trace, type TraceAttempt } from '../../sdk/index.ts';
import { Latency } from './latency.ts';
import { RollingSums } from './rolling-sums.ts';

/** Names that are kept apart; what is beyond is counted together. */
const maxNames = 200;
const other = 'other';

/** What the client did wrong is no fault of the provider. */
const clientFaults: ReadonlySet<string> = new Set([
  'invalid_request',
  'context_length',
  'content_filter',
  'unsupported',
]);

/** Slots of the requests' sums. */
const slot = { requests: 0, limited: 1, complete: 2, fallbacks: 3 } as const;

/** A budget that a request was warned of. */
export interface SeenBudget {
  readonly tenant: string;
  /** `key`, `tenant`, `feature`, … */
  readonly by: string;
  /** The highest share that was seen lately, and when. */
  share: number;
  atMs: number;
}

/** How a share came to be. */
export interface Share {
  readonly share: number;
  readonly of: number;
}

/** What happened lately, from the records of requests that have ended. All of it in bounded memory. */
export class Traffic {
  readonly #requests = new RollingSums(30, 10_000, 4);
  readonly #hour = new RollingSums(60, 60_000, 2);
  readonly #providers = new Map<string, RollingSums>();
  readonly #latency = new Latency();
  readonly budgets = new Map<string, SeenBudget>();
  #lastHitMs: number | null = null;

  /** @param nowMs of a clock that does not go back. */
  add(trace: Trace, nowMs: number): void {
    for (const attempt of trace.attempts) this.#addAttempt(attempt, nowMs);
    // A question of a plugin is part of a request that is counted itself.
    if (trace.aside !== null) return;
    this.#requests.add(nowMs, slot.requests);
    this.#hour.add(nowMs, 0);
    if (trace.status === 429) this.#requests.add(nowMs, slot.limited);
    if (trace.outcome === 'complete') this.#requests.add(nowMs, slot.complete);
    if (trace.fallback !== 'none') this.#requests.add(nowMs, slot.fallbacks);
    if (trace.source === 'exact' || trace.source === 'semantic') {
      this.#hour.add(nowMs, 1);
      this.#lastHitMs = nowMs;
    }
    const answering = answeringAttempt(trace.attempts);
    if (answering !== undefined && answering.firstByteMs !== null) {
      this.#latency.add(nowMs, answering.startedMs + answering.firstByteMs);
    }
    this.#addWarnings(trace, nowMs);
  }

  limited(nowMs: number): Share {
    return this.#share(nowMs, slot.limited, slot.requests);
  }

  fallbacks(nowMs: number): Share {
    return this.#share(nowMs, slot.fallbacks, slot.complete);
  }

  /** Of an hour; null where no cache has answered within a day, so that there is nothing to miss. */
  cacheHits(nowMs: number): Share | null {
    if (this.#lastHitMs === null || nowMs - this.#lastHitMs > 86_400_000) return null;
    const of = this.#hour.sum(nowMs, 0);
    return { share: of === 0 ? 0 : this.#hour.sum(nowMs, 1) / of, of };
  }

  /** Milliseconds; null where too few requests say anything. */
  p95(nowMs: number, atLeast: number): number | null {
    return this.#latency.quantile(nowMs, 0.95, atLeast);
  }

  providers(nowMs: number): readonly (readonly [string, Share])[] {
    return [...this.#providers].map(([name, sums]) => {
      const of = sums.sum(nowMs, 0);
      return [name, { share: of === 0 ? 0 : sums.sum(nowMs, 1) / of, of }] as const;
    });
  }

  #share(nowMs: number, part: number, whole: number): Share {
    const of = this.#requests.sum(nowMs, whole);
    return { share: of === 0 ? 0 : this.#requests.sum(nowMs, part) / of, of };
  }

  #addAttempt({ provider, failure }: TraceAttempt, nowMs: number): void {
    const known = this.#providers.has(provider) || this.#providers.size < maxNames;
    const name = known ? provider : other;
    let sums = this.#providers.get(name);
    if (sums === undefined) {
      sums = new RollingSums(30, 10_000, 2);
      this.#providers.set(name, sums);
    }
    sums.add(nowMs, 0);
    if (failure !== null && !clientFaults.has(failure)) sums.add(nowMs, 1);
  }

  /** Warnings are part of what token-limiter says about its step; what is not of this form is none. */
  #addWarnings({ steps, tenant }: Trace, nowMs: number): void {
    for (const { details } of steps) {
      const warnings = details !== undefined && isJsonObject(details) ? details['warnings'] : undefined;
      if (!Array.isArray(warnings)) continue;
      for (const warning of warnings) {
        if (!isJsonObject(warning)) continue;
        const { by, share } = warning;
        if (typeof by === 'string' && typeof share === 'number') this.#addBudget(tenant, by, share, nowMs);
      }
    }
  }

  #addBudget(tenant: string, by: string, share: number, atMs: number): void {
    const key = JSON.stringify([tenant, by]);
    const seen = this.budgets.get(key);
    if (seen !== undefined) {
      seen.share = atMs - seen.atMs > 900_000 ? share : Math.max(seen.share, share);
      seen.atMs = atMs;
    } else if (this.budgets.size < maxNames) {
      this.budgets.set(key, { tenant, by, share, atMs });
    }
  }
}
