import { useMemo } from 'preact/hooks';
import type { Overview } from '../../api/types.ts';
import { clockTime, count, countShort, duration, money, moneyShort } from '../../data/format.ts';
import { TimeChart } from '../../ui/time-chart.tsx';

const centNanoUsd = 10_000_000;

/** The unit of nothing is noise. */
function durationAxis(ms: number): string {
  return ms === 0 ? '0' : duration(ms);
}

/** Four quiet charts over one axis of time. */
export function OverviewCharts({ overview, words }: { readonly overview: Overview; readonly words: string }) {
  const { buckets, window_s: windowS } = overview;
  const data = useMemo(
    () => ({
      xs: buckets.map(({ at }) => Date.parse(at) / 1000),
      requests: buckets.map((one) => one.requests),
      denied: buckets.map((one) => one.denied),
      errors: buckets.map((one) => one.errors),
      p50: buckets.map((one) => one.p50_ms),
      p95: buckets.map((one) => one.p95_ms),
      cost: buckets.map((one) => one.cost_nano_usd),
    }),
    [buckets],
  );
  const series = useMemo(
    () => ({
      requests: [{ label: 'requests', values: data.requests, kind: 'bar', color: '--series-1' }] as const,
      latency: [
        { label: 'p95', values: data.p95, kind: 'line', color: '--series-1' },
        { label: 'p50', values: data.p50, kind: 'line', color: '--series-3', dashed: true },
      ] as const,
      trouble: [
        { label: 'refused', values: data.denied, kind: 'line', color: '--series-3', dashed: true },
        { label: 'failed', values: data.errors, kind: 'line', color: '--bad' },
      ] as const,
      cost: [{ label: 'spend', values: data.cost, kind: 'bar', color: '--series-1' }] as const,
    }),
    [data],
  );
  if (buckets.length === 0) return null;
  const each = duration((windowS / buckets.length) * 1000);
  const shared = {
    xs: data.xs,
    when: (seconds: number) => clockTime(new Date(seconds * 1000).toISOString()),
  };
  const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);
  return (
    <div class="overview-charts">
      <TimeChart
        {...shared}
        title="Requests"
        note={`for each ${each}, most ${count(Math.max(...data.requests))}`}
        series={series.requests}
        axis={countShort}
        value={count}
      />
      <TimeChart
        {...shared}
        title="Latency"
        note="from the request to the end of its answer"
        series={series.latency}
        emptyTop={1000}
        axis={durationAxis}
        value={duration}
      />
      <TimeChart
        {...shared}
        title="Refused and failed"
        note={`${count(sum(data.denied))} refused, ${count(sum(data.errors))} failed in ${words}`}
        series={series.trouble}
        axis={countShort}
        value={count}
      />
      <TimeChart
        {...shared}
        title="Spend"
        note={`for each ${each}, together ${money(sum(data.cost))}`}
        series={series.cost}
        emptyTop={centNanoUsd}
        axis={moneyShort}
        value={money}
      />
    </div>
  );
}
