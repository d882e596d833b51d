import type { AttemptContext, Models, RequestContext } from '../../sdk/index.ts';
import type { Calendar } from './calendar.ts';
import { addIdentityMeters } from './identity-meters.ts';
import { tellLedger } from './ledger-spend.ts';
import { fileTag, type Limit, readLimits, toMeter } from './limit.ts';
import type { Meter } from './meter.ts';
import type { TokenLimiterOptions } from './options.ts';
import { keyPart, scopeId } from './scope.ts';
import { VerbLimits } from './verb-limits.ts';

/**
 * Tag of a request whose key's and tenant's limits are held already, by the file that it names: where two files of this
 * plugin apply to a request, those limits must not count it twice.
 */
export const identityTag = 'limits';

/** Makes the meters of requests and attempts. */
export class MeterMaker {
  readonly #calendar: Calendar;
  readonly #warnAt: number;
  readonly #requestLimits: readonly Limit[];
  readonly #attemptLimits: readonly Limit[];
  readonly #verbs: VerbLimits;
  /** Since when the file's limits are counted. */
  readonly #sinceMs: number;
  /** Stands for the file in counters' keys and holds' ids. */
  readonly tag: string;

  /** @throws Error in words where the limits make no sense. */
  constructor(options: TokenLimiterOptions, calendar: Calendar, file: string, models: Models) {
    this.#calendar = calendar;
    this.#sinceMs = calendar.now();
    this.#warnAt = options.warn_at;
    this.tag = fileTag(file);
    const limits = readLimits(options.limits, this.tag, options.warn_at);
    this.#requestLimits = limits.filter((limit) => !countsAttempts(limit));
    this.#attemptLimits = limits.filter(countsAttempts);
    this.#verbs = new VerbLimits({ file, calendar, models, warnAt: options.warn_at });
  }

  /** Whether the limits of the request's key and tenant are this file's to hold. */
  bringsIdentity({ identity, tags }: RequestContext): boolean {
    const { key, tenant } = identity;
    return (key.limits !== undefined || tenant.limits !== undefined) && tags[identityTag] === undefined;
  }

  forRequest(ctx: RequestContext, nowMs: number): readonly Meter[] {
    const { identity, view } = ctx;
    const meters: Meter[] = [];
    if (this.bringsIdentity(ctx)) this.#addIdentity(ctx, nowMs, meters);
    const own = this.#requestLimits.map((limit) =>
      toMeter(limit, scopeId(limit.by, identity), this.#calendar, nowMs),
    );
    tellLedger(own, ctx, this.#calendar, nowMs, this.#sinceMs);
    meters.push(...own);
    this.#verbs.addMeters(ctx, nowMs, meters);
    // A question of a plugin is no request of the client: it uses tokens and money, and no more.
    if (ctx.aside !== null) return meters.filter((meter) => !countsRequests(meter));
    return view.api === 'count_tokens' ? meters.filter(countsRequests) : meters;
  }

  /** Whether a limit of the file is a money budget of such a period. */
  keepsBudget(period: string, by: string): boolean {
    return this.#requestLimits.some(
      (limit) => limit.quantity === 'usd' && limit.per === period && limit.by === by,
    );
  }

  /** Money budgets that the request falls under, whichever file holds them. */
  budgetsOf(ctx: RequestContext): readonly Meter[] {
    const { identity } = ctx;
    const nowMs = this.#calendar.now();
    const meters: Meter[] = [];
    this.#addIdentity(ctx, nowMs, meters);
    const own = this.#requestLimits
      .filter(({ quantity }) => quantity === 'usd')
      .map((limit) => toMeter(limit, scopeId(limit.by, identity), this.#calendar, nowMs));
    tellLedger(own, ctx, this.#calendar, nowMs, this.#sinceMs);
    meters.push(...own);
    this.#verbs.addMeters(ctx, nowMs, meters);
    return meters.filter(({ quantity, kind }) => quantity === 'usd' && kind === 'budget');
  }

  #addIdentity({ identity }: RequestContext, nowMs: number, meters: Meter[]): void {
    addIdentityMeters(identity, this.#calendar, nowMs, this.#warnAt, meters);
    // Nobody knows here since when a key has had its budget: perhaps for less long than its window.
    tellLedger(meters, { identity }, this.#calendar, nowMs, null);
  }

  forAttempt(ctx: AttemptContext, nowMs: number): readonly Meter[] {
    const { target, view } = ctx;
    if (this.#attemptLimits.length === 0) return none;
    const meters = this.#attemptLimits.map((limit) =>
      toMeter(limit, keyPart(limit.by === 'model' ? target.id : target.provider), this.#calendar, nowMs),
    );
    tellLedger(meters, ctx, this.#calendar, nowMs, this.#sinceMs);
    return view.api === 'count_tokens' ? meters.filter(countsRequests) : meters;
  }
}

const none: readonly Meter[] = Object.freeze([]);

function countsAttempts({ by }: Limit): boolean {
  return by === 'model' || by === 'provider';
}

/** Counting tokens costs nothing but is a request. */
function countsRequests({ quantity }: Meter): boolean {
  return quantity === 'requests' || quantity === 'concurrent';
}
