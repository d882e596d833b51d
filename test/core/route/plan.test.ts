import fc from 'fast-check';
import t from 'tap';
import { RouteDraft, type Writer } from '../../../core/route/draft.ts';
import { finishPlan } from '../../../core/route/plan.ts';
import type { RouteWrites } from '../../../sdk/route.ts';
import { modelsOf, target } from './models.ts';

const a = target('one/a', { region: 'eu', vendor: 'x', tier: 'mini' });
const b = target('two/b', { region: 'us', vendor: 'y', tier: 'frontier' });
const c = target('three/c', { region: 'eu', vendor: 'y', tier: 'frontier' });
const models = modelsOf({ small: [a], big: [b, c], other: [c] });
const by = (policy: string, rule: string | null = null): Writer => ({ policy, rule });
const ids = (draft: RouteDraft, asked: string) =>
  finishPlan(draft, asked, models).targets.map((one) => one.id);

t.test('without writes the plan is what the client asked for', async (t) => {
  t.strictSame(ids(new RouteDraft(), 'big'), ['two/b', 'three/c']);
});

t.test('the first writer of a slot wins and the loser is named with its winner', async (t) => {
  const draft = new RouteDraft();
  draft.write(by('cheap-default', 'hard'), { target: { to: 'big' } });
  draft.write(by('exp-42', 'ab'), { target: { to: 'small' } });
  t.strictSame(ids(draft, 'small'), ['two/b', 'three/c']);
  t.strictSame(draft.lost, [
    { policy: 'exp-42', rule: 'ab', slot: 'target', value: 'small', why: 'first writer cheap-default/hard' },
  ]);
});

t.test('an override beats an earlier write, and the first override beats the second', async (t) => {
  const draft = new RouteDraft();
  draft.write(by('p', 'a'), { target: { to: 'big' } });
  draft.write(by('q', 'b'), { target: { to: 'small', override: true } });
  draft.write(by('r', 'c'), { target: { to: 'other', override: true } });
  t.strictSame(ids(draft, 'big'), ['one/a']);
  t.strictSame(
    draft.lost.map((loss) => loss.why),
    ['override by q/b', 'first override q/b'],
  );
});

t.test(
  'constraints intersect, bind whoever wrote first, and drop a target outside them as lost',
  async (t) => {
    const draft = new RouteDraft();
    draft.write(by('cheap', 'x'), { target: { to: 'two/b' } });
    draft.write(by('eu', 'pin'), { only: { region: ['eu'] } });
    t.strictSame(ids(draft, 'big'), ['three/c']);
    t.match(draft.lost, [{ slot: 'target', value: 'two/b', why: 'outside only(region: eu) of eu/pin' }]);
  },
);

t.test('constraints that leave nothing are 503 no_candidate and are named', async (t) => {
  const draft = new RouteDraft();
  draft.constrain(by('eu', 'pin'), { region: ['mars'] });
  draft.constrain(by('tiers'), { tier: ['mini'] });
  t.throws(() => finishPlan(draft, 'big', models), {
    code: 'no_candidate',
    status: 503,
    message: /only\(region: mars\) of eu\/pin and only\(tier: mini\) of tiers/,
  });
});

t.test('an unknown model is 404 and names the nearest', async (t) => {
  t.throws(() => finishPlan(new RouteDraft(), 'bog', models), {
    code: 'model_not_found',
    message: /Did you mean "big"/,
  });
});

t.test(
  'fallbacks follow the target without duplicates; same vendor, same region and a maximum hold',
  async (t) => {
    const draft = new RouteDraft();
    draft.write(by('p'), { fallbacks: ['big', 'small', 'other'] });
    t.strictSame(ids(draft, 'other'), ['three/c', 'two/b', 'one/a']);
    draft.write(by('p'), { chain: { sameVendor: true } });
    t.strictSame(ids(draft, 'other'), ['three/c', 'two/b']);

    const region = new RouteDraft();
    region.write(by('p'), { fallbacks: ['big', 'small'], chain: { sameRegion: true } });
    t.strictSame(ids(region, 'other'), ['three/c', 'one/a']);

    const most = new RouteDraft();
    most.write(by('p'), { fallbacks: ['big', 'small'], chain: { max: 1 } });
    t.strictSame(ids(most, 'other'), ['three/c']);
  },
);

t.test('whatever is written in whatever order, the plan never leaves its constraints', async () => {
  const name = fc.constantFrom('small', 'big', 'other', 'one/a', 'two/b', 'three/c');
  const writes: fc.Arbitrary<RouteWrites> = fc.record(
    {
      target: fc.record({ to: name, override: fc.boolean() }),
      fallbacks: fc.array(name, { maxLength: 4 }),
      only: fc.record(
        {
          region: fc.subarray(['eu', 'us']),
          vendor: fc.subarray(['x', 'y']),
          tier: fc.subarray(['mini', 'frontier'] as const),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(writes, { maxLength: 6 }), name, (all, asked) => {
      const draft = new RouteDraft();
      for (const [index, one] of all.entries()) draft.write(by(`p${index}`), one);
      let targets: ReturnType<typeof finishPlan>['targets'];
      try {
        targets = finishPlan(draft, asked, models).targets;
      } catch (error) {
        return (error as { code: string }).code === 'no_candidate';
      }
      return (
        targets.length > 0 &&
        new Set(targets.map((one) => one.id)).size === targets.length &&
        targets.every((one) =>
          all.every(
            ({ only }) =>
              (only?.region?.includes(one.region) ?? true) &&
              (only?.vendor?.includes(one.vendor) ?? true) &&
              (only?.tier?.includes(one.tier as never) ?? true),
          ),
        )
      );
    }),
  );
});
