import type {
  LedgerDimension,
  LedgerFilter,
  LedgerRow,
  LedgerScope,
  LedgerSum,
} from '../../../../sdk/ledger.ts';

/** Sums as anyone would write them down: the measure for what the stores say. */
export function naiveSums(
  rows: readonly LedgerRow[],
  by: readonly LedgerDimension[],
  { sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, tenantId, keyId, requestId }: LedgerFilter,
): LedgerSum[] {
  const groups = new Map<string, { -readonly [Key in keyof LedgerSum]: LedgerSum[Key] }>();
  const zero = (values: readonly string[]) => ({
    by: values,
    rows: 0,
    requests: 0,
    errors: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    costNanoUsd: 0,
    savedNanoUsd: 0,
  });
  if (by.length === 0) groups.set('[]', zero([]));
  for (const row of rows) {
    const ms = Date.parse(row.timestamp);
    if (ms < sinceMs || ms >= untilMs) continue;
    if (tenantId !== undefined && row.tenant_id !== tenantId) continue;
    if (keyId !== undefined && row.key_id !== keyId) continue;
    if (requestId !== undefined && row.request_id !== requestId) continue;
    const values = by.map((one) => valueBy(row, one));
    const name = JSON.stringify(values);
    const sum = groups.get(name) ?? zero(values);
    groups.set(name, sum);
    const isRequest = row.event_id === row.request_id;
    sum.rows += 1;
    sum.requests += isRequest ? 1 : 0;
    sum.errors += isRequest && (row.status >= 400 || row.error_code !== null) ? 1 : 0;
    sum.inputTokens += row.usage.input_tokens;
    sum.outputTokens += row.usage.output_tokens;
    sum.cacheReadTokens += row.usage.cache_read_tokens;
    sum.cacheWriteTokens += row.usage.cache_write_tokens;
    sum.reasoningTokens += row.usage.reasoning_tokens;
    sum.costNanoUsd += row.cost_usd.totalNanoUsd;
    sum.savedNanoUsd += row.cost_usd.savedNanoUsd;
  }
  return [...groups.values()].sort((a, b) => b.costNanoUsd - a.costNanoUsd || compare(a.by, b.by));
}

/** The sum of one scope. */
export function naiveSpend(rows: readonly LedgerRow[], scope: LedgerScope): LedgerSum {
  const { featureId, userId, model, provider, ...filter } = scope;
  const own = rows.filter(
    (row) =>
      (featureId === undefined || (row.feature_id ?? '') === (featureId ?? '')) &&
      (userId === undefined || (row.user_id_hash ?? '') === (userId ?? '')) &&
      (model === undefined || row.model_resolved === model) &&
      (provider === undefined || row.provider === provider),
  );
  return naiveSums(own, [], filter)[0]!;
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (const [index, value] of a.entries()) {
    const order = Buffer.compare(Buffer.from(value), Buffer.from(b[index]!));
    if (order !== 0) return order;
  }
  return 0;
}

function valueBy(row: LedgerRow, dimension: LedgerDimension): string {
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
  }
}
