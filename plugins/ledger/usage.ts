import { type Api, totalInputTokens, totalTokens, type Usage } from '../../sdk/index.ts';
import type { LedgerUsage } from '../../sdk/ledger.ts';

/** Nothing was asked of a provider, so there is nothing on its invoice. */
export const noUsage: LedgerUsage = Object.freeze({
  input_tokens: 0,
  output_tokens: 0,
  total_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  embedding_tokens: 0,
  estimated: false,
});

/** A provider's count as the ledger keeps it. A count that is none (a negative one, a fraction) must not lose the row. */
export function cleanUsage(usage: Usage): Usage {
  const outputTokens = whole(usage.outputTokens);
  return {
    inputTokens: whole(usage.inputTokens),
    cacheReadTokens: whole(usage.cacheReadTokens),
    cacheWrite5mTokens: whole(usage.cacheWrite5mTokens),
    cacheWrite1hTokens: whole(usage.cacheWrite1hTokens),
    outputTokens,
    reasoningTokens: Math.min(whole(usage.reasoningTokens), outputTokens),
    estimated: usage.estimated,
  };
}

/** The columns of a row. Embedded tokens are input tokens of the embeddings API. */
export function ledgerUsage(usage: Usage, api: Api | (string & {})): LedgerUsage {
  const input = totalInputTokens(usage);
  return {
    input_tokens: input,
    output_tokens: usage.outputTokens,
    total_tokens: totalTokens(usage),
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    reasoning_tokens: usage.reasoningTokens,
    embedding_tokens: api === 'embeddings' ? input : 0,
    estimated: usage.estimated,
  };
}

/** Far above any answer, far below where sums lose digits. */
const mostTokens = 1e12;

function whole(tokens: number): number {
  return tokens > 0 ? Math.min(Math.round(tokens), mostTokens) : 0;
}
