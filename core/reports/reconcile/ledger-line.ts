import type { ReportDimension } from '../dimension.ts';
import type { GroupJson } from '../report-json.ts';
import type { TokenClass } from './format.ts';
import { modelFamily } from './model-name.ts';

/** What reconciling asks the ledger for. By hour, so that other days than those of UTC can be tried. */
export const ledgerDimensions = [
  'hour',
  'provider',
  'model',
  'key',
  'price',
  'estimated',
  'error',
] as const satisfies readonly ReportDimension[];

/** Rows of the ledger that are alike. */
export interface LedgerLine {
  /** Beginning of the hour, milliseconds since the epoch. */
  readonly hourMs: number;
  readonly provider: string;
  readonly model: string;
  readonly key: string;
  readonly rows: number;
  readonly tokens: Readonly<Record<TokenClass, number>>;
  readonly inputNanoUsd: number;
  readonly outputNanoUsd: number;
  /** Nobody knew the price. */
  readonly unpriced: boolean;
  /** The gateway counted. */
  readonly estimated: boolean;
  /** The answer did not end as answers do: given up, cut off, timed out. */
  readonly aborted: boolean;
}

/** A group of the report as a line; null for rows that asked no provider, or cost it no token. */
export function ledgerLine(group: GroupJson): LedgerLine | null {
  const { provider = '', model = '', key = '', hour = '' } = group;
  if (provider === '' || group.input_tokens + group.output_tokens === 0) return null;
  return {
    hourMs: Date.parse(`${hour}:00:00Z`),
    provider,
    model: modelFamily(model),
    key,
    rows: group.rows,
    tokens: {
      input: group.input_tokens - group.cache_read_tokens - group.cache_write_tokens,
      cache_read: group.cache_read_tokens,
      cache_write: group.cache_write_tokens,
      output: group.output_tokens,
    },
    inputNanoUsd: group.input_cost_nano_usd ?? 0,
    outputNanoUsd: group.output_cost_nano_usd ?? 0,
    unpriced: group.price === 'unpriced',
    estimated: group.estimated === 'true',
    aborted: (group.error ?? '') !== '',
  };
}
