import { formatNumber, formatTable } from '../table.ts';
import { measureJsonEdit, measureParseAndPrint } from './json-edit.ts';
import { measureDeclarativeRule, measureFnRule } from './policy-rules.ts';
import { measureRoutePlan } from './route-plan.ts';
import type { MicroRow } from './row.ts';
import { measureStreamEvent } from './stream-event.ts';

/** A part that can be measured, or says why not by throwing. */
export interface MicroPart {
  readonly name: string;
  readonly measure: () => Promise<MicroRow>;
}

/** Each part loads what it measures by itself, so that one that is missing or broken costs only its own row. */
const parts: readonly MicroPart[] = [
  part('declarative rule', measureDeclarativeRule),
  part('fn() rule', (name) => measureFnRule(name, 1)),
  part('fn() rule, 16 at once, each', (name) => measureFnRule(name, 16)),
  part('streamed event, 3 transforms, text kept', (name) => measureStreamEvent(name, 'kept')),
  part('streamed event, 3 transforms, text changed', (name) => measureStreamEvent(name, 'changed')),
  part('JSON edit of the model, 185 B', (name) => measureJsonEdit(name, 'small')),
  part('JSON edit of the model, 40 KB', (name) => measureJsonEdit(name, 'large')),
  part('the same by parse and print, 185 B', (name) => measureParseAndPrint(name, 'small')),
  part('the same by parse and print, 40 KB', (name) => measureParseAndPrint(name, 'large')),
  part('route plan of 8 targets', measureRoutePlan),
];

function part(name: string, measure: (name: string) => Promise<MicroRow>): MicroPart {
  return { name, measure: () => measure(name) };
}

/** Measures every part, one after the other, in this process. Takes about a second for each. */
export async function runMicro(
  progress: (words: string) => void,
  measured: readonly MicroPart[] = parts,
): Promise<readonly MicroRow[]> {
  const rows: MicroRow[] = [];
  for (const { name, measure } of measured) {
    progress(`inside the gateway: ${name}`);
    rows.push(await measure().catch((error: unknown) => skipped(name, error)));
  }
  return rows;
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
  return { name, measured: false, why: error instanceof Error ? error.message : String(error) };
}
