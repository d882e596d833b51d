import type { ContinueRequest, Deny, Json, Respond } from '../../sdk/index.ts';
import type { StoredAnswer } from './stored-answer.ts';

const stateHeader = 'x-gateway-cache';
const reasonHeader = 'x-gateway-cache-reason';

/** A provider is asked. */
export function goOn(state: 'miss' | 'bypass', reason: string, details?: Json): ContinueRequest {
  return {
    type: 'continue',
    reason: `${state}: ${reason}`,
    responseHeaders: { [stateHeader]: state, [reasonHeader]: reason },
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

/** Nobody may be asked and nothing is there. Not a status that clients try again. */
export function onlyMiss(reason: string): Deny {
  return {
    type: 'deny',
    status: 404,
    code: 'not_found',
    message: `X-Sluice-Cache: only asks for an answer of the cache, and there is none (${reason}). Leave the header out to ask a model.`,
    responseHeaders: { [stateHeader]: 'miss', [reasonHeader]: reason },
  };
}
