import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { errorCodes } from '../../../sdk/errors.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { Failure } from '../../../sdk/provider.ts';
import { classifyFailure } from '../../../sdk/provider-kit/failure.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';

const clock = new FakeClock();

interface Case {
  readonly name: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly text?: string;
  readonly failure: Partial<Failure>;
}

function classify(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Failure {
  return classifyFailure({ status, headers, body }, 'upstream', clock);
}

/** What no message to a client may hold. */
const telling = /sk-|org-|https?:|@|user_EXAMPLE|\d+\.\d+\.\d+\.\d+/;

const cases = JSON.parse(readFileSync(new URL('errors.json', import.meta.url), 'utf8')) as Case[];
for (const { name, status, headers, body, text, failure } of cases) {
  t.test(name, async (t) => {
    const found = classify(status, text ?? JSON.stringify(body), headers);
    t.match(found, failure);
    t.notMatch(found.message, telling);
    t.ok(found.code in errorCodes, 'the code is one of the table');
  });
}

const recorded = fileURLToPath(new URL('../../../../shared/fixtures/providers/', import.meta.url));
/** What the recorded and documented errors mean, by case. */
const expected: Readonly<Record<string, Partial<Failure>>> = {
  'openai/chat-error-400-bad-value': {
    kind: 'invalid_request',
    code: 'unsupported_parameter',
    param: 'max_tokens',
  },
  'openai/chat-error-400-context-length': { kind: 'context_length', code: 'context_length_exceeded' },
  'openai/chat-error-400-unsupported-parameter': { kind: 'invalid_request', code: 'unsupported_parameter' },
  'openai/chat-error-404-model': { kind: 'not_found', code: 'model_not_found', status: 404 },
  'openai/chat-error-429-quota': { kind: 'rate_limit', code: 'insufficient_quota', status: 429 },
  'openai/chat-error-429-tokens': { kind: 'rate_limit', code: 'rate_limit_exceeded', retryAfterMs: 1407 },
  'openai/chat-error-500': { kind: 'server_error', status: 502 },
  'openai/chat-error-in-stream': { kind: 'server_error', status: 502 },
  'openai/completions-error-401-streamed': { kind: 'auth', status: 502, code: 'upstream_error' },
  'openai/embeddings-error-400': { kind: 'invalid_request', status: 400, code: 'invalid_request' },
  'openai/responses-error-400': { kind: 'invalid_request', status: 400, param: 'temperature' },
  'openai/responses-error-in-stream': { kind: 'rate_limit', status: 429, code: 'insufficient_quota' },
  'anthropic/error-400-effort': { kind: 'invalid_request', status: 400, code: 'invalid_request' },
  'anthropic/error-400-prompt-too-long': { kind: 'context_length', code: 'context_length_exceeded' },
  'anthropic/error-401': { kind: 'auth', status: 502, code: 'upstream_error' },
  'anthropic/error-429': { kind: 'rate_limit', code: 'rate_limit_exceeded', retryAfterMs: 23_000 },
  'anthropic/error-529': { kind: 'overloaded', status: 503, code: 'overloaded' },
  'anthropic/error-in-stream-overloaded': { kind: 'overloaded', status: 503, code: 'overloaded' },
  'azure/chat-error-429': { kind: 'rate_limit', retryAfterMs: 6000 },
  'azure/chat-error-prompt-filter': { kind: 'content_filter', status: 400, code: 'content_filter' },
  'azure/embeddings-error-401': { kind: 'auth', status: 502 },
  'openrouter/chat-error-402': { kind: 'rate_limit', code: 'insufficient_quota' },
  'openrouter/chat-error-429': { kind: 'rate_limit', status: 429 },
  'openrouter/chat-error-in-stream': { kind: 'invalid_request', status: 400 },
};
const absent = existsSync(recorded) ? false : 'the recorded traffic is not beside this checkout';

t.test('every recorded error of these providers is classified', { skip: absent }, async (t) => {
  const found = ['openai', 'anthropic', 'azure', 'openai-compatible', 'openrouter'].flatMap((provider) =>
    readdirSync(recorded + provider)
      .filter((name) => name.includes('error'))
      .map((name) => `${provider}/${name}`),
  );
  t.same(found.sort(), Object.keys(expected).sort(), 'each case has an expectation');
  for (const name of found) {
    const read = (file: string) => readFileSync(`${recorded}${name}/${file}`, 'utf8');
    const meta = JSON.parse(read('meta.json')) as JsonObject;
    const body = existsSync(`${recorded}${name}/response.json`)
      ? read('response.json')
      : read('response.sse')
          .split(/\r?\n/)
          .filter((line) => line.startsWith('data:') && line.includes('"error":{'))
          .map((line) => line.slice(5).trim())[0]!;
    const failure = classify(
      meta['status'] as number,
      body,
      (meta['response_headers'] ?? {}) as Record<string, string>,
    );
    t.match(failure, expected[name], name);
    t.notMatch(failure.message, telling, `${name}: ${failure.message}`);
  }
});

t.test('a date says how long to wait by the clock of the gateway', async (t) => {
  const inTenSeconds = new Date(clock.now() + 10_000).toUTCString();
  t.equal(classify(429, '', { 'retry-after': inTenSeconds }).retryAfterMs, 10_000);
  const past = new Date(clock.now() - 10_000).toUTCString();
  t.equal(classify(429, '', { 'retry-after': past }).retryAfterMs, 0);
});

t.test('the time to wait is read however it is written', async (t) => {
  const said = (message: string) => classify(429, JSON.stringify({ error: { message } })).retryAfterMs;
  t.equal(said('Please try again in 20ms.'), 20);
  t.equal(said('Please try again in 6m0s. Visit the page.'), 360_000);
  t.equal(said('Please try again in 1h2m3.5s.'), 3_723_500);
  t.equal(said('Please retry after 6 seconds.'), 6000);
  t.equal(said('Please try again in 2 minutes'), 120_000);
  t.equal(said('Please try again in 999999999 days'), 7 * 86_400_000, 'at most a week');
  t.equal(said('Please try again in a moment'), null);
  t.equal(said('try again in 5 monkeys'), null);
  for (const header of ['', 'soon', '-5', '1e9', 'NaN']) {
    t.equal(classify(429, '', { 'retry-after': header }).retryAfterMs, null, header);
  }
});

t.test('limits that ran out say how long to wait where nothing else does', async (t) => {
  const at = (ms: number) => new Date(clock.now() + ms).toISOString();
  const wait = (headers: Record<string, string>, body = '') => classify(429, body, headers).retryAfterMs;
  t.equal(
    wait({
      'anthropic-ratelimit-requests-remaining': '3',
      'anthropic-ratelimit-requests-reset': at(90_000),
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': at(5000),
      'anthropic-ratelimit-output-tokens-remaining': '0',
      'anthropic-ratelimit-output-tokens-reset': at(2000),
    }),
    5000,
    'the latest of those of which nothing is left',
  );
  const seconds = String(Math.ceil(clock.now() / 1000) + 3600);
  const unified = {
    'anthropic-ratelimit-unified-status': 'rejected',
    'anthropic-ratelimit-unified-reset': seconds,
  };
  t.ok(Math.abs(wait(unified)! - 3_600_000) <= 1000);
  t.equal(wait({ ...unified, 'retry-after': '7' }), 7000, 'retry-after comes first');
  t.equal(wait({ ...unified, 'anthropic-ratelimit-unified-status': 'allowed' }), null);
  t.equal(wait({ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6' }), 6000, 'Azure');
  t.equal(wait({ 'x-ratelimit-remaining-tokens': '9', 'x-ratelimit-reset-tokens': '6' }), null);
  const headers = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(clock.now() + 4000) };
  const body = JSON.stringify({
    error: { message: 'Rate limit exceeded', code: 429, metadata: { headers } },
  });
  t.equal(wait({}, body), 4000, 'OpenRouter repeats its headers in the body');
  for (const reset of ['', 'soon', '-1', '99999999999999', '2026-13-45T99:99:99Z']) {
    t.equal(wait({ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': reset }), null, reset);
  }
});

t.test('a request error has no time to wait, whatever the headers say', async (t) => {
  t.equal(classify(400, '', { 'retry-after': '5' }).retryAfterMs, null);
});

t.test("a provider's refusal of the gateway's key is not told as the client's fault", async (t) => {
  const body = JSON.stringify({
    error: { message: 'Incorrect API key provided: sk-proj-123', code: 'invalid_api_key' },
  });
  const { status, message } = classify(401, body);
  t.equal(status, 502);
  t.match(message, /^upstream refused the gateway's own credentials\. Your key is fine/);
});

t.test('nothing that a server can answer makes it throw or show an address or key', async () => {
  const secret = 'sk-live-0123456789abcdef';
  const anything = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .object({ key: fc.constantFrom('error', 'code', 'message', 'type', 'detail', 'metadata', 'choices') })
      .map((o) => JSON.stringify(o)),
  );
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), anything, fc.string(), (status, body, header) => {
      const failure = classify(status, body, { 'retry-after': header, 'retry-after-ms': header });
      return (
        failure.status >= 400 &&
        failure.message.length <= 500 &&
        (failure.retryAfterMs === null || Number.isSafeInteger(failure.retryAfterMs))
      );
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(400, 404, 413, 422, 200, 500),
      fc.string(),
      fc.string(),
      (status, before, after) => {
        const message = `${before} ${secret} https://internal.example/${after} ops@example.com`;
        const failure = classify(
          status,
          JSON.stringify({ error: { message, type: 'invalid_request_error' } }),
        );
        return !/0123456789abcdef|internal\.example|ops@/.test(failure.message);
      },
    ),
    { numRuns: 1000 },
  );
});
