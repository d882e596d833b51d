import { isJsonObject, type Json } from '../../../sdk/json.ts';
import type { Failure, UpstreamAnswer } from '../../../sdk/provider.ts';
import type { FailureKind } from '../../../sdk/target.ts';

/** An account without quota is not tried again within a request. */
const quotaRetryMs = 3_600_000;

type Meaning = readonly [kind: FailureKind, status: number, code: string];

const byCode: Readonly<Record<string, Meaning>> = {
  insufficient_quota: ['rate_limit', 429, 'insufficient_quota'],
  context_length_exceeded: ['context_length', 400, 'context_length_exceeded'],
  content_filter: ['content_filter', 400, 'content_filter'],
};

const byStatus: Readonly<Record<number, Meaning>> = {
  401: ['auth', 502, 'upstream_error'],
  403: ['auth', 502, 'upstream_error'],
  404: ['not_found', 404, 'model_not_found'],
  405: ['not_found', 502, 'upstream_error'],
  407: ['auth', 502, 'upstream_error'],
  408: ['timeout', 504, 'upstream_timeout'],
  409: ['overloaded', 503, 'overloaded'],
  413: ['context_length', 400, 'context_length_exceeded'],
  424: ['server_error', 502, 'upstream_error'],
  425: ['overloaded', 503, 'overloaded'],
  429: ['rate_limit', 429, 'rate_limit_exceeded'],
  498: ['overloaded', 503, 'overloaded'],
  503: ['overloaded', 503, 'overloaded'],
  504: ['timeout', 504, 'upstream_timeout'],
  524: ['timeout', 504, 'upstream_timeout'],
  529: ['overloaded', 503, 'overloaded'],
};

/** Says what an error answer of the mock means: the same as the kind `openai` says of a real server's.
 * The mock's own messages are harmless, so they are shown. */
export function mockFailure({ status: answered, headers, body }: UpstreamAnswer): Failure {
  const { code: said, message, param } = read(body);
  // A 200 that holds an error, and an error event on a stream: always the scripted server error.
  const upstream = answered >= 400 ? answered : 500;
  const [kind, status, code] =
    message === '' && answered < 400
      ? (['malformed', 502, 'upstream_error'] as const)
      : ((Object.hasOwn(byCode, said) ? byCode[said] : byStatus[upstream]) ??
        (upstream >= 500
          ? (['server_error', 502, 'upstream_error'] as const)
          : (['invalid_request', 400, 'invalid_request'] as const)));
  const waitMs = Number(headers['retry-after-ms'] ?? Number.NaN);
  return {
    kind,
    code,
    status,
    message: message === '' ? 'The mock answered with something that is no answer.' : message,
    param,
    retryAfterMs: code === 'insufficient_quota' ? quotaRetryMs : Number.isFinite(waitMs) ? waitMs : null,
  };
}

function read(body: string): {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
} {
  let json: Json = null;
  try {
    json = JSON.parse(body) as Json;
  } catch {
    // Scripted: `malformed` and `cut` end in the middle of a body.
  }
  const error = isJsonObject(json) && isJsonObject(json['error']) ? json['error'] : {};
  const text = (value: Json | undefined) => (typeof value === 'string' ? value : '');
  return { code: text(error['code']), message: text(error['message']), param: text(error['param']) || null };
}
