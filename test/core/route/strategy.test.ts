import assert from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { type StickyKey, stickyKeyOf } from '../../../core/route/sticky-key.ts';
import { arrange, type Choice } from '../../../core/route/strategy.ts';
import type { HealthState } from '../../../sdk/health.ts';
import type { Strategy, Target } from '../../../sdk/target.ts';
import { healthOf } from './_states.ts';
import { target } from './models.ts';

const [a, b, c] = [target('one/a'), target('two/b'), target('three/c')];
const abc: readonly Target[] = [a, b, c];
const alone: StickyKey = { stickyKey: 'req_1', session: false };

function order(
  strategy: Strategy,
  states: Parameters<typeof healthOf>[0],
  more: Partial<Choice> = {},
): string {
  const choice = { health: healthOf(states), ...alone, ...more };
  return arrange(abc, strategy, choice)
    .map(({ model }) => model)
    .join('');
}

t.test('the sticky key is the session, else the user, else the request', async (t) => {
  t.strictSame(stickyKeyOf('s', 'u', 'r'), { stickyKey: 's', session: true });
  t.strictSame(stickyKeyOf('', 'u', 'r'), { stickyKey: 'u', session: false });
  t.strictSame(stickyKeyOf(undefined, null, 'r'), { stickyKey: 'r', session: false });
});

t.test('ordered is as listed, and who must wait goes last, the shortest wait first', async (t) => {
  t.equal(order('ordered', {}), 'abc');
  t.equal(order('ordered', { 'one/a': { waitMs: 5 } }), 'bca');
  t.equal(
    order('ordered', { 'one/a': { waitMs: 5 }, 'two/b': { waitMs: 3 }, 'three/c': { waitMs: 9 } }),
    'bac',
  );
  for (const strategy of ['weighted', 'least-latency', 'least-busy', 'least-cost'] as const) {
    t.equal(order(strategy, { 'two/b': { waitMs: 1 } }, { session: true }).at(-1), 'b', strategy);
  }
});

t.test('least-cost is by price, unknown prices last, ties as listed', async (t) => {
  const prices: Record<string, number | null> = { 'one/a': 30, 'two/b': null, 'three/c': 20 };
  t.equal(order('least-cost', {}, { priceOf: ({ id }) => prices[id]! }), 'cab');
  t.equal(order('least-cost', {}, { priceOf: () => null }), 'abc');
  t.equal(order('least-cost', {}), 'abc');
});

t.test(
  'least-busy is by calls under way for each unit of weight; failing fast is not being idle',
  async (t) => {
    t.equal(order('least-busy', { 'one/a': { inFlight: 2 }, 'two/b': { inFlight: 1 } }), 'cba');
    t.equal(order('least-busy', { 'one/a': { consecutiveFailures: 2 }, 'two/b': { inFlight: 1 } }), 'cba');
    const heavy = [a, target('two/b', { weight: 3 })];
    const health = healthOf({ 'one/a': { inFlight: 1 }, 'two/b': { inFlight: 3 } });
    t.equal(arrange(heavy, 'least-busy', { health, ...alone })[0]!.id, 'two/b');
  },
);

t.test('least-latency is by latency times calls, unknown ones first and two at a time', async (t) => {
  const known = {
    'one/a': { latencyMs: 300 },
    'two/b': { latencyMs: 100, inFlight: 3 },
    'three/c': { latencyMs: 200 },
  };
  t.equal(order('least-latency', known), 'cab');
  t.equal(order('least-latency', { ...known, 'two/b': {} }), 'bca');
  t.equal(order('least-latency', { ...known, 'two/b': { inFlight: 1 } }), 'bca');
  t.equal(order('least-latency', { ...known, 'two/b': { inFlight: 2 } }), 'cab');
  t.equal(order('least-latency', { ...known, 'two/b': { consecutiveFailures: 1 } }), 'cab');
  t.equal(
    order('least-latency', { 'one/a': { inFlight: 1 } }),
    'bca',
    'unknown ones share the first requests',
  );
});

t.test('a target whose probe is due is asked, however bad it was', async (t) => {
  const bad = { latencyMs: 9000, consecutiveFailures: 20, breaker: 'half-open' } as const;
  const states = { 'one/a': { latencyMs: 10 }, 'two/b': { latencyMs: 10 }, 'three/c': bad };
  for (const strategy of ['least-latency', 'least-busy'] as const)
    t.equal(order(strategy, states)[0], 'c', strategy);
});

