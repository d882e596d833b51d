import { isJsonObject, type Json } from '../json.ts';
import type { ErrorBody } from './error-body.ts';
import type { Cause } from './outcome.ts';

const quotaCodes = new Set([
  'insufficient_quota',
  'billing_error',
  'billing_hard_limit_reached',
  'billing_not_active',
  'quota_exceeded',
]);
const filterCodes = new Set([
  'content_filter',
  'content_policy_violation',
  'responsibleaipolicyviolation',
  'moderation_blocked',
  'data_inspection_failed',
]);
const contextCodes = new Set([
  'context_length_exceeded',
  'exceed_context_size_error',
  'context_window_exceeded',
]);
const modelCodes = new Set(['model_not_found', 'deploymentnotfound', 'operationnotsupported']);
const keyCodes = new Set(['invalid_api_key', 'api_key_invalid', 'authentication_error', 'permission_error']);
const parameterCodes = new Set(['unsupported_parameter', 'unsupported_value', 'unknown_parameter']);
/** Azure's, Gemini's and Mistral's words for a field that they do not know. */
const parameterWords = /unrecognized request argument|unknown name "|extra inputs are not permitted/i;

const contextWords =
  /maximum context length|context (?:length|window|size|limit)|prompt is too long|input is too long|input token count|too many (?:input )?tokens|reduce the length of/i;
const filterWords =
  /content (?:management )?policy|content filter|safety system|flagged (?:by|as|for)|moderation/i;
const keyWords =
  /(?:invalid|incorrect) api[ _-]?key|api[ _-]?key (?:is )?(?:not valid|invalid|expired|not found)/i;
const modelWords =
  /not a valid model|model .{0,200}(?:does not exist|not found|is not available)|no endpoints found|is enabled only for api versions/i;
const busyWords = /overloaded|at capacity|over capacity|currently loading|is not ready/i;
const brokeWords =
  /insufficient (?:credits?|balance|funds)|credit balance is too low|have any credits|used all available credits/i;
const tooLargeWords = /request payload size exceeds/i;

/**
 * Finds the cause of an error: by status first, then by the body's code and type, then by its words.
 *
 * @param answered the status of the answer; a 2xx that holds an error has its status in the body or in the type.
 */
export function causeOf(answered: number, error: ErrorBody): Cause {
  const ok = answered >= 200 && answered < 300;
  if (answered >= 300 && answered < 400) return 'redirect';
  if (ok && !error.found) return 'malformed';
  const status = ok ? (error.status ?? statusFromType(error)) : answered;
  const message = error.message.slice(0, 2000);
  const has = (codes: ReadonlySet<string>) => codes.has(error.code) || codes.has(error.type);

  if (status === 402 || has(quotaCodes) || (status < 500 && brokeWords.test(message))) return 'quota';
  if (status === 429 && isDailyQuota(error.details['list'])) return 'quota';
  if (isFilter(status, error, message, has)) return 'content_filter';
  if (status === 401 || status === 403 || status === 407) return 'auth';
  if (status === 429) return busyWords.test(message) ? 'overloaded' : 'rate_limit';
  if (status === 408 || status === 504 || status === 524) return 'timeout';
  if (status === 409 || status === 425 || status === 498 || status === 503 || status === 529)
    return 'overloaded';
  if (has(contextCodes) || ((status < 500 || status === 500) && contextWords.test(message)))
    return 'context_length';
  if (status === 424 || status >= 500) return busyWords.test(message) ? 'overloaded' : 'server_error';
  if (status === 413) return error.found ? 'context_length' : 'too_large';
  return requestCause(status, error, message, has);
}

/** The rest of the 4xx: something is wrong with the request, or with how the gateway is configured. */
function requestCause(
  status: number,
  error: ErrorBody,
  message: string,
  has: (codes: ReadonlySet<string>) => boolean,
): Cause {
  // Gemini says 400 to a wrong key.
  if (has(keyCodes) || keyWords.test(message) || hasKeyReason(error.details['list'])) return 'auth';
  if (tooLargeWords.test(message)) return 'too_large';
  if (has(modelCodes) || modelWords.test(message)) return 'model_not_found';
  if (status === 404)
    return error.found && !/^(?:resource )?not found\.?$/i.test(message)
      ? 'model_not_found'
      : 'wrong_address';
  if (status === 405) return 'wrong_address';
  return has(parameterCodes) || parameterWords.test(message) ? 'unsupported_parameter' : 'invalid_request';
}

function isFilter(
  status: number,
  error: ErrorBody,
  message: string,
  has: (codes: ReadonlySet<string>) => boolean,
): boolean {
  if (has(filterCodes) || filterCodes.has(String(error.details['code'] ?? '').toLowerCase())) return true;
  // OpenRouter's moderation: 403 with the reasons.
  if (status === 403 && Array.isArray(error.details['reasons'])) return true;
  return (status === 400 || status === 403) && filterWords.test(message);
}

/** Errors within a 200, and on streams, carry no status of their own: the type says it, or they are the server's. */
function statusFromType({ type, code }: ErrorBody): number {
  const word = `${type} ${code}`;
  if (/overloaded/.test(word)) return 529;
  if (/billing/.test(word)) return 402;
  if (/too_large/.test(word)) return 413;
  if (/timeout/.test(word)) return 504;
  if (/rate_limit|resource_exhausted|tokens|requests/.test(word)) return 429;
  if (/invalid|context_length|unsupported|badrequest/.test(word)) return 400;
  if (/authentication|permission/.test(word)) return 401;
  if (/not_?found/.test(word)) return 404;
  return 500;
}

/** Google's `ErrorInfo`. */
function hasKeyReason(list: Json | undefined): boolean {
  return entriesOf(list).some((item) => isJsonObject(item) && item['reason'] === 'API_KEY_INVALID');
}

/** Google's `QuotaFailure`: a quota of a day is used up until the next one, whatever `RetryInfo` says beside it. */
function isDailyQuota(list: Json | undefined): boolean {
  return entriesOf(list).some(
    (item) =>
      isJsonObject(item) &&
      entriesOf(item['violations']).some(
        (violation) =>
          isJsonObject(violation) &&
          typeof violation['quotaId'] === 'string' &&
          violation['quotaId'].includes('PerDay'),
      ),
  );
}

function entriesOf(list: Json | undefined): readonly Json[] {
  return Array.isArray(list) ? list : [];
}
