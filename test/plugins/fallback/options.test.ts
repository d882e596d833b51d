import t from 'tap';
import { readCeiling } from '../../../plugins/fallback/rules.ts';
import { driven } from './harness.ts';

t.test(
  'the name alone gives every limit and leaves the slots `chain` and `fallbacks` to policies',
  async (t) => {
    const { route } = await driven();
    t.strictSame(route(), {
      type: 'continue',
      retry: { max: 2, budgetMs: 60_000, ratio: 0.1, baseMs: 200, capMs: 5000 },
      failover: {
        breaker: { consecutive: 5, errorRatio: 0.5, windowMs: 30_000, minCalls: 20, cooldownMs: 10_000 },
        timeouts: { connectMs: 3000, firstTokenMs: 30_000, stallMs: 20_000, totalMs: 300_000 },
        delayBudgetMs: 60_000,
        costCeiling: 5,
        crossVendor: 'tag',
      },
    });
  },
);

t.test('every option reaches its slot', async (t) => {
  const { route } = await driven({
    on: ['timeout', 'content_filter'],
    retry: { max: 0, base: '1s', cap: '2s', ratio: 0 },
    timeouts: { connect: '1s', first_token: '2s', stall: '3s', total: '4s' },
    breaker: { consecutive: 1, error_ratio: 1, window: '1m', min_calls: 2, cooldown: '1s' },
    delay_budget: '10s',
    cost_ceiling: 'none',
    cross_vendor: 'never',
    same_region: true,
    hedge: {},
  });
  t.strictSame(route(), {
    type: 'continue',
    retry: { max: 0, budgetMs: 10_000, ratio: 0, baseMs: 1000, capMs: 2000 },
    failover: {
      breaker: { consecutive: 1, errorRatio: 1, windowMs: 60_000, minCalls: 2, cooldownMs: 1000 },
      timeouts: { connectMs: 1000, firstTokenMs: 2000, stallMs: 3000, totalMs: 4000 },
      delayBudgetMs: 10_000,
      crossVendor: 'never',
      hedge: { afterMs: 2000, maxShare: 0.03, withTools: false },
    },
    chain: { on: ['timeout', 'content_filter'], sameRegion: true },
  });
  t.match((await driven({ same_vendor: true })).route(), { failover: { crossVendor: 'never' } });
});

t.test('a cost ceiling is times of the first price, from 1', async (t) => {
  t.equal(readCeiling('5x'), 5);
  t.equal(readCeiling('1.5x'), 1.5);
  t.equal(readCeiling(2), 2);
  t.equal(readCeiling('none'), null);
  for (const wrong of ['x', '', '0x', '0.5x', '-3x', 'five', '5%', Number.NaN, Infinity]) {
    t.throws(() => readCeiling(wrong), /cost_ceiling: expected times .* such as 5x, or none/);
  }
});

t.test('what is no option, or out of range, is refused', async (t) => {
  for (const wrong of [
    { chain: {} },
    { on: ['invalid_request'] },
    { on: [] },
    { retry: { max: 6 } },
    { retry: { tries: 1 } },
    { chains: { smart: [] } },
    { chains: { smart: [{ target: 'openai/gpt', when: [] }] } },
    { chains: { smart: [{ on: ['timeout'] }] } },
    { hedge: { max_extra_cost: 0 } },
  ]) {
    await t.rejects(driven(wrong));
  }
});
