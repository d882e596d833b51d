import fc from 'fast-check';
import type { LedgerDimension, LedgerFilter, LedgerRow, LedgerScope } from '../../../../sdk/ledger.ts';
import { row } from './_rows.ts';

export const dayMs = 86_400_000;
/** Rows of the property tests lie in five days from here, often at their very edges. */
export const firstDayMs = Date.UTC(2026, 0, 30);
const days = 5;

const moment = fc.oneof(
  fc.integer({ min: 0, max: days * dayMs - 1 }),
  fc
    .tuple(fc.integer({ min: 0, max: days - 1 }), fc.constantFrom(0, 1, dayMs - 1))
    .map(([day, ms]) => day * dayMs + ms),
);
const tokens = fc.nat({ max: 1_000_000 });
const money = fc.oneof(fc.nat({ max: 1000 }), fc.constantFrom(0, 1, 999_999_999_999));
const maybe = (value: string) => fc.constantFrom(null, value, `${value}-2`);

/** Rows of requests, and of attempts of theirs. */
export const ledgerRows: fc.Arbitrary<LedgerRow[]> = fc
  .array(
    fc.record({
      atMs: moment,
      isAttempt: fc.boolean(),
      tenant_id: fc.constantFrom('acme', 'trial', 'Ünïcode ✓'),
      feature_id: maybe('chat'),
      user_id_hash: maybe('u'.repeat(64)),
      key_id: fc.constantFrom('k1', 'k2', 'k3'),
      model_alias: fc.constantFrom('smart', 'cheap'),
      model_resolved: maybe('openai/gpt-5.2'),
      provider: maybe('openai'),
      status: fc.constantFrom(200, 200, 402, 502),
      error_code: fc.constantFrom(null, null, 'stream_interrupted'),
      tokens: fc.tuple(tokens, tokens, tokens, tokens, tokens),
      money: fc.tuple(money, money, money),
    }),
    { maxLength: 60 },
  )
  .map((drafts) =>
    drafts.map(({ atMs, isAttempt, tokens, money, ...changes }, index) => {
      const requestId = `req_${index}`;
      const [input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens] = tokens;
      const [inputNanoUsd, outputNanoUsd, savedNanoUsd] = money;
      return row(requestId, {
        ...changes,
        event_id: isAttempt ? `${requestId}.1` : requestId,
        timestamp: new Date(firstDayMs + atMs).toISOString(),
        usage: { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens },
        cost_usd: { inputNanoUsd, outputNanoUsd, totalNanoUsd: inputNanoUsd + outputNanoUsd, savedNanoUsd },
      });
    }),
  );

export const dimensions: fc.Arbitrary<LedgerDimension[]> = fc.uniqueArray(
  fc.constantFrom<LedgerDimension>(
    'tenant',
    'feature',
    'model',
    'alias',
    'key',
    'provider',
    'day',
    'user',
    'status',
  ),
  { maxLength: 4 },
);

const edge = fc.option(
  moment.map((ms) => firstDayMs + ms),
  { nil: undefined },
);
const names = { tenantId: fc.constantFrom(undefined, 'acme'), keyId: fc.constantFrom(undefined, 'k2') };

function compact(filter: Record<string, string | number | undefined>): LedgerFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/** Any window, any filter. */
export const filters: fc.Arbitrary<LedgerFilter> = fc
  .record({
    sinceMs: edge,
    untilMs: edge,
    ...names,
    requestId: fc.constantFrom(undefined, undefined, undefined, 'req_3'),
  })
  .map(compact);

const optional = fc.constantFrom;
/** Scopes with any window. */
export const scopes: fc.Arbitrary<LedgerScope[]> = fc.array(
  fc
    .record({
      sinceMs: edge,
      untilMs: edge,
      ...names,
      featureId: optional(undefined, undefined, null, 'chat'),
      userId: optional(undefined, undefined, null, 'u'.repeat(64)),
      model: optional(undefined, undefined, 'openai/gpt-5.2'),
      provider: optional(undefined, undefined, 'openai'),
    })
    .map((scope) => Object.fromEntries(Object.entries(scope).filter(([, value]) => value !== undefined))),
  { maxLength: 5 },
);

const dayEdge = fc.option(
  fc.integer({ min: 0, max: days }).map((day) => firstDayMs + day * dayMs),
  { nil: undefined },
);
/** Windows of whole days, with filters that daily sums know. */
export const dayFilters: fc.Arbitrary<LedgerFilter> = fc
  .record({ sinceMs: dayEdge, untilMs: dayEdge, ...names })
  .map(compact);
