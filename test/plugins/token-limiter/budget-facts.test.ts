import t from 'tap';
import type { BudgetFact, BudgetQuestion, IdentityBudget, PolicyVerb } from '../../../sdk/index.ts';
import { budget, harness, identity, usage } from './harness.ts';

const dollar = 1_000_000_000;
/** 1000 and 1000 tokens of `cheap`. */
const spend = usage(1000, 1000);
const spentUsd = 0.003;

function ask(period: BudgetQuestion['period'], by: BudgetQuestion['by']): BudgetQuestion {
  return { period, by };
}

t.test('budgets of key, tenant, file and rules are told, read at once', async (t) => {
  const of = await harness({ file: { limits: [{ by: 'user', per: 'day', usd: '$0.01' }] } });
  const monthly = (limit: number): IdentityBudget => ({ ...budget(limit)!, per: 'month' });
  const who = identity({ budget: monthly(dollar) }, { budget: { ...monthly(2 * dollar), per: 'day' } });
  const verbs: PolicyVerb[] = [
    {
      verb: 'limit',
      options: { by: 'feature', per: 'hour', usd: 0.03 },
      policy: 'p',
      rule: 'r',
      at: 'p.policy.ts:1',
      performer: '20-limits.yaml',
    },
  ];
  const one = of.request({ identity: who, verbs });
  await one.start();
  await one.attempt('cheap');
  await one.end({ usage: spend });
  let reads = 0;
  const { read } = of.counters;
  of.counters.read = (keys) => {
    reads += 1;
    return read(keys);
  };
  const questions = [
    ask('month', 'key'),
    ask('day', 'tenant'),
    ask('day', 'user'),
    ask('hour', 'feature'),
    ask('day', 'key'),
    ask('month', 'ip'),
  ];
  const { context } = of.request({ identity: who, verbs });
  const answers = (await of.hooks.facts!.budget!(context, questions)) as readonly (BudgetFact | null)[];
  t.strictSame(answers, [
    { usd: spentUsd, limit: 1, used: spentUsd },
    { usd: spentUsd, limit: 2, used: spentUsd / 2 },
    { usd: spentUsd, limit: 0.01, used: 0.3 },
    { usd: spentUsd, limit: 0.03, used: 0.1 },
    null,
    null,
  ]);
  t.equal(reads, 1);
  await of.hooks.facts!.budget!(context, [ask('minute', 'key')]);
  t.equal(reads, 1, 'where there is no such budget no counter is asked');
});

t.test('what requests under way hold is not spent', async (t) => {
  const of = await harness();
  const who = identity({ budget: { ...budget(dollar)!, per: 'month' } });
  const one = of.request({ identity: who });
  await one.start();
  const [fact] = await of.hooks.facts!.budget!(one.context, [ask('month', 'key')]);
  t.strictSame(fact, { usd: 0, limit: 1, used: 0 });
});

t.test('of several budgets for the same one that which is used up the most', async (t) => {
  const of = await harness({ file: { limits: [{ by: 'key', per: 'day', usd: '$0.006' }] } });
  const who = identity({ budget: { ...budget(dollar)!, per: 'day' } });
  const one = of.request({ identity: who });
  await one.start();
  await one.attempt('cheap');
  await one.end({ usage: spend });
  const [fact] = await of.hooks.facts!.budget!(one.context, [ask('day', 'key')]);
  t.strictSame(fact, { usd: spentUsd, limit: 0.006, used: 0.5 });
});

t.test('a budget that only warns has no limit to be a share of, and one of 0 is used up', async (t) => {
  const of = await harness();
  const soft: IdentityBudget = { ...budget(0)!, limitNanoUsd: null, softNanoUsd: dollar, per: 'day' };
  const none: IdentityBudget = { ...budget(0)!, per: 'day' };
  const who = identity({ budget: soft }, { budget: none });
  const answers = await of.hooks.facts!.budget!(of.request({ identity: who }).context, [
    ask('day', 'key'),
    ask('day', 'tenant'),
  ]);
  t.strictSame(answers, [
    { usd: 0, limit: 0, used: 0 },
    { usd: 0, limit: 0, used: 1 },
  ]);
});

t.test('a budget whose counter was lost is restored before the first policy asks, once', async (t) => {
  const of = await harness();
  const who = identity({ budget: { ...budget(dollar)!, per: 'month' } });
  const ensured: string[] = [];
  of.counters.ensure = async (reservations) => {
    for (const { key } of reservations) {
      ensured.push(key);
      await of.counters.restore(key, dollar / 2, null, 'raise');
    }
  };
  const { context } = of.request({ identity: who });
  for (let round = 0; round < 2; round += 1) {
    const [fact] = await of.hooks.facts!.budget!(context, [ask('month', 'key')]);
    t.strictSame(fact, { usd: 0.5, limit: 1, used: 0.5 });
  }
  t.strictSame(ensured, ['usd|key|k1|2026-01']);
});
