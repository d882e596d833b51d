import fc from 'fast-check';
import t from 'tap';
import { bedrockFailure } from '../../../../plugins/providers/bedrock/failure.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';

const clock = new FakeClock();

function failure(status: number, type: string | null, body: unknown, onStale = () => undefined) {
  const headers: Record<string, string> = type === null ? {} : { 'x-amzn-errortype': type };
  return bedrockFailure(
    { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) },
    'aws',
    clock,
    onStale,
  );
}

t.test('the name of an error says what it is, whatever its status', async (t) => {
  const cases: [number, string, string, string, string][] = [
    [429, 'ThrottlingException', 'Too many requests', 'rate_limit', 'rate_limit_exceeded'],
    [429, 'ThrottlingException', 'Too many tokens per day, please wait', 'rate_limit', 'insufficient_quota'],
    [400, 'ServiceQuotaExceededException', 'Too much', 'rate_limit', 'insufficient_quota'],
    [408, 'ModelTimeoutException', 'Slow', 'timeout', 'upstream_timeout'],
    [429, 'ModelNotReadyException', 'Loading', 'overloaded', 'overloaded'],
    [503, 'ServiceUnavailableException', 'Sorry', 'overloaded', 'overloaded'],
    [424, 'ModelErrorException', 'Sorry', 'server_error', 'upstream_error'],
    [500, 'InternalServerException', 'Sorry', 'server_error', 'upstream_error'],
    [403, 'AccessDeniedException', 'User: arn:aws:iam::1:user/x is not authorized', 'auth', 'upstream_error'],
    [403, 'UnrecognizedClientException', 'The security token is invalid', 'auth', 'upstream_error'],
    [400, 'ExpiredTokenException', 'Expired', 'auth', 'upstream_error'],
    [
      400,
      'ValidationException',
      'Input is too long for requested model.',
      'context_length',
      'context_length_exceeded',
    ],
    [400, 'ValidationException', 'The provided model identifier is invalid.', 'not_found', 'model_not_found'],
    [
      400,
      'ValidationException',
      'Invocation of model ID x with on-demand throughput isn’t supported.',
      'not_found',
      'model_not_found',
    ],
    [400, 'ValidationException', 'temperature must be at most 1', 'invalid_request', 'invalid_request'],
    [404, 'ResourceNotFoundException', 'Legacy', 'not_found', 'model_not_found'],
    [418, 'SomethingNewException', 'Hm', 'invalid_request', 'invalid_request'],
  ];
  for (const [status, name, message, kind, code] of cases) {
    t.match(failure(status, `${name}:http://internal.amazon.com/coral/`, { message }), { kind, code }, name);
    t.match(
      failure(status, null, { __type: `com.amazon.coral.service#${name}`, Message: message }),
      { kind, code },
      `${name} in the body`,
    );
    const camel = name[0]!.toLowerCase() + name.slice(1);
    if (status !== 418)
      t.match(failure(200, null, { __type: camel, message }), { kind, code }, `${name} on a stream`);
  }
  t.match(failure(200, null, { __type: 'somethingNew', message: 'x' }), {
    kind: 'server_error',
    status: 502,
  });
});

t.test('an access refusal names no account and no user', async (t) => {
  const { message } = failure(403, 'AccessDeniedException', {
    message: 'User: arn:aws:iam::123456789012:user/jane is not authorized',
  });
  t.notMatch(message, /jane|1234/);
});

t.test('a reason that a client may read names no account either', async (t) => {
  const message =
    "The model arn:aws:bedrock:us-east-1:123456789012:inference-profile/x of 123456789012 can't do this.";
  t.equal(
    failure(400, 'ValidationException', { message }).message,
    "The model [arn] of [account] can't do this.",
  );
});

t.test("errors of others keep the kit's meaning", async (t) => {
  t.match(failure(503, null, '<html>'), { kind: 'overloaded' });
  t.match(failure(200, null, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }), {
    kind: 'overloaded',
  });
  t.match(failure(403, null, { Message: 'Authentication failed: API key is invalid' }), { kind: 'auth' });
  t.match(failure(403, null, { message: 'Missing Authentication Token' }), { kind: 'auth' });
});

t.test('refused credentials are told, other errors are not', async (t) => {
  const told: string[] = [];
  for (const name of [
    'ExpiredTokenException',
    'UnrecognizedClientException',
    'AccessDeniedException',
    'ThrottlingException',
  ]) {
    failure(403, name, {}, () => {
      told.push(name);
      return undefined;
    });
  }
  t.same(told, ['ExpiredTokenException', 'UnrecognizedClientException']);
});

t.test('nothing makes it throw', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      fc.option(fc.string()),
      fc.oneof(fc.string(), fc.json()),
      (status, type, body) => {
        return typeof failure(status, type, body).message === 'string';
      },
    ),
  );
});
