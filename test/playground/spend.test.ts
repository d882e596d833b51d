import t from 'tap';
import type { CostReport } from '../../playground/src/api/types.ts';
import { csvOf } from '../../playground/src/console/spend/csv.ts';
import { nextDimension, readChosen, sumOf, within } from '../../playground/src/console/spend/drill.ts';
import { customRange, daysOf, rangeOf } from '../../playground/src/console/spend/range.ts';
import { costReport } from './mock-costs.ts';

const nowMs = Date.UTC(2026, 2, 1, 0, 30);

t.test('ranges are whole UTC days and end with today', async (t) => {
  t.strictSame(rangeOf('today', nowMs), { since: '2026-03-01', until: '2026-03-02' });
  t.strictSame(rangeOf('7d', nowMs), { since: '2026-02-23', until: '2026-03-02' });
  t.strictSame(rangeOf('month', nowMs), { since: '2026-03-01', until: '2026-03-02' });
  t.equal(daysOf(rangeOf('30d', nowMs)).length, 30);
});

t.test('chosen days are both included, and nonsense is none', async (t) => {
  t.strictSame(customRange('2026-02-27', '2026-02-28'), { since: '2026-02-27', until: '2026-03-01' });
  t.equal(customRange('2026-02-28', '2026-02-27'), null);
  t.equal(customRange('', '2026-02-27'), null);
  t.equal(customRange(null, null), null);
});

t.test('the way down: what was chosen is not offered again, an empty value is one too', async (t) => {
  const chosen = readChosen(new URLSearchParams('tenant=acme&feature=-&model='));
  t.strictSame(chosen, { tenant: 'acme', feature: '' });
  t.equal(nextDimension(chosen, 'tenant'), 'model');
  t.equal(nextDimension(chosen, 'key'), 'key');
});

t.test('the parts add up to the whole at every depth', async (t) => {
  const report = costReport(['tenant'], '2026-02-01', '2026-03-01', nowMs);
  t.strictSame(sumOf(report.groups), report.total);
  const deeper = costReport(['tenant', 'feature'], '2026-02-01', '2026-03-01', nowMs);
  const acme = report.groups.find(({ tenant }) => tenant === 'acme')!;
  t.equal(sumOf(within(deeper, { tenant: 'acme' })).cost_nano_usd, acme.cost_nano_usd);
  t.ok(sumOf(within(deeper, { tenant: 'acme', feature: '' })).cost_nano_usd < acme.cost_nano_usd);
});

t.test('the file is exact, and no spreadsheet takes a name for a formula', async (t) => {
  const group = {
    ...sumOf([]),
    tenant: '=HYPERLINK("http://x")',
    requests: 2,
    cost_nano_usd: 123,
    saved_nano_usd: 1_500_000_000,
  } as CostReport['groups'][number];
  t.equal(
    csvOf(['tenant'], [group]),
    'tenant,requests,errors,input_tokens,output_tokens,cache_read_tokens,cost_usd,saved_usd\n' +
      `"'=HYPERLINK(""http://x"")",2,0,0,0,0,0.000000123,1.50\n`,
  );
});
