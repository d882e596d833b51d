import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Json, JsonObject } from '../../../../sdk/json.ts';
import type { Failure } from '../../../../sdk/provider.ts';
import { classifyFailure } from '../../../../sdk/provider-kit/failure.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';

function classify(status: number, body: string): Failure {
  return classifyFailure({ status, headers: {}, body }, 'gemini', new FakeClock());
}

function error(code: number, status: string, message: string, details: readonly Json[] = []): JsonObject {
  return { error: { code, status, message, details } };
}

const quota = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId }],
});
const wait = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' };
const keyReason = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' };

const cases: readonly (readonly [string, number, Json, Partial<Failure>])[] = [
  [
    'a wrong key',
    400,
    error(400, 'INVALID_ARGUMENT', 'Please pass another one.', [keyReason]),
    { kind: 'auth', status: 502, code: 'upstream_error' },
  ],
  [
    'a rate limit that says how long to wait',
    429,
    error(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.', [quota('RequestsPerMinutePerProject'), wait]),
    { kind: 'rate_limit', code: 'rate_limit_exceeded', retryAfterMs: 34_400 },
  ],
  [
    "the day's quota",
    429,
    error(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.', [
      quota('GenerateRequestsPerDayPerProject-FreeTier'),
      wait,
    ]),
    { kind: 'rate_limit', code: 'insufficient_quota', retryAfterMs: 3_600_000 },
  ],
  [
    'too many tokens',
    400,
    error(
      400,
      'INVALID_ARGUMENT',
      'The input token count (9) exceeds the maximum number of tokens allowed (8).',
    ),
    { kind: 'context_length', code: 'context_length_exceeded' },
  ],
  [
    'too many bytes',
    400,
    error(400, 'INVALID_ARGUMENT', 'Request payload size exceeds the limit: 20971520 bytes.'),
    { kind: 'context_length', code: 'request_too_large', status: 413 },
  ],
  [
    'an error in an array',
    503,
    [error(503, 'UNAVAILABLE', 'Overloaded.')],
    { kind: 'overloaded', status: 503 },
  ],
  [
    'an error on a stream',
    200,
    error(503, 'UNAVAILABLE', 'Overloaded.'),
    { kind: 'overloaded', status: 503 },
  ],
  ['a limit on a stream', 200, error(429, 'RESOURCE_EXHAUSTED', 'x', [wait]), { retryAfterMs: 34_400 }],
  [
    'an error of its own',
    500,
    error(500, 'INTERNAL', 'Internal error.'),
    { kind: 'server_error', status: 502 },
  ],
  ['a deadline', 504, error(504, 'DEADLINE_EXCEEDED', 'Too late.'), { kind: 'timeout', status: 504 }],
  ['no right', 403, error(403, 'PERMISSION_DENIED', 'No.'), { kind: 'auth', status: 502 }],
  [
    'an unknown model',
    404,
    error(404, 'NOT_FOUND', 'models/x is not found for API version v1beta.'),
    { kind: 'not_found', code: 'model_not_found' },
  ],
  [
    'a request that is wrong',
    400,
    error(400, 'INVALID_ARGUMENT', 'Function call is missing a thought_signature.'),
    { kind: 'invalid_request', status: 400, message: 'Function call is missing a thought_signature.' },
  ],
  ['a success that is none', 200, {}, { kind: 'malformed', status: 502 }],
];
for (const [name, status, body, expected] of cases) {
  t.test(name, async (t) => t.match(classify(status, JSON.stringify(body)), expected));
}

const recorded = join(import.meta.dirname, '../../../../../shared/fixtures/providers/gemini');
const expected: Readonly<Record<string, Partial<Failure>>> = {
  'error-400-api-key': { kind: 'auth', status: 502 },
  'error-404-model': { kind: 'not_found', code: 'model_not_found' },
  'error-429-retry-info': { kind: 'rate_limit', code: 'rate_limit_exceeded', retryAfterMs: 34_400 },
  'error-503': { kind: 'overloaded', status: 503 },
};
const absent = existsSync(recorded) ? false : 'the recorded traffic is not beside this checkout';

t.test('every recorded error is classified', { skip: absent }, async (t) => {
  const found = readdirSync(recorded).filter((name) => name.startsWith('error'));
  t.same(found.toSorted(), Object.keys(expected).toSorted());
  for (const name of found) {
    const read = (file: string) => readFileSync(join(recorded, name, file), 'utf8');
    const { status } = JSON.parse(read('meta.json')) as { status: number };
    const failure = classify(status, read('response.json'));
    t.match(failure, expected[name], name);
    t.notMatch(failure.message, /key1234|googleapis/);
  }
});
