import type { Trace } from '../../../sdk/trace.ts';
import { totalInputTokens } from '../../../sdk/usage.ts';
import { asksCache } from '../traffic/summary.ts';
import { latencyClass, latencyClasses } from './latency-histogram.ts';

/** Providers come from the configuration; a name too many would be a leak. */
const maxProviders = 200;
const limitCodes: ReadonlySet<string> = new Set([
  'rate_limit_exceeded',
  'token_cap_exceeded',
  'budget_exceeded',
]);

/** Calls of one provider. */
export interface ProviderCount {
  attempts: number;
  errors: number;
}

/** What happened in some time. */
export class Minute {
  requests = 0;
  errors = 0;
  denied = 0;
  /** Refused by a limit or a budget, or by the provider's. */
  rateLimited = 0;
  cacheAsked = 0;
  cacheHits = 0;
  fallbacks = 0;
  inputTokens = 0;
  outputTokens = 0;
  costNanoUsd = 0;
  readonly latencies = new Uint32Array(latencyClasses);
  readonly providers = new Map<string, ProviderCount>();

  clear(): void {
    this.requests = 0;
    this.errors = 0;
    this.denied = 0;
    this.rateLimited = 0;
    this.cacheAsked = 0;
    this.cacheHits = 0;
    this.fallbacks = 0;
    this.inputTokens = 0;
    this.outputTokens = 0;
    this.costNanoUsd = 0;
    this.latencies.fill(0);
    this.providers.clear();
  }

  /** Counts a request, in constant time. */
  count(trace: Trace): void {
    const { outcome, status, errorCode, usage, source } = trace;
    this.requests += 1;
    if (outcome === 'denied') this.denied += 1;
    else if (outcome === 'failed' || outcome === 'interrupted' || outcome === 'shutdown') this.errors += 1;
    if (status === 429 || (errorCode !== null && limitCodes.has(errorCode))) this.rateLimited += 1;
    if (source === 'exact' || source === 'semantic') {
      this.cacheAsked += 1;
      this.cacheHits += 1;
    } else if (asksCache(trace)) this.cacheAsked += 1;
    if (trace.fallback !== 'none') this.fallbacks += 1;
    if (usage !== null) {
      this.inputTokens += totalInputTokens(usage);
      this.outputTokens += usage.outputTokens;
    }
    this.costNanoUsd += trace.costNanoUsd ?? 0;
    this.latencies[latencyClass(trace.durationMs)]! += 1;
    for (const { provider, failure, durationMs } of trace.attempts) {
      if (durationMs !== null || failure !== null) this.#countAttempt(provider, failure !== null);
    }
  }

  /** Adds another time to this one. */
  add(other: Minute): void {
    this.requests += other.requests;
    this.errors += other.errors;
    this.denied += other.denied;
    this.rateLimited += other.rateLimited;
    this.cacheAsked += other.cacheAsked;
    this.cacheHits += other.cacheHits;
    this.fallbacks += other.fallbacks;
    this.inputTokens += other.inputTokens;
    this.outputTokens += other.outputTokens;
    this.costNanoUsd += other.costNanoUsd;
    for (let index = 0; index < latencyClasses; index += 1) {
      this.latencies[index]! += other.latencies[index]!;
    }
    for (const [name, { attempts, errors }] of other.providers) {
      const own = this.#provider(name);
      if (own === null) continue;
      own.attempts += attempts;
      own.errors += errors;
    }
  }

  #countAttempt(name: string, isError: boolean): void {
    const own = this.#provider(name);
    if (own === null) return;
    own.attempts += 1;
    if (isError) own.errors += 1;
  }

  #provider(name: string): ProviderCount | null {
    const known = this.providers.get(name);
    if (known !== undefined) return known;
    if (this.providers.size >= maxProviders) return null;
    const made = { attempts: 0, errors: 0 };
    this.providers.set(name, made);
    return made;
  }
}
