import type { Admission } from '../../sdk/counters.ts';
import type {
  AttemptContext,
  AttemptDecision,
  Deny,
  JsonObject,
  MaybePromise,
  PluginInfo,
  RequestContext,
  RequestDecision,
  SettledContext,
  Target,
  TraceAttempt,
} from '../../sdk/index.ts';
import { type Actual, actualOf, nothing } from './actual.ts';
import { Alerts } from './alerts.ts';
import { Ask, type PriceTerms } from './ask.ts';
import { type Bound, type BoundOptions, boundOf, generates, unmeasured } from './bound.ts';
import { BudgetFacts } from './budget-facts.ts';
import { Calendar } from './calendar.ts';
import { skipOrDeny, storeDenial, unpricedDenial, unseenDenial } from './denials.ts';
import { Desk, isPromise } from './desk.ts';
import { usedBefore } from './earlier.ts';
import { addRateHeaders } from './headers.ts';
import { actualsFor, splitActuals } from './hold.ts';
import type { Meter } from './meter.ts';
import { identityTag, MeterMaker } from './meter-maker.ts';
import type { TokenLimiterOptions } from './options.ts';
import { denial, refusalOf } from './refusal.ts';
import type { AttemptHold, RequestState } from './request-state.ts';
import type { LimiterServices } from './services.ts';
import { topUpMeters } from './top-up.ts';
import { type Warning, warningData, warningHeader, warningsOf } from './warnings.ts';

const clampedHeader = 'x-sluice-max-tokens-clamped';

/** Decides which limits a request falls under, holds the most that it can use of them, and books what it used. */
export class Limiter {
  readonly #options: TokenLimiterOptions;
  readonly #budgetStatus: number;
  readonly #services: LimiterServices;
  readonly #file: string;
  readonly #calendar: Calendar;
  readonly #meters: MeterMaker;
  readonly #desk: Desk;
  readonly #alerts: Alerts;
  readonly #boundOptions: BoundOptions;
  readonly #priceTerms: PriceTerms;
  /** For policies. */
  readonly facts: BudgetFacts;