t.test('a session stays with its target until it is more than twice as bad as the best', async (t) => {
  for (const strategy of ['least-latency', 'least-busy'] as const) {
    const even = Object.fromEntries(abc.map(({ id }) => [id, { latencyMs: 100 }]));
    const own = (key: string, states: Parameters<typeof healthOf>[0]) =>
      order(strategy, states, { stickyKey: key, session: true })[0]!;
    const firsts = new Set<string>();
    for (let count = 0; count < 50; count++) {
      const key = `session-${count}`;
      const first = own(key, even);
      firsts.add(first);
      const { id } = abc.find(({ model }) => model === first)!;
      t.equal(own(key, { ...even, [id]: { latencyMs: 100, inFlight: 1 } }), first, 'twice as loaded');
      t.not(own(key, { ...even, [id]: { latencyMs: 100, inFlight: 2 } }), first, 'thrice as loaded');
      t.not(own(key, { ...even, [id]: { latencyMs: 100, waitMs: 1 } }), first, 'must wait');
    }
    t.equal(firsts.size, 3, 'sessions spread over all targets');
  }
});

t.test('weights hold within 1 % over 100,000 draws', async (t) => {
  const weights = [1, 2, 5, 0.5, 1.5];
  const targets = weights.map((weight, index) => target(`p${index}/m`, { weight }));
  const counts = new Map<string, number>();
  const health = healthOf({});
  for (let draw = 0; draw < 100_000; draw++) {
    const first = arrange(targets, 'weighted', { health, stickyKey: `user-${draw}`, session: false })[0]!;
    counts.set(first.id, (counts.get(first.id) ?? 0) + 1);
  }
  for (const [index, weight] of weights.entries()) {
    const share = counts.get(`p${index}/m`)! / 100_000;
    t.ok(Math.abs(share - weight / 10) < 0.01, `${weight}: ${share}`);
  }
});

t.test('request ids, which count or differ in a character, spread as well', async (t) => {
  const targets = [target('openai/gpt-4o'), target('azure/gpt-4o')];
  for (const name of [(n: number) => `req_${n.toString(36).padStart(24, '0')}`, (n: number) => String(n)]) {
    let first = 0;
    for (let draw = 0; draw < 20_000; draw++) {
      const choice = { health: healthOf({}), stickyKey: name(draw), session: false };
      if (arrange(targets, 'weighted', choice)[0] === targets[0]) first += 1;
    }
    t.ok(Math.abs(first / 20_000 - 0.5) < 0.015, `${first}`);
  }
});

t.test('a key keeps its order of targets, and one that is added moves only what it gains', async () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}\/[a-z0-9]{1,8}$/), {
    minLength: 2,
    maxLength: 8,
  });
  fc.assert(
    fc.property(
      names,
      fc.string(),
      fc.array(fc.double({ min: 0.1, max: 50, noNaN: true })),
      (ids, key, weights) => {
        const targets = ids.map((id, index) => target(id, { weight: weights[index] ?? 1 }));
        const choice = { health: healthOf({}), stickyKey: key, session: false };
        const all = arrange(targets, 'weighted', choice);
        assert.deepStrictEqual(arrange([...targets].reverse(), 'weighted', choice), all);
        const without = arrange(targets.slice(0, -1), 'weighted', choice);
        assert.deepStrictEqual(
          without,
          all.filter((one) => one !== targets.at(-1)),
        );
      },
    ),
    { numRuns: 300 },
  );
});

t.test('whatever is known, each target comes once, and who must wait comes last', async () => {
  const state = fc.record({
    breaker: fc.constantFrom('closed', 'open', 'half-open'),
    waitMs: fc.constantFrom(0, 0, 1, 50),
    inFlight: fc.nat(5),
    consecutiveFailures: fc.nat(3),
    latencyMs: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
  }) as fc.Arbitrary<Partial<HealthState>>;
  const strategies = fc.constantFrom<Strategy>(
    'ordered',
    'weighted',
    'least-latency',
    'least-busy',
    'least-cost',
  );
  fc.assert(
    fc.property(
      strategies,
      fc.array(state, { maxLength: 10 }),
      fc.string(),
      fc.boolean(),
      (strategy, states, stickyKey, session) => {
        const targets = states.map((_, index) => target(`p/${index}`, { weight: 1 + (index % 3) }));
        const health = healthOf(Object.fromEntries(states.map((one, index) => [`p/${index}`, one])));
        const priceOf = ({ model }: Target) => (Number(model) % 3 === 0 ? null : Number(model));
        const arranged = arrange(targets, strategy, { health, stickyKey, session, priceOf });
        assert.deepStrictEqual(new Set(arranged), new Set(targets));
        assert.strictEqual(arranged.length, targets.length);
        const waits = arranged.map(({ id }) => health.of(id).waitMs);
        const ready = waits.filter((waitMs) => waitMs === 0).length;
        assert.ok(waits.slice(0, ready).every((waitMs) => waitMs === 0));
      },
    ),
    { numRuns: 500 },
  );
});
