import type { Admission } from '../../sdk/counters.ts';
import type {
  AttemptContext,
  AttemptDecision,
  Deny,
  MaybePromise,
  RequestContext,
  RequestDecision,
  SettledContext,
  Target,
} from '../../sdk/index.ts';
import { actualOf, nothing, onlyCounted } from './actual.ts';
import { Ask, type PriceTerms } from './ask.ts';
import { type Bound, type BoundOptions, boundOf, generates, unmeasured } from './bound.ts';
import { Calendar } from './calendar.ts';
import { skipOrDeny, storeDenial, unpricedDenial, unseenDenial } from './denials.ts';
import { Desk, isPromise } from './desk.ts';
import { addRateHeaders } from './headers.ts';
import { actualsFor, splitActuals } from './hold.ts';
import type { Meter } from './meter.ts';
import { identityTag, MeterMaker } from './meter-maker.ts';
import type { TokenLimiterOptions } from './options.ts';
import { denial, refusalOf } from './refusal.ts';
import type { RequestState } from './request-state.ts';
import type { LimiterServices } from './services.ts';
import { topUpMeters } from './top-up.ts';
import { Warnings } from './warnings.ts';

const clampedHeader = 'x-sluice-max-tokens-clamped';

/** Decides which limits a request falls under, holds the most that it can use of them, and books what it used. */
export class Limiter {
  readonly #options: TokenLimiterOptions;
  readonly #services: LimiterServices;
  readonly #file: string;
  readonly #calendar: Calendar;
  readonly #meters: MeterMaker;
  readonly #desk: Desk;
  readonly #warnings: Warnings;
  readonly #boundOptions: BoundOptions;
  readonly #priceTerms: PriceTerms;

