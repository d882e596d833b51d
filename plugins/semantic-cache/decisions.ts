import type { ContinueRequest, Deny, Json, Respond } from '../../sdk/index.ts';
import type { StoredAnswer } from './stored-answer.ts';

const stateHeader = 'x-gateway-cache';
const reasonHeader = 'x-gateway-cache-reason';

/**
 * A provider is asked.
 *
 * @param otherwise what is answered should none answer.
 */
export function goOn(
  state: 'miss' | 'bypass',
  reason: string,
  details?: Json,
  otherwise?: Respond,
): ContinueRequest {
  return {
    type: 'continue',
    reason: `${state}: ${reason}`,
    responseHeaders: { [stateHeader]: state, [reasonHeader]: reason },
    ...(otherwise === undefined ? undefined : { otherwise }),
    ...(details === undefined ? undefined : { details }),
  };
}

export function hit(
  source: 'exact' | 'semantic',
  reason: string,
  { chunks, model }: StoredAnswer,
  details?: Json,
): Respond {
  return {
    type: 'respond',
    source,
    model,
    chunks,
    reason,
    responseHeaders: { [stateHeader]: source, [reasonHeader]: reason },
    ...(details === undefined ? undefined : { details }),
  };
}

/**
 * Nobody may be asked and nothing is there: 504, as for `only-if-cached` (RFC 9111, 5.2.1.7). Clients of OpenAI and
 * Anthropic try that status again unless they are told not to.
 */
export function onlyMiss(reason: string): Deny {
  return {
    type: 'deny',
    code: 'not_cached',
    message: `X-Sluice-Cache: only asks for an answer of the cache, and there is none (${reason}). Leave the header out to ask a model.`,
    responseHeaders: { [stateHeader]: 'miss', [reasonHeader]: reason, 'x-should-retry': 'false' },
  };
}
