import { GatewayError } from '../../sdk/errors.ts';
import type { LedgerDimension, LedgerRow } from '../../sdk/ledger.ts';
import { nearest } from '../text/nearest.ts';

/** What the ledger itself sums by: cheap, also over years. */
const summed = [
  'tenant',
  'feature',
  'model',
  'alias',
  'key',
  'provider',
  'day',
  'user',
  'status',
] as const satisfies readonly LedgerDimension[];

/** What only single rows say; a report by these reads all rows of its window. */
const perRow = {
  /** UTC, `2026-01-31T05`. */
  hour: (row) => row.timestamp.slice(0, 13),
  /** Version of the price table; `unpriced` where nobody knew the price. */
  price: (row) => row.cost_usd.priceTableVersion,
  /** `true` where the gateway counted, since the provider gave nothing. */
  estimated: (row) => String(row.usage.estimated),
  error: (row) => row.error_code ?? '',
} as const satisfies Record<string, (row: LedgerRow) => string>;

/** What a report can be grouped by. */
export type ReportDimension = LedgerDimension | keyof typeof perRow;

export const reportDimensions: readonly ReportDimension[] = [
  ...summed,
  ...(Object.keys(perRow) as (keyof typeof perRow)[]),
];

/** More make groups of one request each. */
const maxDimensions = 8;

/** Whether the ledger can sum by it without reading rows. */
export function isSummed(dimension: ReportDimension): dimension is LedgerDimension {
  return !Object.hasOwn(perRow, dimension);
}

/** The value that a row has; '' where it has none. */
export function dimensionValue(row: LedgerRow, dimension: ReportDimension): string {
  switch (dimension) {
    case 'tenant':
      return row.tenant_id;
    case 'feature':
      return row.feature_id ?? '';
    case 'model':
      return row.model_resolved ?? '';
    case 'alias':
      return row.model_alias;
    case 'key':
      return row.key_id;
    case 'provider':
      return row.provider ?? '';
    case 'day':
      return row.timestamp.slice(0, 10);
    case 'user':
      return row.user_id_hash ?? '';
    case 'status':
      return String(row.status);
    default:
      return perRow[dimension](row);
  }
}

/**
 * Reads `tenant,model`: each once, in the order given; an empty text asks for one sum of everything.
 *
 * @throws GatewayError 400 `invalid_request` that names the nearest known one.
 */
export function parseDimensions(text: string): ReportDimension[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of names) {
    if ((reportDimensions as readonly string[]).includes(name)) continue;
    const near = nearest(name, reportDimensions);
    throw new GatewayError(
      'invalid_request',
      `by: expected some of ${reportDimensions.join(', ')}; came ${JSON.stringify(name.slice(0, 60))}` +
        (near === undefined ? '.' : `; did you mean "${near}"?`),
      { param: 'by' },
    );
  }
  const unique = [...new Set(names)] as ReportDimension[];
  if (unique.length > maxDimensions) {
    throw new GatewayError(
      'invalid_request',
      `by: expected at most ${maxDimensions} names; came ${unique.length}. Leave some out.`,
      { param: 'by' },
    );
  }
  return unique;
}
