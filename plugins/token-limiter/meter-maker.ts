import type { AttemptContext, RequestContext } from '../../sdk/index.ts';
import type { Calendar } from './calendar.ts';
import { addIdentityMeters } from './identity-meters.ts';
import { fileTag, type Limit, readLimits, toMeter } from './limit.ts';
import type { Meter } from './meter.ts';
import type { TokenLimiterOptions } from './options.ts';
import { keyPart, scopeId } from './scope.ts';

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
  /** Stands for the file in counters' keys and holds' ids. */
  readonly tag: string;

  /** @throws Error in words where the limits make no sense. */
  constructor(options: TokenLimiterOptions, calendar: Calendar, file: string) {
    this.#calendar = calendar;
    this.#warnAt = options.warn_at;
    this.tag = fileTag(file);
    const limits = readLimits(options.limits, this.tag, options.warn_at);
    this.#requestLimits = limits.filter((limit) => !countsAttempts(limit));
    this.#attemptLimits = limits.filter(countsAttempts);
  }

  /** Whether the limits of the request's key and tenant are this file's to hold. */
  bringsIdentity({ identity, tags }: RequestContext): boolean {
    const { key, tenant } = identity;
    return (key.limits !== undefined || tenant.limits !== undefined) && tags[identityTag] === undefined;
  }

  forRequest(ctx: RequestContext, nowMs: number): readonly Meter[] {
    const { identity, view } = ctx;
    const meters: Meter[] = [];
    if (this.bringsIdentity(ctx)) addIdentityMeters(identity, this.#calendar, nowMs, this.#warnAt, meters);
    for (const limit of this.#requestLimits) {
      meters.push(toMeter(limit, scopeId(limit.by, identity), this.#calendar, nowMs));
    }
    return view.api === 'count_tokens' ? meters.filter(countsRequests) : meters;
  }

  forAttempt({ target, view }: AttemptContext, nowMs: number): readonly Meter[] {
    if (this.#attemptLimits.length === 0) return none;
    const meters = this.#attemptLimits.map((limit) =>
      toMeter(limit, keyPart(limit.by === 'model' ? target.id : target.provider), this.#calendar, nowMs),
    );
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
