import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { RouteDraft, type Writer } from '../../../core/route/draft.ts';
import { type FinishedPlan, finishPlan } from '../../../core/route/plan.ts';
import type { PlanTerms } from '../../../core/route/plan-terms.ts';
import type { RouteWrites } from '../../../sdk/route.ts';
import { modelsOf, target } from './models.ts';

const a = target('one/a', { vendor: 'x', region: 'eu' });
const a2 = target('two/a', { vendor: 'x', region: 'us' });
const b = target('two/b', { vendor: 'y', region: 'eu' });
const c = target('three/c', { vendor: 'y', region: 'eu' });
const models = modelsOf({ small: [a], pair: [a, a2], big: [b, c], other: [c] });
const by = (policy: string, rule: string | null = null): Writer => ({ policy, rule });

function planOf(asked: string, writes: RouteWrites, terms?: PlanTerms): FinishedPlan {
  const draft = new RouteDraft();
  draft.write(by('p'), writes);
  return finishPlan(draft, asked, models, terms);
}
const ids = ({ targets }: FinishedPlan) => targets.map(({ id }) => id);

t.test('conditions follow their fallbacks, for every target of a group', async (t) => {
  const plan = planOf('small', {
    fallbacks: [{ to: 'big', on: ['context_length'] }, 'two/a', { to: 'other' }],
  });
  t.strictSame(ids(plan), ['one/a', 'two/b', 'three/c', 'two/a']);
  t.strictSame(
    plan.conditions,
    [null, ['context_length'], null, null],
    'listed twice: both lists lead to it, from its first place',
  );
  const both = planOf('small', {
    fallbacks: [
      { to: 'other', on: ['context_length'] },
      { to: 'big', on: ['timeout', 'context_length'] },
    ],
  });
  t.strictSame(both.conditions, [null, ['context_length', 'timeout'], ['timeout', 'context_length']]);
});

t.test('without writes nothing is conditional, nothing is retried and no limit is set', async (t) => {
  const plan = planOf('big', {});
  t.match(plan, { conditions: [null, null], retry: { max: 0 }, failover: {}, passedOver: [] });
});

t.test('a fallback with a condition is never asked first', async (t) => {
  const draft = new RouteDraft();
  draft.write(by('p'), { fallbacks: [{ to: 'two/a', on: ['context_length'] }, 'pair'] });
  draft.constrain(by('us'), { region: ['us'] });
  const plan = finishPlan(draft, 'small', models);
  t.strictSame(ids(plan), ['two/a'], 'another entry has it without a condition');

  const alone = new RouteDraft();
  alone.write(by('p'), { fallbacks: [{ to: 'two/a', on: ['context_length'] }] });
  alone.constrain(by('us'), { region: ['us'] });
  t.throws(() => finishPlan(alone, 'small', models), {
    code: 'no_candidate',
    message: /two\/a \(only after context_length\)/,
  });
});

t.test('failover has one writer; the other is named', async (t) => {
  const draft = new RouteDraft();
  draft.write(by('fallback'), { failover: { delayBudgetMs: 5 } });
  draft.write(by('other'), { failover: { costCeiling: 2 } });
  t.strictSame(finishPlan(draft, 'small', models).failover, { delayBudgetMs: 5 });
  t.match(draft.lost, [{ slot: 'failover', policy: 'other', why: 'first writer fallback' }]);
});

