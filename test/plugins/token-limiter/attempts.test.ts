import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createPrices } from '../../../core/prices/prices.ts';
import { createMemoryCounters } from '../../../core/stores/counters/memory.ts';
import type { Counters } from '../../../sdk/counters.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { ManyAttempts, type Used } from './attempts.ts';
import { budget, budgetKey, harness, identity, priceTable, target } from './harness.ts';

const prices = createPrices(priceTable);
const plan = ['cheap', 'dear', 'cheap'];
const tenantKey = 'usd|tenant|acme|2026-01';
const globalKey = 'usd|global|all|month|20-limits|2026-01';
const everything: Used = { input: 1, output: 1, estimated: false };

/** What all attempts of a request cost, as the ledger books them. */
function costOf(request: ManyAttempts): number {
  return request.records.reduce((sum, { target: id, usage, durationMs }) => {
    if (usage === null) return sum;
    const cost = prices.cost(target(id), usage, undefined, durationMs ?? undefined);
    return sum + (cost?.totalNanoUsd ?? 0);
  }, 0);
}

const used = fc.oneof(
  fc.constant(null),
  fc.constant(everything),
  // A timeout: the provider has read the input, by our own count.
  fc.constant({ input: 0.1, output: 0, estimated: true }),
  fc.record({
    input: fc.double({ min: 0, max: 1, noNaN: true }),
    output: fc.double({ min: 0, max: 1, noNaN: true }),
    estimated: fc.boolean(),
  }),
);

const step = fc.record({
  /** Which of the requests, and what happens to it. */
  who: fc.nat({ max: 3 }),
  what: fc.constantFrom('attempt', 'attempt', 'finish', 'end'),
  target: fc.constantFrom('cheap', 'dear'),
  used,
  which: fc.nat({ max: 1 }),
});

const drill = fc.record({
  limit: fc.integer({ min: 100_000, max: 9_000_000 }),
  mode: fc.constantFrom('clamp', 'refuse'),
  maxTokens: fc.option(fc.integer({ min: 16, max: 300 })),
  steps: fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }),
});

t.test(
  'whatever attempts fail, run beside each other or come after: no budget is ever exceeded',
  async () => {
    let attempts = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(drill, async ({ limit, mode, maxTokens, steps }) => {
        const { hooks, counters } = await harness({
          file: {
            when_budget_is_short: mode,
            default_max_output_tokens: 200,
            limits: [{ by: 'global', per: 'month', usd: `$${(Math.round(limit * 1.2) / 1e9).toFixed(9)}` }],
          },
        });
        const who = identity({ budget: budget(limit) }, { budget: budget(Math.floor(limit * 1.1)) });
        const limits = [limit, Math.floor(limit * 1.1), Math.round(limit * 1.2)];
        const keys = [budgetKey, tenantKey, globalKey];
        const look = async () => {
          for (const [at, { spent, held }] of (await counters.read(keys)).entries()) {
            assert.ok(spent + held <= limits[at]!, `${keys[at]}: ${spent} + ${held} of ${limits[at]}`);
          }
        };
        const open = new Map<number, ManyAttempts>();
        const all: ManyAttempts[] = [];
        const end = async (index: number, request: ManyAttempts, share: Used | null) => {
          for (const number of request.running) request.finish(number, share);
          open.delete(index);
          await request.end('failed');
          await look();
        };
        for (const { who: index, what, target: id, used: share, which } of steps) {
          let request = open.get(index);
          if (request === undefined) {
            request = new ManyAttempts(hooks, who, maxTokens);
            all.push(request);
            const decision = await request.start();
            await look();
            if (decision?.type === 'deny') {
              assert.equal(decision.code, 'budget_exceeded');
              await request.end('denied');
              await look();
            } else open.set(index, request);
            continue;
          }
          const { running } = request;
          if (what === 'end') await end(index, request, share);
          else if (what === 'finish' && running.length > 0) {
            request.finish(running[which % running.length]!, share);
          } else if (what === 'attempt' && running.length < 2) {
            const decision = await request.attempt(id, plan);
            attempts += 1;
            await look();
            if (decision?.type === 'deny') {
              refused += 1;
              assert.equal(decision.code, 'budget_exceeded');
              assert.match(
                decision.message ?? '',
                /budget of .* is short: limit .*, used .*, held .*, needed /,
              );
              // Beside another attempt it is only that there is no hedge.
              if (running.length === 0) await end(index, request, share);
            } else if (decision?.type === 'skip') refused += 1;
          }
        }
        for (const [index, request] of [...open]) await end(index, request, everything);
        const total = all.reduce((sum, request) => sum + costOf(request), 0);
        for (const { spent, held } of await counters.read(keys)) {
          assert.equal(held, 0);
          assert.equal(spent, total, 'counters have what the ledger has');
        }
      }),
      { numRuns: 80 },
    );
    assert.ok(attempts > 500 && refused > 50, `${attempts} attempts, ${refused} of them refused`);
  },
);

