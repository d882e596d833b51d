import type { ChartSeries } from './time-chart-options.ts';
import './table.css';

interface ChartTableProps {
  readonly title: string;
  readonly xs: readonly number[];
  readonly when: (seconds: number) => string;
  readonly series: readonly ChartSeries[];
  readonly value: (value: number) => string;
}

/** The numbers of a chart, the newest first. */
export function ChartTable({ title, xs, when, series, value }: ChartTableProps) {
  const rows = xs.map((_, index) => index).reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard.
    <section class="chart-table" tabIndex={0} aria-label={`${title}, table`}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map(({ label }) => (
              <th key={label} scope="col" class="right">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((index) => (
            <tr key={index}>
              <th scope="row">{when(xs[index]!)}</th>
              {series.map(({ label, values }) => {
                const one = values[index];
                return (
                  <td key={label} class="right number">
                    {one === null || one === undefined ? '–' : value(one)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