  /** @throws Error in words where the limits make no sense. */
  constructor(options: TokenLimiterOptions, services: LimiterServices, file: string) {
    const { clock, counters, log, prices } = services;
    this.#options = options;
    this.#services = services;
    this.#file = file;
    this.#calendar = new Calendar(clock);
    this.#meters = new MeterMaker(options, this.#calendar, file);
    this.#warnings = new Warnings(log);
    this.#boundOptions = { input: options.input_bound, imageTokens: options.image_tokens };
    this.#priceTerms = {
      prices,
      maxDurationMs: options.max_duration,
      unpricedIsFree: options.unpriced === 'allow',
    };
    this.#desk = new Desk({
      counters,
      clock,
      log,
      leastOutputTokens: options.when_budget_is_short === 'clamp' ? options.min_output_tokens : null,
      maxDurationMs: options.max_duration,
    });
  }

  onRequest(ctx: RequestContext, state: RequestState): MaybePromise<RequestDecision | undefined> {
    const nowMs = this.#calendar.now();
    const meters = this.#meters.forRequest(ctx, nowMs);
    if (meters.length === 0) return undefined;
    const bound = this.#bound(ctx, state, meters);
    const unseen = this.#unseen(ctx, meters);
    if (unseen !== null) return unseen;
    const targets = this.#services.models.resolve(ctx.view.model) ?? [];
    const ask = this.#ask(meters, bound, targets);
    if (!ask.fill()) return unpricedDenial(targets);
    if (ask.allPriced) {
      state.heldFor = ctx.view;
      state.targets = targets;
    }
    const conclude = (admission: Admission) => this.#decide(ctx, bound, ask, admission, nowMs);
    try {
      const admission = this.#desk.admit(state, this.#newId(ctx, state), 'request', ask);
      return isPromise(admission) ? admission.then(conclude, storeDenial) : conclude(admission);
    } catch (error) {
      return storeDenial(error);
    }
  }

  beforeUpstream(ctx: AttemptContext, state: RequestState): MaybePromise<AttemptDecision | undefined> {
    state.target = ctx.target;
    this.#releaseAttempt(state);
    const nowMs = this.#calendar.now();
    const topUps = this.#topUps(ctx, state);
    const meters = this.#meters.forAttempt(ctx, nowMs);
    if (topUps.length === 0 && meters.length === 0) return undefined;
    return this.#prepare(ctx, state, topUps, meters, nowMs).catch(storeDenial);
  }

  settled(ctx: SettledContext, state: RequestState): MaybePromise<void> {
    this.#desk.end(state);
    return state.pending === null
      ? this.#settle(ctx, state)
      : state.pending.then(() => this.#settle(ctx, state));
  }

  #decide(
    ctx: RequestContext,
    bound: Bound,
    ask: Ask,
    admission: Admission,
    nowMs: number,
  ): RequestDecision | undefined {
    const { meters } = ask;
    const responseHeaders = this.#headers(meters, admission, nowMs);
    if (!admission.admitted) {
      return denial(
        refusalOf(meters, admission, nowMs),
        ctx.identity,
        this.#options.budget_status,
        responseHeaders,
      );
    }
    const clamped = isClamped(ask, bound);
    if (clamped) responseHeaders[clampedHeader] = String(ask.limit);
    return {
      type: 'continue',
      responseHeaders,
      ...(clamped ? { changes: { maxOutputTokens: ask.limit } } : undefined),
      ...(this.#meters.bringsIdentity(ctx) ? { tags: { [identityTag]: this.#file } } : undefined),
    };
  }

  /** Holds what an attempt needs besides what the request holds. */
  async #prepare(
    ctx: AttemptContext,
    state: RequestState,
    topUps: readonly Meter[],
    meters: readonly Meter[],
    nowMs: number,
  ): Promise<AttemptDecision | undefined> {
    const bound = this.#bound(ctx, state, [...topUps, ...meters]);
    const unseen = this.#unseen(ctx, meters);
    if (unseen !== null) return unseen;
    const responseHeaders: Record<string, string> = {};
    let limit = bound.limit ?? this.#options.default_max_output_tokens;
    let clamped = false;
    for (const part of ['topUp', 'attempt'] as const) {
      const asked = part === 'topUp' ? topUps : meters;
      if (asked.length === 0 || state.over) continue;
      const ask = new Ask(asked, bound, [ctx.target], this.#priceTerms, limit);
      if (!ask.fill()) return skipOrDeny(ctx, unpricedDenial([ctx.target]));
      const admission = await this.#desk.admit(state, this.#newId(ctx, state), part, ask);
      if (admission.degraded) responseHeaders['x-sluice-degraded'] = 'counters';
      if (!admission.admitted) {
        const refusal = refusalOf(asked, admission, nowMs);
        const { budget_status: status } = this.#options;
        return skipOrDeny(ctx, denial(refusal, ctx.identity, status, responseHeaders));
      }
      if (part === 'attempt') state.attemptNumber = ctx.attempt;
      clamped ||= isClamped(ask, bound);
      limit = ask.limit;
    }
    if (clamped) responseHeaders[clampedHeader] = String(limit);
    return {
      type: 'continue',
      responseHeaders,
      ...(clamped ? { changes: { maxOutputTokens: limit } } : undefined),
    };
  }

  /** What the request's own hold is short of for this target, and for what later steps made of the request. */
  #topUps(ctx: AttemptContext, state: RequestState): readonly Meter[] {
    const { request, targets } = state;
    if (request === null || (ctx.view === state.heldFor && targets.includes(ctx.target))) return [];
    const meters = topUpMeters(state);
    if (meters.length === 0) return meters;
    const bound = this.#bound(ctx, state, meters);
    const ask = this.#ask(meters, bound, [ctx.target]);
    // A target without a price is refused by the ask that follows; a limit that a later step took away comes back.
    return ask.fill() && !isClamped(ask, bound) ? meters.filter(({ amount }) => amount > 0) : meters;
  }

  #settle(ctx: SettledContext, state: RequestState): MaybePromise<void> {
    const { request, attempt, topUps } = state;
    if (request === null && attempt === null) return undefined;
    const { models, prices } = this.#services;
    const { all, last } = actualOf(ctx.trace, models, prices, state.target);
    const settling: (Promise<void> | undefined)[] = [];
    if (request !== null) {
      const [own, ...rest] = splitActuals(request, topUps, all);
      settling.push(this.#desk.settle(request, own!));
      for (const [index, hold] of topUps.entries()) settling.push(this.#desk.settle(hold, rest[index]!));
    }
    if (attempt !== null) {
      const made = ctx.trace.attempts.at(-1)?.number === state.attemptNumber;
      settling.push(this.#desk.settle(attempt, actualsFor(attempt, made ? last : nothing)));
    }
    const waiting = settling.filter((promise) => promise !== undefined);
    return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined);
  }

  /** The attempt before this one failed: it cost nothing that anybody knows of, and makes room at its provider. */
  #releaseAttempt(state: RequestState): void {
    const { attempt } = state;
    if (attempt === null) return;
    state.attempt = null;
    void this.#desk.settle(attempt, actualsFor(attempt, onlyCounted));
  }

  #ask(meters: readonly Meter[], bound: Bound, targets: readonly Target[]): Ask {
    const limit = bound.limit ?? (generates(bound.api) ? this.#options.default_max_output_tokens : 0);
    return new Ask(meters, bound, targets, this.#priceTerms, limit);
  }

  /** The bound of the request as it is now. Reading the texts costs, so it is done once, and only where it matters. */
  #bound(ctx: RequestContext, state: RequestState, meters: readonly Meter[]): Bound {
    if (meters.every(({ quantity }) => quantity === 'requests' || quantity === 'concurrent'))
      return unmeasured;
    const { view } = ctx;
    if (state.bound === null || state.view !== view) {
      state.view = view;
      state.bound = boundOf(view, this.#boundOptions);
    }
    return state.bound;
  }

  #unseen({ view }: RequestContext, meters: readonly Meter[]): Deny | null {
    return this.#options.allow_unseen_input ? null : unseenDenial(view, meters);
  }

  #headers(meters: readonly Meter[], admission: Admission, nowMs: number): Record<string, string> {
    const headers: Record<string, string> = {};
    addRateHeaders(headers, meters, admission.states, nowMs);
    const warning = this.#warnings.of(meters, admission.states);
    if (warning !== null) headers['x-sluice-budget-warning'] = warning;
    if (admission.degraded) headers['x-sluice-degraded'] = 'counters';
    return headers;
  }

  /** Ids that no client can know or choose, one for each hold. Files of their own hold for themselves. */
  #newId({ requestId }: RequestContext, state: RequestState): string {
    state.made += 1;
    return `${requestId}|${this.#meters.tag}|${state.made}`;
  }
}

/** The request's own output limit was lowered, or it set none where a budget needs one. */
function isClamped(ask: Ask, { limit, choices }: Bound): boolean {
  if (choices === 0) return false;
  if (limit !== null) return ask.limit < limit;
  return ask.meters.some((meter) => meter.clampable && (meter.quantity !== 'usd' || ask.usd > 0));
}
