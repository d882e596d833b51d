import type { RequestContext } from '../../sdk/context.ts';
import type { Identity } from '../../sdk/identity.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { BudgetFact, BudgetQuestion, PolicyFacts } from '../../sdk/policy-facts.ts';
import type { PolicyVerb } from '../../sdk/policy-verb.ts';
import { leafKinds } from './leaves/table.ts';
import { type By, type Period, type PlanPolicy, type Pred, periods } from './plan.ts';
import { actsOf, leavesOf } from './walk.ts';

type Answers = readonly (BudgetFact | null)[];

/** What was read for a context, and what it depended on. */
interface Reading {
  readonly identity: Identity;
  readonly model: string;
  readonly verbs: readonly PolicyVerb[];
  answers: MaybePromise<Answers>;
}

/**
 * Reads budgets for policies: everything that any rule of the folder asks in one question to the plugins, the first time that a
 * rule of a request reads one of them. The answers hold for the request's hooks up to routing, and are read anew for each
 * attempt and for the answer; also where the request has become another one meanwhile.
 */
export class BudgetReader {
  readonly #source: NonNullable<PolicyFacts['budget']>;
  readonly #questions: readonly BudgetQuestion[];
  readonly #places = new Map<string, number>();
  readonly #readings = new WeakMap<RequestContext, Reading>();

  constructor(source: NonNullable<PolicyFacts['budget']>, questions: readonly BudgetQuestion[]) {
    this.#source = source;
    this.#questions = questions;
    for (const [index, { period, by }] of questions.entries()) this.#places.set(`${period}|${by}`, index);
  }

  /** Null where no such budget applies to the request. A promise only where the counters are out of the process. */
  read(ctx: RequestContext, period: Period, by: By): MaybePromise<BudgetFact | null> {
    const place = this.#places.get(`${period}|${by}`);
    if (place === undefined) return null;
    const { answers } = this.#reading(ctx);
    return answers instanceof Promise ? answers.then((all) => all[place] ?? null) : (answers[place] ?? null);
  }

  #reading(ctx: RequestContext): Reading {
    const { identity, verbs, view } = ctx;
    const { model } = view;
    const known = this.#readings.get(ctx);
    if (known?.identity === identity && known.model === model && known.verbs === verbs) return known;
    const reading: Reading = { identity, model, verbs, answers: this.#source(ctx, this.#questions) };
    this.#readings.set(ctx, reading);
    if (reading.answers instanceof Promise) {
      reading.answers.then(
        (answers) => {
          reading.answers = answers;
        },
        // Whoever waits for it hears of it; the next one asks again.
        () => this.#readings.delete(ctx),
      );
    }
    return reading;
  }
}

/** Everything that policies ask of budgets, each once. Code may look at every period of the tenant. */
export function budgetQuestions(policies: readonly PlanPolicy[]): readonly BudgetQuestion[] {
  const found = new Map<string, BudgetQuestion>();
  const add = (period: Period, by: By) => found.set(`${period}|${by}`, { period, by });
  const look = (pred: Pred | null) => {
    for (const { name, args } of leavesOf(pred)) {
      if (leafKinds.get(name)?.capability === 'budget') add(args[0] as Period, args[1] as By);
      if (name === 'fn') for (const period of periods) add(period, 'tenant');
    }
  };
  for (const { match, rules } of policies) {
    look(match);
    for (const { when, acts } of rules) {
      look(when);
      if (acts.some(({ a }) => a === 'run')) for (const period of periods) add(period, 'tenant');
    }
  }
  return [...found.values()];
}

/** A question of a rule, and where it is asked. */
export interface AskedBudget {
  readonly question: BudgetQuestion;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Questions of rules that no `limit()` of the folder makes a budget for, each once: somebody else has to keep it. Where code
 * may set limits nobody can tell.
 */
export function budgetsToKeep(policies: readonly PlanPolicy[]): readonly AskedBudget[] {
  const limited = new Set<string>();
  for (const { a, ...act } of policies.flatMap(({ rules }) => rules.flatMap(actsOf))) {
    if (a === 'run') return [];
    if (a !== 'limit') continue;
    const { options } = act as { options: JsonObject };
    if (options['usd'] !== undefined) limited.add(`${options['per']}|${options['by']}`);
  }
  const asked = new Map<string, AskedBudget>();
  for (const { file, rules } of policies) {
    for (const { when, line, column } of rules) {
      for (const { name, args } of leavesOf(when)) {
        const key = `${args[0]}|${args[1]}`;
        if (leafKinds.get(name)?.capability !== 'budget' || limited.has(key) || asked.has(key)) continue;
        asked.set(key, { question: { period: args[0] as Period, by: args[1] as By }, file, line, column });
      }
    }
  }
  return [...asked.values()];
}