t.test('a chain is for whichever name the plan goes to, not for what was asked', async (t) => {
  const chains = {
    small: ['small', 'two/b'],
    big: [{ to: 'three/c' }, { to: 'big', on: ['timeout' as const] }],
  };
  t.strictSame(ids(planOf('small', { chains })), ['one/a', 'two/b']);
  t.strictSame(ids(planOf('big', { chains })), ['three/c', 'two/b'], 'the chain is the whole order');
  t.strictSame(ids(planOf('other', { chains })), ['three/c']);
  const draft = new RouteDraft();
  draft.write(by('cheap', 'easy'), { target: { to: 'small' } });
  draft.write(by('fallback'), { chains });
  t.strictSame(ids(finishPlan(draft, 'big', models)), ['one/a', 'two/b']);
  for (const name of ['constructor', '__proto__', 'toString']) {
    const odd = modelsOf({ [name]: [a] });
    const plain = new RouteDraft();
    plain.write(by('fallback'), { chains });
    t.strictSame(ids(finishPlan(plain, name === '__proto__' ? 'one/a' : name, odd)), ['one/a']);
  }
});

t.test('of a chain and fallbacks the first writer wins, where the chain is for this plan', async (t) => {
  const chains = { small: ['small', 'two/b'] };
  const first = new RouteDraft();
  first.write(by('policy', 'r'), { fallbacks: ['two/a'] });
  first.write(by('fallback'), { chains });
  t.strictSame(ids(finishPlan(first, 'small', models)), ['one/a', 'two/a']);
  t.match(first.lost, [{ policy: 'fallback', slot: 'fallbacks', why: 'first writer policy/r' }]);

  const second = new RouteDraft();
  second.write(by('fallback'), { chains });
  second.write(by('policy', 'r'), { fallbacks: ['two/a'] });
  t.strictSame(ids(finishPlan(second, 'small', models)), ['one/a', 'two/b']);
  t.match(second.lost, [{ policy: 'policy', rule: 'r', why: 'first writer fallback' }]);

  const none = new RouteDraft();
  none.write(by('fallback'), { chains });
  none.write(by('policy', 'r'), { fallbacks: ['two/a'] });
  t.strictSame(ids(finishPlan(none, 'other', models)), ['three/c', 'two/a'], 'no chain, no contest');
  t.strictSame(none.lost, []);

  const two = new RouteDraft();
  two.write(by('one'), { chains });
  two.write(by('two'), { chains: { other: ['other', 'small'] } });
  t.strictSame(ids(finishPlan(two, 'other', models)), ['three/c']);
  t.match(two.lost, [{ policy: 'two', value: ['other'], why: 'first writer of chains one' }]);
});

t.test('vendors, regions and the most of a chain leave targets out and say so', async (t) => {
  const fallbacks = ['two/a', 'big'];
  const never = planOf('small', { fallbacks, failover: { crossVendor: 'never' } });
  t.strictSame(ids(never), ['one/a', 'two/a']);
  t.strictSame(never.passedOver, [
    { target: 'two/b', why: 'of another vendor (y) than the first target (x)' },
    { target: 'three/c', why: 'of another vendor (y) than the first target (x)' },
  ]);
  t.strictSame(ids(planOf('small', { fallbacks, failover: { crossVendor: 'tag' } })).length, 4);
  t.strictSame(planOf('small', { fallbacks, chain: { sameRegion: true } }).passedOver, [
    { target: 'two/a', why: 'in another region (us) than the first target (eu)' },
  ]);
  const most = planOf('small', { fallbacks, chain: { max: 2, sameRegion: true } });
  t.strictSame(ids(most), ['one/a', 'two/b'], 'what is left out does not count');
  t.strictSame(most.passedOver.at(-1), {
    target: 'three/c',
    why: 'more than the 2 targets of the chain',
  });
});

