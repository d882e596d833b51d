import type { Answer } from '../../sdk/chunk.ts';
import type { AttemptContext, RequestContext, ResponseContext } from '../../sdk/context.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { BudgetFact } from '../../sdk/policy-facts.ts';
import type { Models } from '../../sdk/services.ts';
import type { Target, Tier } from '../../sdk/target.ts';
import type { HookName } from '../../sdk/trace.ts';
import { type By, type Period, periods } from './plan.ts';

/** Where facts come from that are not in the contexts. */
export interface FactSources {
  readonly models: Models;
  /** The budget of the period for whom `by` names (the tenant by default); null where there is none: then all is 0. */
  budget?(ctx: RequestContext, period: Period, by: By): MaybePromise<BudgetFact | null>;
  /** Cost of a finished answer in dollars; null where nobody knows: then it is 0. */
  costUsd?(ctx: ResponseContext, answer: Answer): number | null;
}

/** The target as policies see it. Its `target` is the target's id, `provider/model`. */
export interface UpFacts {
  readonly target: string;
  readonly vendor: string;
  readonly model: string;
  readonly tier: Tier;
  readonly region: string;
}

/** The finished answer as policies see it: the texts of all choices, joined with newlines. */
export interface RespFacts {
  readonly status: number;
  readonly text: string;
  readonly finish: string;
  readonly tokensOut: number;
  readonly usd: number;
  readonly ms: number;
  readonly cached: boolean;
}

const noBudget: BudgetFact = Object.freeze({ usd: 0, limit: 0, used: 0 });

/**
 * A fact is in a store out of the process: ask again when it has been read. Thrown and not returned, since nearly all facts are
 * there at once, and what reads them would have to be written for those that are not.
 */
export class FactsPending extends Error {
  readonly ready: Promise<unknown>;

  constructor(ready: Promise<unknown>) {
    super('facts are being read');
    this.ready = ready;
    // Whoever waits hears of a failure; one who asks anew does not wait for this one.
    ready.catch(() => undefined);
  }
}

/**
 * The facts of one hook call. Nothing is computed before it is read, and what costs something is kept. There are
 * no credentials in it: contexts do not hold any.
 */
export class Facts {
  readonly phase: HookName;
  readonly ctx: RequestContext;
  readonly sources: FactSources;
  /** 0 before the first attempt. */
  readonly attempt: number;
  readonly #target: Target | null;
  readonly #response: ResponseContext | null;
  readonly #answer: Answer | null;
  #tier: Tier | undefined;
  #up: UpFacts | undefined;
  #resp: RespFacts | undefined;
  /** Those that had to be waited for. */
  #budgets: Map<string, BudgetFact> | undefined;

  private constructor(
    phase: HookName,
    ctx: RequestContext,
    sources: FactSources,
    attempt: number,
    target: Target | null,
    response: ResponseContext | null,
    answer: Answer | null,
  ) {
    this.phase = phase;
    this.ctx = ctx;
    this.sources = sources;
    this.attempt = attempt;
    this.#target = target;
    this.#response = response;
    this.#answer = answer;
  }

  static ofRequest(phase: 'onRequest' | 'route', ctx: RequestContext, sources: FactSources): Facts {
    return new Facts(phase, ctx, sources, 0, null, null, null);
  }

  static ofAttempt(ctx: AttemptContext, sources: FactSources): Facts {
    return new Facts('beforeUpstream', ctx, sources, ctx.attempt, ctx.target, null, null);
  }

  static ofAnswer(ctx: ResponseContext, answer: Answer, sources: FactSources): Facts {
    return new Facts('afterResponse', ctx, sources, ctx.attempt, ctx.target, ctx, answer);
  }

  /** Tier of the model or alias that was asked for. */
  get tier(): Tier {
    this.#tier ??= this.sources.models.tier(this.ctx.view.model);
    return this.#tier;
  }

  /** Null before `beforeUpstream`. An answer that no provider gave (a cache hit) has empty texts here. */
  get up(): UpFacts | null {
    if (this.phase === 'onRequest' || this.phase === 'route') return null;
    if (this.#up === undefined) {
      const target = this.#target;
      this.#up =
        target === null
          ? { target: '', vendor: '', model: '', tier: this.tier, region: '' }
          : {
              target: target.id,
              vendor: target.vendor,
              model: target.model,
              tier: target.tier,
              region: target.region,
            };
    }
    return this.#up;
  }

  /** Null before `afterResponse`. */
  get resp(): RespFacts | null {
    if (this.#response === null || this.#answer === null) return null;
    this.#resp ??= respFacts(this.#response, this.#answer, this.sources);
    return this.#resp;
  }

  /** @throws FactsPending where it has to be read first. */
  budget(period: Period, by: By): BudgetFact {
    const key = `${period}|${by}`;
    const known = this.#budgets?.get(key);
    if (known !== undefined) return known;
    const fact = this.sources.budget?.(this.ctx, period, by) ?? noBudget;
    if (!(fact instanceof Promise)) return fact;
    this.#budgets ??= new Map();
    const budgets = this.#budgets;
    throw new FactsPending(fact.then((read) => budgets.set(key, read ?? noBudget)));
  }

  /** All periods for the tenant, as `ctx.budget` has them. */
  budgets(): Record<Period, BudgetFact> {
    const pairs = periods.map((period) => [period, this.budget(period, 'tenant')] as const);
    return Object.fromEntries(pairs) as Record<Period, BudgetFact>;
  }
}

function respFacts(ctx: ResponseContext, answer: Answer, sources: FactSources): RespFacts {
  return {
    status: answer.status,
    text:
      answer.choices.length === 1
        ? answer.choices[0]!.text
        : answer.choices.map(({ text }) => text).join('\n'),
    finish: answer.choices[0]?.finish ?? '',
    tokensOut: answer.usage?.outputTokens ?? 0,
    usd: sources.costUsd?.(ctx, answer) ?? 0,
    ms: ctx.elapsedMs,
    cached: ctx.cached,
  };
}