  /** @throws Error in words where the limits make no sense. */
  constructor(options: TokenLimiterOptions, services: LimiterServices, { file, budgetStatus }: PluginInfo) {
    const { clock, counters, log, models, prices } = services;
    this.#options = options;
    this.#budgetStatus = options.budget_status ?? budgetStatus ?? 402;
    this.#services = services;
    this.#file = file;
    this.#calendar = new Calendar(clock);
    this.#meters = new MeterMaker(options, this.#calendar, file, models);
    this.#alerts = new Alerts({ ...services, url: options.warn_webhook });
    this.facts = new BudgetFacts(services, this.#meters);
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
      holdTtlMs: options.hold_ttl,
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
    state.attempt = ctx.attempt;
    this.#releaseAttempts(ctx, state);
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

  /** Waits a little for what is still to be told. */
  close(): Promise<void> | undefined {
    return this.#alerts.close();
  }

  #decide(
    ctx: RequestContext,
    bound: Bound,
    ask: Ask,
    admission: Admission,
    nowMs: number,
  ): RequestDecision | undefined {
    const { meters } = ask;
    const warnings = warningsOf(meters, admission.states);
    if (warnings !== null) this.#alerts.raise(warnings, ctx);
    const responseHeaders = this.#headers(meters, admission, nowMs, warnings);
    const details = warnings === null ? undefined : { warnings: warnings.map(warningData) };
    if (!admission.admitted) {
      const refusal = refusalOf(meters, admission, nowMs);
      const deny = denial(refusal, ctx.identity, this.#budgetStatus, responseHeaders);
      return details === undefined
        ? deny
        : { ...deny, details: { ...(deny.details as JsonObject), ...details } };
    }
    const clamped = isClamped(ask, bound);
    if (clamped) responseHeaders[clampedHeader] = String(ask.limit);
    return {
      type: 'continue',
      responseHeaders,
      ...(clamped ? { changes: { maxOutputTokens: ask.limit } } : undefined),
      ...(details === undefined ? undefined : { details }),
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
      const besides = part === 'topUp' ? this.#usedBefore(ctx, bound) : null;
      const ask = new Ask(asked, bound, [ctx.target], this.#priceTerms, limit, besides);
      if (!ask.fill()) return skipOrDeny(ctx, unpricedDenial([ctx.target]));
      const admission = await this.#desk.admit(state, this.#newId(ctx, state), part, ask);
      if (admission.degraded) responseHeaders['x-sluice-degraded'] = 'counters';
      if (!admission.admitted) {
        const refusal = refusalOf(asked, admission, nowMs);
        const deny = denial(refusal, ctx.identity, this.#budgetStatus, responseHeaders);
        return skipOrDeny(ctx, deny);
      }
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
    if (request === null) return [];
    const first = ctx.earlier.every(({ usage, durationMs }) => usage === null && durationMs !== null);
    if (first && ctx.view === state.heldFor && targets.includes(ctx.target)) return [];
    const meters = topUpMeters(state);
    if (meters.length === 0) return meters;
    const bound = this.#bound(ctx, state, meters);
    const ask = this.#ask(meters, bound, [ctx.target], this.#usedBefore(ctx, bound));
    // A target without a price is refused by the ask that follows; a limit that a later step took away comes back.
    return ask.fill() && !isClamped(ask, bound) ? meters.filter(({ amount }) => amount > 0) : meters;
  }

  #settle(ctx: SettledContext, state: RequestState): MaybePromise<void> {
    const { request, attempts, topUps } = state;
    if (request === null && attempts.length === 0) return undefined;
    const { models, prices } = this.#services;
    const settling: (Promise<void> | undefined)[] = [];
    if (request !== null) {
      const all = actualOf(ctx.trace.attempts, models, prices, state.target);
      const [own, ...rest] = splitActuals(request, topUps, all);
      settling.push(this.#desk.settle(request, own!));
      for (const [index, hold] of topUps.entries()) settling.push(this.#desk.settle(hold, rest[index]!));
    }
    for (const one of attempts) settling.push(this.#settleAttempt(one, ctx.trace.attempts));
    const waiting = settling.filter((promise) => promise !== undefined);
    return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined);
  }

  /** Attempts that are over make room at their providers; one that is still under way keeps its own. */
  #releaseAttempts({ earlier }: AttemptContext, state: RequestState): void {
    for (const one of state.attempts.splice(0)) {
      const running = earlier.some(({ number, durationMs }) => number === one.number && durationMs === null);
      if (running) state.attempts.push(one);
      else void this.#settleAttempt(one, earlier);
    }
  }

  #settleAttempt(
    { number, hold }: AttemptHold,
    attempts: readonly TraceAttempt[],
  ): Promise<void> | undefined {
    const { models, prices } = this.#services;
    // A provider that is asked again with another key or in another of its APIs has several calls of one number.
    const made = attempts.filter((attempt) => attempt.number === number);
    const used = made.length === 0 ? nothing : actualOf(made, models, prices, null);
    return this.#desk.settle(hold, actualsFor(hold, used));
  }

  #usedBefore(ctx: AttemptContext, bound: Bound): Actual | null {
    const { models, prices } = this.#services;
    return usedBefore(ctx, models, prices, (target) => this.#ask([], bound, [target]).most());
  }

  #ask(
    meters: readonly Meter[],
    bound: Bound,
    targets: readonly Target[],
    besides: Actual | null = null,
  ): Ask {
    const limit = bound.limit ?? (generates(bound.api) ? this.#options.default_max_output_tokens : 0);
    return new Ask(meters, bound, targets, this.#priceTerms, limit, besides);
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

  #headers(
    meters: readonly Meter[],
    admission: Admission,
    nowMs: number,
    warnings: readonly Warning[] | null,
  ): Record<string, string> {
    const headers: Record<string, string> = {};
    addRateHeaders(headers, meters, admission.states, nowMs);
    if (warnings !== null) headers['x-sluice-budget-warning'] = warningHeader(warnings);
    if (admission.degraded) headers['x-sluice-degraded'] = 'counters';
    return headers;
  }

  /** Ids that no client can know or choose, one for each hold. Files, and questions of plugins, hold for themselves. */
  #newId({ requestId, aside }: RequestContext, state: RequestState): string {
    state.made += 1;
    return `${requestId}|${this.#meters.tag}|${aside === null ? '' : `q${aside.number}.`}${state.made}`;
  }
}

/** The request's own output limit was lowered, or it set none where a budget needs one. */
function isClamped(ask: Ask, { limit, choices }: Bound): boolean {
  if (choices === 0) return false;
  if (limit !== null) return ask.limit < limit;
  return ask.meters.some((meter) => meter.clampable && (meter.quantity !== 'usd' || ask.usd > 0));
}