t.test('the cost ceiling measures with the first target, for this request', async (t) => {
  const prices = new Map<string, number | null>([
    ['one/a', 10],
    ['two/a', 50],
    ['two/b', 50.001],
    ['three/c', null],
  ]);
  const priceOf: PlanTerms['priceOf'] = ({ id }) => prices.get(id)!;
  const writes: RouteWrites = { fallbacks: ['two/a', 'big'], failover: { costCeiling: 5 } };
  const plan = planOf('small', writes, { priceOf });
  t.strictSame(ids(plan), ['one/a', 'two/a']);
  t.strictSame(plan.passedOver, [
    { target: 'two/b', why: 'dearer than 5 times the first target (5.0001)' },
    { target: 'three/c', why: 'its price is unknown, so not known to be within 5 times the first target' },
  ]);
  prices.set('two/b', 121);
  t.match(planOf('small', writes, { priceOf }).passedOver, [
    { why: 'dearer than 5 times the first target (12.1)' },
    {},
  ]);
  t.equal(ids(planOf('small', { fallbacks: ['big'] }, { priceOf })).length, 3, 'no ceiling, no measure');
  prices.set('one/a', null);
  t.equal(ids(planOf('small', writes, { priceOf })).length, 4, 'an unknown first price is no measure');
  prices.set('one/a', 0);
  t.equal(ids(planOf('small', writes, { priceOf })).length, 4, 'a free first target is none either');
  t.equal(ids(planOf('small', writes)).length, 4, 'and without prices there is none');
});

t.test('each group is arranged by itself, within its constraints', async (t) => {
  const asked: string[] = [];
  const arrange: PlanTerms['arrange'] = (name, targets) => {
    asked.push(`${name}:${targets.length}`);
    return targets.toReversed();
  };
  const plan = planOf('pair', { fallbacks: ['big', 'other'] }, { arrange });
  t.strictSame(ids(plan), ['two/a', 'one/a', 'three/c', 'two/b']);
  t.strictSame(asked, ['pair:2', 'big:2'], 'a single target needs no arranging');
  const draft = new RouteDraft();
  draft.constrain(by('eu'), { region: ['eu'] });
  t.strictSame(ids(finishPlan(draft, 'pair', models, { arrange })), ['one/a']);
});

t.test('whatever is written, targets and conditions go together and each target is there once', async () => {
  const name = fc.constantFrom('small', 'pair', 'big', 'other', 'one/a', 'two/b');
  const kind = fc.constantFrom('timeout', 'context_length', 'server_error');
  const entry = fc.oneof(name, fc.record({ to: name, on: fc.array(kind, { minLength: 1, maxLength: 2 }) }));
  const list = fc.array(entry, { maxLength: 5 });
  const writes: fc.Arbitrary<RouteWrites> = fc.record(
    {
      target: fc.record({ to: name }),
      fallbacks: list,
      chains: fc.dictionary(name, fc.array(entry, { minLength: 1, maxLength: 5 })),
      chain: fc.record({ max: fc.integer({ min: 1, max: 4 }), sameRegion: fc.boolean() }),
      failover: fc.record({
        costCeiling: fc.integer({ min: 1, max: 3 }),
        crossVendor: fc.constantFrom('tag', 'never'),
      }),
    },
    { requiredKeys: [] },
  );
  const priceOf: PlanTerms['priceOf'] = ({ id }) => id.length * (id.startsWith('two') ? 3 : 1);
  fc.assert(
    fc.property(fc.array(writes, { maxLength: 3 }), name, (all, asked) => {
      const draft = new RouteDraft();
      for (const [index, one] of all.entries()) draft.write(by(`p${index}`), one);
      let plan: FinishedPlan;
      try {
        plan = finishPlan(draft, asked, models, { priceOf });
      } catch (error) {
        assert.equal((error as { code: string }).code, 'no_candidate');
        return;
      }
      const { targets, conditions, passedOver, failover, chain } = plan;
      const first = targets[0]!;
      assert.equal(conditions.length, targets.length);
      assert.equal(conditions[0], null);
      const every = [...ids(plan), ...passedOver.map((one) => one.target)];
      assert.equal(new Set(every).size, every.length);
      assert.ok(targets.length <= (chain.max ?? Infinity));
      for (const one of targets) {
        if (failover.crossVendor === 'never') assert.equal(one.vendor, first.vendor);
        assert.ok(priceOf(one)! <= (failover.costCeiling ?? Infinity) * priceOf(first)!);
      }
    }),
  );
});
