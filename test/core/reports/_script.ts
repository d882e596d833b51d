import type { LedgerRow } from '../../../sdk/ledger.ts';
import { type RowChanges, row } from '../stores/ledger/_rows.ts';

/** Nano-dollars for a token of each class. */
export interface Rates {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

export const rates: Readonly<Record<string, Rates>> = {
  'openai/gpt-5-mini': { input: 250, cacheRead: 25, cacheWrite: 250, output: 2_000 },
  'openai/gpt-4o-2024-08-06': { input: 2_500, cacheRead: 1_250, cacheWrite: 2_500, output: 10_000 },
  'claude/claude-haiku-4-5-20251001': { input: 1_000, cacheRead: 100, cacheWrite: 1_250, output: 5_000 },
  'claude/claude-sonnet-4-5': { input: 3_000, cacheRead: 300, cacheWrite: 3_750, output: 15_000 },
};

/** One scripted request. */
export interface Call {
  readonly id: string;
  readonly at: string;
  readonly model: string;
  readonly key: string;
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

/** What a call costs. */
export function costOf({ model, input, cacheRead, cacheWrite, output }: Call): {
  input: number;
  output: number;
} {
  const rate = rates[model]!;
  return {
    input: input * rate.input + cacheRead * rate.cacheRead + cacheWrite * rate.cacheWrite,
    output: output * rate.output,
  };
}

/** The row that the ledger has of a call. */
export function rowOf(call: Call, changes: RowChanges = {}): LedgerRow {
  const cost = costOf(call);
  const { usage, cost_usd, ...rest } = changes;
  const inputTokens = call.input + call.cacheRead + call.cacheWrite;
  return row(call.id, {
    timestamp: call.at,
    key_id: call.key,
    model_resolved: call.model,
    provider: call.model.split('/')[0]!,
    usage: {
      input_tokens: inputTokens,
      output_tokens: call.output,
      total_tokens: inputTokens + call.output,
      cache_read_tokens: call.cacheRead,
      cache_write_tokens: call.cacheWrite,
      reasoning_tokens: 0,
      ...usage,
    },
    cost_usd: {
      inputNanoUsd: cost.input,
      outputNanoUsd: cost.output,
      totalNanoUsd: cost.input + cost.output,
      ...cost_usd,
    },
    ...rest,
  });
}

/** Numbers that look random and are always the same. */
export function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Calls over some days: three keys, both models of a vendor, some with cached input.
 *
 * @param scale makes calls larger, for invoices in cents.
 */
export function callsOf(vendor: 'openai' | 'claude', count: number, days = 4, seed = 7, scale = 1): Call[] {
  const next = sequence(seed);
  const models = Object.keys(rates).filter((model) => model.startsWith(vendor));
  const startMs = Date.UTC(2026, 0, 10);
  return Array.from({ length: count }, (_, index) => {
    const atMs = startMs + Math.floor(next() * days * 86_400_000);
    return {
      id: `req_${String(index).padStart(4, '0')}`,
      at: new Date(atMs).toISOString(),
      model: models[Math.floor(next() * models.length)]!,
      key: `key_${1 + Math.floor(next() * 3)}`,
      input: scale * (500 + Math.floor(next() * 4_000)),
      cacheRead: next() < 0.5 ? scale * Math.floor(next() * 3_000) : 0,
      cacheWrite: vendor === 'claude' && next() < 0.3 ? scale * Math.floor(next() * 2_000) : 0,
      output: scale * (50 + Math.floor(next() * 900)),
    };
  });
}
