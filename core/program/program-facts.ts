import type { Answer } from '../../sdk/chunk.ts';
import type { RequestContext, ResponseContext } from '../../sdk/context.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { BudgetFact, BudgetQuestion, PolicyFacts } from '../../sdk/policy-facts.ts';
import type { Step } from './step.ts';

type Answers = readonly (BudgetFact | null)[];

interface Source {
  readonly facts: PolicyFacts;
  readonly match: Step['match'];
}

/** The answers of all plugins of a program to what its policies ask. Filled in as the plugins are set up. */
export class ProgramFacts implements PolicyFacts {
  readonly #sources: Source[] = [];

  /** What a plugin says counts for the requests that its file applies to. In shadow mode it says nothing. */
  add(facts: PolicyFacts, { match, mode }: Pick<Step, 'match' | 'mode'>): void {
    if (mode === 'enforce') this.#sources.push({ facts, match });
  }

  /** Of several budgets of the same kind the one that is used up the most. */
  budget(ctx: RequestContext, questions: readonly BudgetQuestion[]): MaybePromise<Answers> {
    const asked: MaybePromise<Answers>[] = [];
    for (const source of this.#sources) {
      if (source.facts.budget !== undefined) asked.push(askSource(source, ctx, questions));
    }
    if (asked.length === 1) return asked[0]!;
    if (asked.some((answers) => answers instanceof Promise)) {
      return Promise.all(asked).then((all) => merged(all, questions.length));
    }
    return merged(asked as readonly Answers[], questions.length);
  }

  /** False where no plugin keeps such a budget for anybody. */
  keepsBudget(question: BudgetQuestion): boolean {
    return this.#sources.some(
      ({ facts }) => facts.budget !== undefined && (facts.keepsBudget?.(question) ?? true),
    );
  }

  costUsd(ctx: ResponseContext, answer: Answer): number | null {
    for (const { facts } of this.#sources) {
      const cost = facts.costUsd?.(ctx, answer) ?? null;
      if (cost !== null) return cost;
    }
    return null;
  }
}

function askSource(
  { facts, match }: Source,
  ctx: RequestContext,
  questions: readonly BudgetQuestion[],
): MaybePromise<Answers> {
  const applies = match === null ? true : match(ctx);
  if (applies instanceof Promise) return applies.then((yes) => (yes ? facts.budget!(ctx, questions) : []));
  return applies ? facts.budget!(ctx, questions) : [];
}

function merged(all: readonly Answers[], count: number): Answers {
  return Array.from({ length: count }, (_, index) => {
    let worst: BudgetFact | null = null;
    for (const answers of all) {
      const one = answers[index] ?? null;
      if (one !== null && (worst === null || one.used > worst.used)) worst = one;
    }
    return worst;
  });
}
