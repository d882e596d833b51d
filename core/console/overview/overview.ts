import type { HealthState } from '../../../sdk/health.ts';
import { isJsonObject, type Json } from '../../../sdk/json.ts';
import type { Clock, Log } from '../../../sdk/services.ts';
import type { Program } from '../../program/step.ts';
import { workersJson } from '../peers/peers.ts';
import { byId } from './health-states.ts';
import { percentileMs } from './latency-histogram.ts';
import { Minute } from './minute.ts';
import { type Bucket, keptMinutes } from './minutes.ts';
import type { Numbers } from './numbers.ts';
import { Kept, type Spending, type SpendReader } from './spend.ts';

/** Many tabs cost as much as one. */
const keptMs = 2_000;
const maxBuckets = 120;
const maxBreakers = 200;
/** Widths of buckets that people can read off an axis. */
const widths = [1, 2, 5, 10, 15, 30, 60];

export interface OverviewDeps {
  readonly numbers: Numbers;
  readonly spend: SpendReader;
  readonly program: () => Pick<Program, 'steps'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The numbers of the first page. */
export class Overview {
  readonly #deps: OverviewDeps;
  readonly #kept = new Map<number, Kept<object>>();

  constructor(deps: OverviewDeps) {
    this.#deps = deps;
  }

  /** @param minutes the window, 1 to a day. Made every few seconds, however many ask. */
  async read(minutes: number): Promise<object> {
    let kept = this.#kept.get(minutes);
    if (kept === undefined) {
      // At most one for each window, and there are as many windows as minutes in a day.
      kept = new Kept(this.#deps.clock, keptMs);
      this.#kept.set(minutes, kept);
    }
    return await kept.get(minutes, () => this.#make(minutes));
  }

  async #make(minutes: number): Promise<object> {
    const { clock, numbers } = this.#deps;
    const nowMs = clock.now();
    const width = widths.find((one) => minutes / one <= maxBuckets) ?? 60;
    const [{ buckets, health, inFlight, peers }, books] = await Promise.all([
      numbers.read(nowMs, minutes, width),
      this.#books(minutes * 60_000),
    ]);
    const sum = new Minute();
    for (const { minute } of buckets) sum.add(minute);
    return {
      now: new Date(nowMs).toISOString(),
      window_s: minutes * 60,
      bucket_s: width * 60,
      buckets: buckets.map(bucketJson),
      totals: {
        requests: sum.requests,
        errors: sum.errors,
        denied: sum.denied,
        p50_ms: percentileMs(sum.latencies, 0.5),
        p95_ms: percentileMs(sum.latencies, 0.95),
        rate_limited_ratio: ratio(sum.rateLimited, sum.requests),
        cache_hit_ratio: ratio(sum.cacheHits, sum.cacheAsked),
        cache_wrong_bound: await this.#wrongBound(),
        fallback_ratio: ratio(sum.fallbacks, sum.requests),
        // The ledger's sum where there is one: it is what /cost/report says, and outlives the process.
        cost_nano_usd: books?.totalNanoUsd ?? sum.costNanoUsd,
        input_tokens: sum.inputTokens,
        output_tokens: sum.outputTokens,
      },
      spend_today: books === null ? [] : spendJson(books.spending),
      errors_by_provider: [...sum.providers]
        .map(([provider, { attempts, errors }]) => ({ provider, attempts, errors }))
        .sort((a, b) => b.errors - a.errors || b.attempts - a.attempts),
      breakers: breakersJson(health, nowMs),
      in_flight: inFlight,
      workers: workersJson(peers),
    };
  }

  /** What the ledger says; null where the program keeps none, or it cannot be read now. */
  async #books(
    windowMs: number,
  ): Promise<{ readonly spending: Spending; readonly totalNanoUsd: number } | null> {
    const { spend, program, log } = this.#deps;
    // A gateway whose program keeps no books has no database, and must not get one by being looked at.
    if (!program().steps.some(({ accounts }) => accounts === true)) return null;
    try {
      const [spending, totalNanoUsd] = await Promise.all([spend.read(), spend.total(windowMs)]);
      return { spending, totalNanoUsd };
    } catch (error) {
      log.warn({ error: String(error) }, 'the console cannot read the ledger');
      return null;
    }
  }

  /** The bound that the plugin with a semantic cache has measured; null where none is, or it does not know yet. */
  async #wrongBound(): Promise<number | null> {
    for (const { routes = [] } of this.#deps.program().steps) {
      const stats = routes.find(({ method, path }) => method === 'GET' && path === '/cache/stats');
      if (stats === undefined) continue;
      try {
        const request = { params: {}, query: {}, body: {}, caller: { type: 'master' }, headers: {} } as const;
        return boundIn((await stats.handle(request)).body);
      } catch {
        return null;
      }
    }
    return null;
  }
}

/** Minutes of a window: at least one, at most what is kept. */
export function minutesOf(windowMs: number): number {
  return Math.max(1, Math.min(keptMinutes, Math.round(windowMs / 60_000)));
}

function bucketJson({ startMs, minute }: Bucket): object {
  return {
    at: new Date(startMs).toISOString(),
    requests: minute.requests,
    errors: minute.errors,
    denied: minute.denied,
    p50_ms: percentileMs(minute.latencies, 0.5),
    p95_ms: percentileMs(minute.latencies, 0.95),
    cost_nano_usd: minute.costNanoUsd,
    input_tokens: minute.inputTokens,
    output_tokens: minute.outputTokens,
  };
}

function spendJson({ today, averages }: Spending): object[] {
  return today.map(({ tenant, costNanoUsd }) => ({
    tenant,
    cost_nano_usd: costNanoUsd,
    average_7d_nano_usd: averages.get(tenant) ?? 0,
  }));
}

/** Those that do not let everything through first. */
function breakersJson(states: readonly HealthState[], nowMs: number): object[] {
  return byId(states)
    .toSorted((a, b) => Number(a.breaker === 'closed') - Number(b.breaker === 'closed'))
    .slice(0, maxBreakers)
    .map(({ id, breaker, waitMs, failures, consecutiveFailures, lastFailure, notClosed, states }) => ({
      id,
      state: breaker,
      not_closed: notClosed,
      known_by: states.length,
      retry_at: waitMs > 0 ? new Date(nowMs + waitMs).toISOString() : null,
      failures,
      consecutive_failures: consecutiveFailures,
      last_failure: lastFailure,
    }));
}

/** Null where there is nothing to divide by: no requests are not no errors. */
function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** The worst of all groups: the others are under it. */
function boundIn(body: Json): number | null {
  const groups = isJsonObject(body) ? body['semantic'] : null;
  const bounds = (Array.isArray(groups) ? groups : []).flatMap((group) => {
    const bound = isJsonObject(group) ? group['wrong_hit_upper_bound'] : null;
    return typeof bound === 'number' ? [bound] : [];
  });
  return bounds.length === 0 ? null : Math.max(...bounds);
}
