import t from 'tap';
import { budget, budgetKey, harness, identity, usage } from './harness.ts';

const who = identity({ budget: budget(1_000_000) });

t.test('a question of a plugin is held beside its request, and both are booked', async (t) => {
  const { request, read } = await harness();
  const asking = request({ identity: who });
  await asking.start();
  t.equal((await read(budgetKey)).held, 286_000);
  const first = request({ identity: who, aside: { of: asking, number: 1 } });
  await first.start();
  t.equal((await read(budgetKey)).held, 572_000);
  const second = request({ identity: who, aside: { of: asking, number: 2 } });
  await second.start();
  t.equal((await read(budgetKey)).held, 858_000);
  await first.attempt('cheap');
  await first.end({ usage: usage(1, 1) });
  t.strictSame(await read(budgetKey), { spent: 3_000, held: 572_000 });
  await asking.attempt('cheap');
  await asking.end({ usage: usage(10, 100) });
  t.strictSame(await read(budgetKey), { spent: 213_000, held: 286_000 }, 'the request itself is booked');
  await second.end({ outcome: 'client_gone' });
  t.strictSame(await read(budgetKey), { spent: 213_000, held: 0 });
});

t.test('a question that no longer fits is refused', async (t) => {
  const { request, read } = await harness({ file: { when_budget_is_short: 'refuse' } });
  const small = identity({ budget: budget(400_000) });
  const asking = request({ identity: small });
  await asking.start();
  const question = request({ identity: small, aside: { of: asking, number: 1 } });
  t.match(await question.start(), { type: 'deny', code: 'budget_exceeded' });
  await question.end({ outcome: 'denied' });
  t.equal((await read(budgetKey)).held, 286_000, 'its request goes on');
});
