import t from 'tap';
import { BudgetReader, budgetQuestions } from '../../../core/policy/budget-reader.ts';
import type { BudgetFact, BudgetQuestion } from '../../../sdk/policy-facts.ts';
import { requestContext } from './_facts.ts';
import { compiled, stepsOf } from './_policy.ts';

const rules = `policy('p', { kind: 'guard' },
  onRequest('cheap', all(plan('free'), budget('day').used.gte(0.8)), tag({ day: 'short' })),
  onRequest('key', all(plan('free'), budget('month', 'key').usd.gt(5)), tag({ key: 'short' })),
  onRequest('always', true, tag({ seen: 'yes' })));`;

const facts: Readonly<Record<string, BudgetFact>> = {
  'day|tenant': { usd: 9, limit: 10, used: 0.9 },
  'month|key': { usd: 7, limit: 100, used: 0.07 },
};

async function reading(answerLater: boolean, fail = false) {
  const { policies } = await compiled(rules);
  const asked: (readonly BudgetQuestion[])[] = [];
  const reader = new BudgetReader((_ctx, questions) => {
    asked.push(questions);
    const answers = questions.map(({ period, by }) => facts[`${period}|${by}`] ?? null);
    if (!answerLater) return answers;
    return fail ? Promise.reject(new Error('out of reach')) : Promise.resolve(answers);
  }, budgetQuestions(policies));
  const [step] = await stepsOf(rules, { budget: (ctx, period, by) => reader.read(ctx, period, by) });
  return { step: step!, asked };
}

const free = { identity: { tenant: { plan: 'free' } } };

for (const later of [false, true]) {
  t.test(`everything is asked at once, ${later ? 'from a store' : 'in memory'}`, async (t) => {
    const { step, asked } = await reading(later);
    const ctx = requestContext(free);
    const decision = await step.onRequest!(ctx, undefined);
    t.strictSame(decision?.tags, { day: 'short', key: 'short', seen: 'yes' });
    t.strictSame(asked, [
      [
        { period: 'day', by: 'tenant' },
        { period: 'month', by: 'key' },
      ],
    ]);
    t.match(decision?.rules?.[0]?.leaves, [
      { leaf: 'plan' },
      { leaf: 'budget.used.gte', saw: 0.9, result: true },
    ]);
    t.equal(decision?.rules?.[0]?.leaves.length, 2, 'no leaf is on record twice');
    await step.onRequest!(ctx, undefined);
    t.equal(asked.length, 1, 'once for all hooks before the attempts');
    await step.onRequest!(requestContext(free), undefined);
    t.equal(asked.length, 2, 'and anew for the next request');
  });

  t.test(`who does not ask pays nothing, ${later ? 'from a store' : 'in memory'}`, async (t) => {
    const { step, asked } = await reading(later);
    const decision = step.onRequest!(requestContext(), undefined);
    t.notOk(decision instanceof Promise, 'the answer is there at once');
    t.strictSame((await decision)?.tags, { seen: 'yes' });
    t.equal(asked.length, 0);
  });
}

t.test('in memory a policy answers at once', async (t) => {
  const { step } = await reading(false);
  t.notOk(step.onRequest!(requestContext(free), undefined) instanceof Promise);
});

t.test('another identity is another question', async (t) => {
  const { step, asked } = await reading(false);
  const ctx = { ...requestContext(free) };
  await step.onRequest!(ctx, undefined);
  (ctx as { identity: object }).identity = { ...ctx.identity };
  await step.onRequest!(ctx, undefined);
  t.equal(asked.length, 2);
});

t.test('a store that fails is a failure of the policy, with the record of its rules', async (t) => {
  const { step } = await reading(true, true);
  await t.rejects(Promise.resolve(step.onRequest!(requestContext(free), undefined)), {
    name: 'PolicyError',
    message: /p\/cheap .*out of reach/,
    rules: [{ rule: 'cheap', error: 'out of reach' }],
  });
});

t.test('code may look at every period of the tenant', async (t) => {
  const { policies } = await compiled(
    "policy('p', { kind: 'shape' }, onRequest('r', true, run((c) => tag({ used: String(c.budget.day.used) }))));",
  );
  t.strictSame(
    budgetQuestions(policies).map(({ period, by }) => `${period} ${by}`),
    ['minute tenant', 'hour tenant', 'day tenant', 'month tenant'],
  );
});
