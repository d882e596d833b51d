import type { FinishReason } from '../../../sdk/chunk.ts';
import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';

/**
 * Why a response ended; null where it has not (a background response that waits). Calls follow from their presence. An
 * answer that is incomplete for a reason that nobody knows was cut, so none of its calls may be run.
 */
export function finishOf(response: JsonObject, hasCalls: boolean): FinishReason | null {
  const { status, incomplete_details: details } = response;
  if (status === 'queued' || status === 'in_progress') return null;
  if (status === 'failed' || status === 'cancelled') return 'error';
  const reason = isJsonObject(details) ? details['reason'] : undefined;
  if (reason === 'content_filter') return 'content_filter';
  if (status === 'incomplete' || typeof reason === 'string') return 'length';
  return hasCalls ? 'tool_calls' : 'stop';
}

/** A response's own words for an end. */
export function statusOf(reason: FinishReason): {
  readonly status: 'completed' | 'incomplete' | 'failed';
  readonly incompleteReason?: string;
  readonly error?: JsonObject;
} {
  switch (reason) {
    case 'length':
      return { status: 'incomplete', incompleteReason: 'max_output_tokens' };
    case 'content_filter':
      return { status: 'incomplete', incompleteReason: 'content_filter' };
    case 'error':
      return {
        status: 'failed',
        error: {
          code: 'server_error',
          message: 'The model could not complete its answer. Send the request again.',
        },
      };
    default:
      return { status: 'completed' };
  }
}
