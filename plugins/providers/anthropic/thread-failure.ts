import { isJsonObject, type Json } from '../../../sdk/json.ts';
import type { Failure, UpstreamAnswer } from '../../../sdk/provider.ts';
import { readErrorBody } from '../../../sdk/provider-kit/error-body.ts';
import { maskUpstreamText } from '../../../sdk/provider-kit/mask.ts';

/**
 * The failure of a message thread (`thread_not_found`, `thread_fingerprint_mismatch`, …); null for any other. Clients
 * go by `error.details.error_code`: they send the whole conversation again.
 */
export function threadFailure({ status, body }: UpstreamAnswer): Failure | null {
  if (!body.includes('"thread_')) return null;
  let json: Json;
  try {
    json = JSON.parse(body) as Json;
  } catch {
    return null;
  }
  const error = isJsonObject(json) ? json['error'] : null;
  const details = isJsonObject(error) ? error['details'] : null;
  const code = isJsonObject(details) ? details['error_code'] : null;
  if (typeof code !== 'string' || !/^thread_[a-z_]{1,60}$/.test(code)) return null;
  const message = maskUpstreamText(readErrorBody(body).message);
  return { kind: 'invalid_request', code, status, message, retryAfterMs: null };
}
