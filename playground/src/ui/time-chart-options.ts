import uPlot from 'uplot';
import { colorOf } from './colors.ts';

export interface ChartSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly kind: 'line' | 'bar';
  readonly color: '--series-1' | '--series-2' | '--series-3' | '--bad' | '--warn';
  /** Lines differ in their dashes, for whom colours do not tell them apart. */
  readonly dashed?: boolean;
}

interface OptionsInput {
  readonly series: readonly ChartSeries[];
  readonly axis: (value: number) => string;
  readonly days: boolean;
  /** The top of the axis while every value is 0. */
  readonly emptyTop: number;
  readonly width: number;
  readonly height: number;
  readonly onCursor: (index: number | null) => void;
}

const charPx = 6.6;
const font = '11px system-ui, sans-serif';
const labelFont = '600 11px system-ui, sans-serif';
/** Above a line's end; a second label keeps at least this distance. */
const labelPx = 14;

/** How a chart is drawn: few grid lines, an axis with units, each line's name at its end. */
export function chartOptions({
  series,
  axis,
  days,
  emptyTop,
  width,
  height,
  onCursor,
}: OptionsInput): uPlot.Options {
  const muted = colorOf('--muted');
  const grid = { stroke: colorOf('--border'), width: 1 };
  const colors = series.map(({ color }) => colorOf(color));
  const named = series.length > 1;
  const barsOnly = series.every(({ kind }) => kind === 'bar');
  const bars = uPlot.paths.bars!({ size: [0.72, 28], radius: 0.18 });
  return {
    width,
    height,
    // The page says what is under the cursor, in words.
    legend: { show: false },
    padding: [named ? 18 : 10, named ? 12 : 6, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: {
      x: barsOnly ? { time: true, range: barRange } : { time: true },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.12 : emptyTop] },
    },
    axes: [
      {
        stroke: muted,
        font,
        grid: { show: false },
        ticks: { show: false },
        size: 26,
        gap: 6,
        space: 64,
        values: days
          ? (_plot, ticks) => ticks.map(dayLabel)
          : (_plot, ticks, _axis, _space, step) => ticks.map((tick) => timeLabel(tick, step)),
        ...(days ? { incrs: [86_400, 2 * 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400] } : undefined),
      },
      {
        stroke: muted,
        font,
        grid,
        ticks: { show: false },
        size: (_plot, labels) => Math.max(40, ...(labels ?? []).map((label) => label.length * charPx + 14)),
        gap: 6,
        space: 44,
        values: (_plot, ticks) => ticks.map(axis),
      },
    ],
    series: [
      {},
      ...series.map(
        ({ label, kind, dashed }, index): uPlot.Series => ({
          label,
          stroke: colors[index]!,
          width: kind === 'bar' ? 0 : 2,
          points: { show: kind === 'line', size: 5, fill: colors[index]!, filter: isolated },
          ...(kind === 'bar' ? { fill: colors[index]!, paths: bars } : undefined),
          ...(dashed === true ? { dash: [5, 4] } : undefined),
        }),
      ),
    ],
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      draw: [(plot) => (named ? drawLabels(plot, series, colors) : undefined)],
    },
  };
}

/** Half a bar's room at both ends. */
function barRange(plot: uPlot, min: number, max: number): uPlot.Range.MinMax {
  const xs = plot.data[0]!;
  const half = xs.length > 1 ? (xs[1]! - xs[0]!) / 2 : 43_200;
  return [min - half, max + half];
}

/** A value between two unknown ones has no line to stand on: it gets a point. */
function isolated(plot: uPlot, index: number): number[] {
  const values = plot.data[index]!;
  const alone: number[] = [];
  for (let at = 0; at < values.length; at += 1) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) alone.push(at);
  }
  return alone;
}

function drawLabels(plot: uPlot, series: readonly ChartSeries[], colors: readonly string[]): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const labels = series
    .map(({ label }, index) => ({ label, color: colors[index]!, y: endOf(plot, index + 1) }))
    .filter(({ y }) => y !== null)
    .sort((a, b) => a.y! - b.y!);
  ctx.save();
  ctx.font = labelFont.replace('11px', `${11 * ratio}px`);
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  let least = bbox.top - 3 * ratio;
  for (const { label, color, y } of labels) {
    const at = Math.max(y! - 4 * ratio, least);
    ctx.fillStyle = color;
    ctx.fillText(label, bbox.left + bbox.width, at);
    least = at + labelPx * ratio;
  }
  ctx.restore();
}

/** Where the highest of a line's last points is, so that its name stands above it. */
function endOf(plot: uPlot, index: number): number | null {
  const values = plot.data[index]!;
  const last = values.slice(-Math.max(2, Math.ceil(values.length / 10))).filter((value) => value != null);
  return last.length === 0 ? null : plot.valToPos(Math.max(...last), 'y', true);
}

function dayLabel(seconds: number): string {
  const date = new Date(seconds * 1000);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function timeLabel(seconds: number, step: number): string {
  const date = new Date(seconds * 1000);
  if (step >= 86_400) return `${date.getDate()} ${months[date.getMonth()]}`;
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}
