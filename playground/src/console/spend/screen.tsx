import { requestJson } from '../../api/client.ts';
import type { CostReport } from '../../api/types.ts';
import { query, setQuery } from '../../app/router.ts';
import { useResource } from '../../data/resource.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { Segments } from '../../ui/segments.tsx';
import { Failure, Loading, Notice } from '../../ui/states.tsx';
import { Crumbs } from './crumbs.tsx';
import { CsvButton } from './csv-button.tsx';
import { CustomDays } from './custom-days.tsx';
import { dimensions, nextDimension, readChosen, sumOf, within } from './drill.ts';
import { customRange, type RangeName, rangeNames, rangeOf } from './range.ts';
import { SpendChart } from './spend-chart.tsx';
import { SpendTable } from './spend-table.tsx';
import { SpendTotals } from './spend-totals.tsx';
import './spend.css';

const ranges: readonly { readonly value: RangeName; readonly label: string }[] = [
  { value: 'today', label: 'Today' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: 'month', label: 'This month' },
  { value: 'custom', label: 'Days' },
];

const names = {
  tenant: 'Tenant',
  feature: 'Feature',
  model: 'Model',
  key: 'Key',
  provider: 'Provider',
} as const;

/** More groups than this the gateway does not give at once. */
const mostGroups = 10_000;

/** What was spent, by whom and on what. The numbers are those of `sluice cost report`. */
export default function SpendScreen() {
  const { value: address } = query;
  const rangeName = rangeNames.find((name) => name === address.get('range')) ?? '30d';
  const range =
    rangeName === 'custom'
      ? customRange(address.get('first'), address.get('last'))
      : rangeOf(rangeName, Date.now());
  const chosen = readChosen(address);
  const by = nextDimension(chosen, address.get('by'));
  const path = [...dimensions.filter((name) => chosen[name] !== undefined), by];
  const days = range === null ? '' : `since=${range.since}&until=${range.until}`;

  const groups = useReport(path, days);
  const daily = useReport(['day', ...path.slice(0, -1)], days);

  const set = (values: Record<string, string | null>) => setQuery(values, {});
  return (
    <div class="page">
      <PageHead title="Spend" note="days are UTC days, as in the ledger">
        <Segments
          label="Days"
          value={rangeName}
          choices={ranges}
          onChange={(value) => set({ range: value })}
        />
      </PageHead>
      {rangeName === 'custom' ? <CustomDays first={address.get('first')} last={address.get('last')} /> : null}
      {range === null ? (
        <Notice title="Choose the days" icon="chart">
          <p>Give the first and the last day; the last must not be before the first.</p>
        </Notice>
      ) : groups.data === null ? (
        groups.problem === null ? (
          <Loading label="spend" />
        ) : (
          <Failure title="The report did not come" message={groups.problem} onRetry={groups.reload} />
        )
      ) : (
        <>
          <Crumbs chosen={chosen} />
          <SpendTotals total={sumOf(within(groups.data, chosen))} />
          {daily.data === null || rangeName === 'today' ? null : (
            <SpendChart groups={within(daily.data, chosen)} range={range} />
          )}
          <section class="card" aria-label={`Spend by ${by}`}>
            <div class="spread spend-by">
              <Segments
                label="Look at spend by"
                value={by}
                choices={dimensions
                  .filter((name) => chosen[name] === undefined)
                  .map((value) => ({ value, label: names[value] }))}
                onChange={(value) => set({ by: value })}
              />
              <CsvButton
                by={path}
                groups={within(groups.data, chosen)}
                name={`spend-${range.since}-by-${by}.csv`}
              />
            </div>
            {groups.data.more ? (
              <p class="tone-warn">
                There are more than {mostGroups} groups; only the dearest are here. Choose fewer days.
              </p>
            ) : null}
            <SpendTable by={by} label={names[by]} chosen={chosen} groups={within(groups.data, chosen)} />
          </section>
        </>
      )}
    </div>
  );
}

function useReport(by: readonly string[], days: string) {
  const search = `by=${by.join(',')}&limit=${mostGroups}&${days}`;
  return useResource<CostReport | null>(search, (signal) =>
    days === '' ? Promise.resolve(null) : requestJson<CostReport>(`/cost/report?${search}`, { signal }),
  );
}
