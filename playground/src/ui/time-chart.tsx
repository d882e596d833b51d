import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../app/theme.ts';
import { Button } from './button.tsx';
import { ChartTable } from './chart-table.tsx';
import { Icon } from './icon.tsx';
import { type ChartSeries, chartOptions } from './time-chart-options.ts';
import './time-chart.css';

export interface TimeChartProps {
  readonly title: string;
  /** What the whole says, in a sentence: read out, and shown below the title. */
  readonly note: string;
  /** Seconds since the epoch, ascending. */
  readonly xs: readonly number[];
  /** Writes a moment of the x axis, for the table and the reading under the cursor. */
  readonly when: (seconds: number) => string;
  readonly series: readonly ChartSeries[];
  /** Writes a value on the axis. */
  readonly axis: (value: number) => string;
  /** Writes a value exactly. */
  readonly value: (value: number) => string;
  /** The top of the axis while every value is 0; 4 where nothing else is given. */
  readonly emptyTop?: number;
  /** Whole days: the axis shows dates. */
  readonly days?: boolean;
}

const heightPx = 168;

/** Values over time, with the labels at the lines themselves, and the same as a table. */
export function TimeChart(props: TimeChartProps) {
  const { title, note, xs, when, series, value } = props;
  const [asTable, setAsTable] = useState(false);
  const [at, setAt] = useState<number | null>(null);
  const index = at !== null && at < xs.length ? at : null;
  return (
    <figure class="card chart" aria-label={`${title}. ${note}`}>
      <div class="chart-head">
        <div class="chart-title">
          <h2>{title}</h2>
          <p class="muted small">
            {index === null
              ? note
              : `${when(xs[index]!)}: ${series.map((one) => reading(one, index, value)).join(', ')}`}
          </p>
        </div>
        <Button
          kind="quiet"
          icon
          aria-label={asTable ? `${title} as a chart` : `${title} as a table`}
          title={asTable ? 'Show the chart' : 'Show the numbers as a table'}
          onClick={() => setAsTable(!asTable)}
        >
          <Icon name={asTable ? 'chart' : 'table'} />
        </Button>
      </div>
      {asTable ? (
        <ChartTable title={title} xs={xs} when={when} series={series} value={value} />
      ) : (
        <Plot {...props} onCursor={setAt} />
      )}
    </figure>
  );
}

function reading({ label, values }: ChartSeries, index: number, value: (value: number) => string): string {
  const one = values[index];
  return `${label} ${one === null || one === undefined ? '–' : value(one)}`;
}

type PlotProps = TimeChartProps & { readonly onCursor: (index: number | null) => void };

function Plot({ xs, series, axis, days = false, emptyTop = 4, onCursor }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shape = `${theme.value} ${days} ${series.map(({ label, kind }) => `${label} ${kind}`).join()}`;

  useEffect(() => {
    const box = place.current!;
    const options = chartOptions({
      series,
      axis,
      days,
      emptyTop,
      width: Math.max(120, box.clientWidth),
      height: heightPx,
      onCursor,
    });
    const made = new uPlot(options, dataOf(xs, series), box);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      const width = Math.max(120, box.clientWidth);
      if (width !== made.width) made.setSize({ width, height: heightPx });
    });
    observer.observe(box);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
      onCursor(null);
    };
    // Drawn anew only where its shape or the colours change; values are handed over below.
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(dataOf(xs, series));
  }, [xs, series]);

  return <div class="chart-plot" ref={place} aria-hidden="true" />;
}

function dataOf(xs: readonly number[], series: readonly ChartSeries[]): uPlot.AlignedData {
  return [[...xs], ...series.map(({ values }) => [...values])];
}
