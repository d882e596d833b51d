import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../processes/child.ts';
import { formatNumber, formatTable } from '../table.ts';
import { type MeasurePart, parts } from './parts.ts';
import type { MicroRow } from './row.ts';

const file = fileURLToPath(new URL('./part-process.ts', import.meta.url));
const shownError = 300;

/**
 * Measures parts one after the other, each in a process of its own: what one of them warmed up, or broke, is
 * nothing to the next. Takes about a second and a half for each.
 */
export async function runMicro(
  progress: (words: string) => void,
  names: readonly string[] = Object.keys(parts),
  measure: MeasurePart = measureApart,
): Promise<readonly MicroRow[]> {
  const rows: MicroRow[] = [];
  for (const name of names) {
    progress(`inside the gateway: ${name}`);
    rows.push(await measure(name).catch((error: unknown) => skipped(name, error)));
  }
  return rows;
}

async function measureApart(name: string): Promise<MicroRow> {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    const child = await startChild({
      name: 'part',
      args: [file],
      cwd: scratch,
      scratch,
      core: null,
      messages: true,
    });
    try {
      const { row, error } = (await child.ask({ part: name })) as { row?: MicroRow; error?: string };
      if (row === undefined) throw new Error(error);
      return row;
    } finally {
      await child.stop();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What was measured as a table, then what was skipped and why. */
export function formatMicro(rows: readonly MicroRow[]): string {
  const measured = rows.filter((row) => row.measured);
  const table = formatTable(
    ['part', 'p50 µs', 'p99 µs', 'CPU µs', 'calls'],
    measured.map(({ name, p50Us, p99Us, cpuUs, calls }) => [
      name,
      formatNumber(p50Us),
      formatNumber(p99Us),
      formatNumber(cpuUs),
      String(calls),
    ]),
  );
  const skips = rows.filter((row) => !row.measured).map(({ name, why }) => `Skipped: ${name}: ${why}`);
  return [table, ...skips].join('\n');
}

function skipped(name: string, error: unknown): MicroRow {
  const why = error instanceof Error ? error.message : String(error);
  return { name, measured: false, why: why.replaceAll(/\s+/g, ' ').slice(0, shownError) };
}