t.test('a store that answers late, in any order, admits no more either', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 300_000, max: 3_000_000 }),
      fc.array(fc.constantFrom('cheap', 'dear'), { minLength: 2, maxLength: 6 }),
      fc.array(used, { minLength: 6, maxLength: 6 }),
      async (scheduler, limit, targets, shares) => {
        const clock = new FakeClock();
        const inner = createMemoryCounters({ clock });
        const late: Counters = {
          ...inner,
          admit: (...args) => scheduler.schedule(Promise.resolve()).then(() => inner.admit(...args)),
          settle: (...args) => scheduler.schedule(Promise.resolve()).then(() => inner.settle(...args)),
        };
        const { hooks } = await harness({ clock, counters: late });
        const who = identity({ budget: budget(limit) });
        const look = () => {
          const [state] = inner.read([budgetKey]) as { spent: number; held: number }[];
          assert.ok(state!.spent + state!.held <= limit, `${state!.spent} + ${state!.held} of ${limit}`);
        };
        const lives = targets.map(async (id, at) => {
          const request = new ManyAttempts(hooks, who, 100);
          const started = await request.start();
          look();
          if (started?.type !== 'deny') {
            const first = await request.attempt(id, plan);
            look();
            if (first === undefined || first.type === 'continue') {
              // A hedge beside it, and the client leaves while that is being admitted.
              const hedge = request.attempt('dear', plan);
              const leaves = at % 2 === 0;
              if (!leaves) await hedge;
              for (const number of request.running) request.finish(number, shares[at % shares.length]!);
              await request.end('client_gone');
              await hedge;
              look();
              return request;
            }
          }
          await request.end('denied');
          look();
          return request;
        });
        const all = Promise.all(lives);
        await scheduler.waitFor(all);
        await scheduler.waitIdle();
        const [state] = inner.read([budgetKey]) as { spent: number; held: number }[];
        assert.equal(state!.held, 0);
        assert.ok(state!.spent <= limit);
      },
    ),
    { numRuns: 60 },
  );
});

t.test('a timeout is paid for, and the next attempt must fit beside it', async (t) => {
  const { hooks, counters } = await harness({ file: { when_budget_is_short: 'refuse' } });
  // 286,000 for an attempt, and 30,000 more: enough for what a timeout costs by our count, once.
  const who = identity({ budget: budget(316_000) });
  const request = new ManyAttempts(hooks, who, 100);
  t.match(await request.start(), { type: 'continue' });
  for (const count of [1, 2, 3]) {
    t.equal((await request.attempt('cheap', plan))?.type ?? 'continue', 'continue', `attempt ${count}`);
    request.finish(count, { input: 10 / 86, output: 0, estimated: true });
  }
  t.match(await request.attempt('cheap', ['cheap']), { type: 'continue' }, '30,000 have been used');
  request.finish(4, { input: 10 / 86, output: 0, estimated: true });
  t.match(await request.attempt('cheap', ['cheap']), {
    type: 'deny',
    code: 'budget_exceeded',
    status: 402,
    message:
      /limit \$0\.000316, used \$0\.00, held by requests under way \$0\.000316, needed \$0\.00001 at most/,
  });
  await request.end('denied');
  t.strictSame(await counters.read([budgetKey]), [{ spent: 40_000, held: 0 }]);
});

t.test('a dear target that does not fit is skipped while there is another', async (t) => {
  const { hooks, counters } = await harness({ file: { when_budget_is_short: 'refuse' } });
  const request = new ManyAttempts(hooks, identity({ budget: budget(600_000) }), 100);
  await request.start();
  t.match(await request.attempt('dear', ['dear', 'cheap']), { type: 'skip' });
  t.equal((await request.attempt('cheap', ['dear', 'cheap']))?.type ?? 'continue', 'continue');
  request.finish(1, everything);
  await request.end('complete');
  t.strictSame(await counters.read([budgetKey]), [{ spent: 286_000, held: 0 }]);
});
