import type { LedgerSum } from '../../../sdk/ledger.ts';
import type { sumColumns } from './columns.ts';

export type SumName = (typeof sumColumns)[number][0];

/** Sums by column; what is not there is 0. */
export type Totals = Map<SumName, bigint>;

/** Totals of one scope as a sum, those beyond what a number holds as the most that it does. */
export function cappedSum(totals: ReadonlyMap<SumName, bigint>): LedgerSum {
  const whole = (name: SumName) => {
    const total = totals.get(name) ?? 0n;
    return total > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(total);
  };
  return {
    by: [],
    rows: whole('row_count'),
    requests: whole('requests'),
    errors: whole('errors'),
    inputTokens: whole('input_tokens'),
    outputTokens: whole('output_tokens'),
    cacheReadTokens: whole('cache_read_tokens'),
    cacheWriteTokens: whole('cache_write_tokens'),
    reasoningTokens: whole('reasoning_tokens'),
    costNanoUsd: whole('cost_nano_usd'),
    savedNanoUsd: whole('saved_nano_usd'),
  };
}
