import { useMemo } from 'preact/hooks';
import type { CostGroup } from '../../api/types.ts';
import { money, moneyShort } from '../../data/format.ts';
import { TimeChart } from '../../ui/time-chart.tsx';
import { type DayRange, daysOf } from './range.ts';

interface SpendChartProps {
  /** One or more for each day. */
  readonly groups: readonly CostGroup[];
  readonly range: DayRange;
}

export function SpendChart({ groups, range }: SpendChartProps) {
  const { xs, series, note } = useMemo(() => {
    const byDay = new Map(daysOf(range).map((day) => [day, 0]));
    for (const { day, cost_nano_usd: cost } of groups) {
      const name = String(day);
      if (byDay.has(name)) byDay.set(name, byDay.get(name)! + cost);
    }
    const values = [...byDay.values()];
    const most = Math.max(0, ...values);
    const top = [...byDay].find(([, value]) => value === most)?.[0];
    return {
      xs: [...byDay.keys()].map((day) => Date.parse(day) / 1000),
      series: [{ label: 'spend', values, kind: 'bar', color: '--series-1' }] as const,
      note: most === 0 ? 'nothing was spent' : `most on ${top}: ${money(most)}`,
    };
  }, [groups, range.since, range.until]);
  return (
    <TimeChart
      title="Spend by day"
      note={note}
      xs={xs}
      when={(seconds) => new Date(seconds * 1000).toISOString().slice(0, 10)}
      series={series}
      emptyTop={10_000_000}
      axis={moneyShort}
      value={money}
      days
    />
  );
}
