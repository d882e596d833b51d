import type { LedgerSum } from '../../sdk/ledger.ts';
import type { CostReport } from './cost-report.ts';
import type { ReportDimension } from './dimension.ts';
import type { FoldedSum } from './fold.ts';

/** The sums of one group as JSON. `cost_usd` is for people and spreadsheets, `cost_nano_usd` is exact at any size. */
export interface SumJson {
  readonly requests: number;
  readonly rows: number;
  readonly errors: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  readonly reasoning_tokens: number;
  readonly cost_usd: number;
  readonly saved_usd: number;
  readonly cost_nano_usd: number;
  readonly saved_nano_usd: number;
  /** Where single rows were read. */
  readonly input_cost_nano_usd?: number;
  readonly output_cost_nano_usd?: number;
}

/** A group: its sums, and its value of each dimension under the dimension's name. */
export type GroupJson = SumJson & { readonly [Dimension in ReportDimension]?: string };

/** The answer of `GET /cost/report`. */
export interface CostReportJson {
  readonly by: readonly ReportDimension[];
  /** ISO 8601 in UTC; null where there is no bound. */
  readonly since: string | null;
  readonly until: string | null;
  readonly total: SumJson;
  readonly more: boolean;
  readonly forgotten_rows: number;
  readonly groups: readonly GroupJson[];
}

/** A sum in the words of the interface. */
export function sumJson(sum: LedgerSum | FoldedSum): SumJson {
  return {
    requests: sum.requests,
    rows: sum.rows,
    errors: sum.errors,
    input_tokens: sum.inputTokens,
    output_tokens: sum.outputTokens,
    cache_read_tokens: sum.cacheReadTokens,
    cache_write_tokens: sum.cacheWriteTokens,
    reasoning_tokens: sum.reasoningTokens,
    cost_usd: sum.costNanoUsd / 1e9,
    saved_usd: sum.savedNanoUsd / 1e9,
    cost_nano_usd: sum.costNanoUsd,
    saved_nano_usd: sum.savedNanoUsd,
    ...('inputCostNanoUsd' in sum
      ? { input_cost_nano_usd: sum.inputCostNanoUsd, output_cost_nano_usd: sum.outputCostNanoUsd }
      : undefined),
  };
}

/** A group in the words of the interface. */
export function groupJson(by: readonly ReportDimension[], sum: LedgerSum | FoldedSum): GroupJson {
  const values = Object.fromEntries(by.map((dimension, index) => [dimension, sum.by[index] ?? '']));
  return { ...values, ...sumJson(sum) };
}

/** The whole report in the words of the interface. */
export function reportJson({ groups, ...report }: CostReport): CostReportJson {
  return { ...reportHead(report), groups: groups.map((sum) => groupJson(report.by, sum)) };
}

/** Everything but the groups. */
export function reportHead(report: Omit<CostReport, 'groups'>): Omit<CostReportJson, 'groups'> {
  return {
    by: report.by,
    since: timeText(report.sinceMs),
    until: timeText(report.untilMs),
    total: sumJson(report.total),
    more: report.more,
    forgotten_rows: report.forgottenRows,
  };
}

function timeText(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
