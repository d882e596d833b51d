import type { CounterState } from '../../sdk/counters.ts';
import {
  type Answer,
  answerUsd,
  type BudgetFact,
  type BudgetQuestion,
  type MaybePromise,
  type PolicyFacts,
  type RequestContext,
  type ResponseContext,
} from '../../sdk/index.ts';
import { isPromise } from './desk.ts';
import type { Meter } from './meter.ts';
import type { MeterMaker } from './meter-maker.ts';
import type { LimiterServices } from './services.ts';

const nanoPerUsd = 1e9;

/** Forgotten all at once when there are more: then they are looked for again. */
const maxEnsured = 10_000;

/** Tells policies what is spent of budgets, and what answers cost. */
export class BudgetFacts implements PolicyFacts {
  readonly #services: LimiterServices;
  readonly #meters: MeterMaker;
  /** Counters that were looked for once, so that a read is one call. */
  readonly #ensured = new Set<string>();

  constructor(services: LimiterServices, meters: MeterMaker) {
    this.#services = services;
    this.#meters = meters;
  }

  /**
   * The money budgets that a request falls under, read at once. Of several for the same one and period that which is used up
   * the most.
   */
  budget(
    ctx: RequestContext,
    questions: readonly BudgetQuestion[],
  ): MaybePromise<readonly (BudgetFact | null)[]> {
    const meters = this.#meters
      .budgetsOf(ctx)
      .filter((meter) => questions.some((question) => isAsked(meter, question)));
    if (meters.length === 0) return questions.map(() => null);
    const conclude = (states: readonly CounterState[]) =>
      questions.map((question) => worstOf(question, meters, states));
    const read = () => {
      const states = this.#services.counters.read(meters.map(({ key }) => key));
      return isPromise(states) ? states.then(conclude) : conclude(states);
    };
    // After a restart the first one to ask may be a policy. What is lost later admissions find.
    const fresh = meters.filter(({ key }) => !this.#ensured.has(key));
    if (fresh.length === 0) return read();
    if (this.#ensured.size > maxEnsured) this.#ensured.clear();
    for (const { key } of fresh) this.#ensured.add(key);
    const known = this.#services.counters.ensure(fresh);
    return isPromise(known) ? known.then(read) : read();
  }

  /** Budgets of keys and tenants come with requests: nobody can tell. */
  keepsBudget({ period, by }: BudgetQuestion): boolean {
    return by === 'key' || by === 'tenant' || this.#meters.keepsBudget(period, by);
  }

  costUsd(ctx: ResponseContext, answer: Answer): number | null {
    return answerUsd(ctx, answer, this.#services.prices);
  }
}

function isAsked({ by, budgetPeriod }: Meter, question: BudgetQuestion): boolean {
  return by === question.by && budgetPeriod === question.period;
}

function worstOf(
  question: BudgetQuestion,
  meters: readonly Meter[],
  states: readonly CounterState[],
): BudgetFact | null {
  let worst: BudgetFact | null = null;
  for (const [index, meter] of meters.entries()) {
    if (!isAsked(meter, question)) continue;
    const { spent } = states[index]!;
    const limit = meter.warnsOnly ? 0 : meter.limit;
    const used = meter.warnsOnly ? 0 : limit === 0 ? 1 : spent / limit;
    if (worst !== null && used <= worst.used) continue;
    worst = { usd: spent / nanoPerUsd, limit: limit / nanoPerUsd, used };
  }
  return worst;
}
