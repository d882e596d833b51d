import { formatNumber, formatTable } from '../table.ts';

/** One part of the gateway, measured by itself. */
export type MicroRow =
  | {
      readonly name: string;
      readonly measured: true;
      readonly p50Us: number;
      readonly p99Us: number;
      /** CPU of this process per call, all threads; NaN where it says nothing. */
      readonly cpuUs: number;
      readonly samples: number;
    }
  | { readonly name: string; readonly measured: false; readonly why: string };

export function microTable(rows: readonly MicroRow[]): string {
  return formatTable(
    ['part', 'p50 µs', 'p99 µs', 'CPU µs', 'samples'],
    rows.map((row) =>
      row.measured
        ? [
            row.name,
            formatNumber(row.p50Us),
            formatNumber(row.p99Us),
            formatNumber(row.cpuUs),
            String(row.samples),
          ]
        : [`${row.name}: skipped, ${row.why}`],
    ),
  );
}

export function runMicro(progress: (words: string) => void): Promise<readonly MicroRow[]> {
  progress('inside the gateway');
  return Promise.resolve([]);
}
