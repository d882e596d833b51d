import t from 'tap';
import { ProgramFacts } from '../../../core/program/program-facts.ts';
import type { BudgetFact, BudgetQuestion, PolicyFacts } from '../../../sdk/policy-facts.ts';
import { answer, requestContext, responseContext } from '../policy/_facts.ts';

const day: BudgetQuestion = { period: 'day', by: 'tenant' };
const month: BudgetQuestion = { period: 'month', by: 'tenant' };
const fact = (used: number): BudgetFact => ({ usd: used, limit: 1, used });
const source = (answers: readonly (BudgetFact | null)[], later = false): PolicyFacts => ({
  budget: () => (later ? Promise.resolve(answers) : answers),
});
const enforced = { match: null, mode: 'enforce' } as const;

t.test('of several plugins the budget counts that is used up the most', async (t) => {
  for (const later of [false, true]) {
    const facts = new ProgramFacts();
    facts.add(source([fact(0.2), fact(0.9)]), enforced);
    facts.add(source([fact(0.5), null], later), enforced);
    const answers = facts.budget(requestContext(), [day, month]);
    t.equal(answers instanceof Promise, later);
    t.strictSame(await answers, [fact(0.5), fact(0.9)]);
  }
});

t.test('a plugin speaks for the requests that its file applies to, and not in shadow mode', async (t) => {
  const ctx = requestContext();
  const facts = new ProgramFacts();
  t.strictSame(facts.budget(ctx, [day]), [null], 'nobody knows anything');
  facts.add(source([fact(0.1)]), { match: () => false, mode: 'enforce' });
  facts.add(source([fact(0.2)]), { match: async () => false, mode: 'enforce' });
  facts.add(source([fact(0.3)]), { match: async () => true, mode: 'enforce' });
  facts.add(source([fact(0.4)]), { match: null, mode: 'shadow' });
  t.strictSame(await facts.budget(ctx, [day]), [fact(0.3)]);
});

t.test('the first plugin that knows a cost says it', async (t) => {
  const facts = new ProgramFacts();
  const of = () => facts.costUsd(responseContext(), answer('Hi'));
  t.equal(of(), null);
  facts.add({ costUsd: () => null }, enforced);
  facts.add({ costUsd: () => 2 }, enforced);
  facts.add({ costUsd: () => 3 }, enforced);
  t.equal(of(), 2);
});
