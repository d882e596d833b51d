import { readFileSync } from 'node:fs';
import t from 'tap';
import { directives } from '../../../../plugins/providers/mock/directives.ts';
import type { Failure } from '../../../../sdk/provider.ts';
import { classifyFailure } from '../../../../sdk/provider-kit/failure.ts';
import { settled } from '../../../../sdk/testing/clock.ts';
import { ask, events, type Heard, json, mock, saying, send } from './ask.ts';

const streamed = { stream: true };

function failureOf(heard: Heard): Failure {
  return mock().provider.failure({ status: heard.status ?? 0, headers: heard.headers, body: heard.text });
}

t.test('slow waits before the head, ttft after it, chunk between events', async (t) => {
  const { provider, clock } = mock();
  const heard = send(provider, saying('Hi', { model: 'gpt+slow-500ms+ttft-200ms+chunk-20ms', ...streamed }));
  await clock.advance(499);
  t.equal(heard.status, null);
  await clock.advance(1);
  t.equal(heard.status, 200);
  await clock.advance(199);
  t.equal(heard.text, '');
  await clock.advance(1);
  t.equal(events(heard).length, 1);
  await clock.advance(20);
  t.equal(events(heard).length, 2);
  await clock.advance(19);
  t.equal(events(heard).length, 2);
  await clock.advance(10_000);
  t.ok(heard.ended);
  t.equal(clock.pending, 0);
});

t.test('an error has its status, a body in OpenAI form, and the time to wait', async (t) => {
  const heard = await ask(
    mock().provider,
    saying('Hi', { model: 'gpt+error-429+retry-after-1500ms', ...streamed }),
  );
  t.equal(heard.status, 429);
  t.match(heard.headers, {
    'content-type': 'application/json',
    'retry-after': '2',
    'retry-after-ms': '1500',
  });
  t.match(json(heard).error, { code: 'rate_limit_exceeded' });
  t.match(failureOf(heard), { kind: 'rate_limit', status: 429, retryAfterMs: 1500 });
});

const kinds: readonly (readonly [string, Partial<Failure>])[] = [
  ['error-400', { kind: 'invalid_request', status: 400, code: 'invalid_request' }],
  ['error-401', { kind: 'auth', status: 502, code: 'upstream_error' }],
  ['error-404', { kind: 'not_found', status: 404, code: 'model_not_found' }],
  ['error-408', { kind: 'timeout', status: 504, code: 'upstream_timeout' }],
  ['error-500', { kind: 'server_error', status: 502, code: 'upstream_error' }],
  ['error-503', { kind: 'overloaded', status: 503, code: 'overloaded' }],
  ['error-529', { kind: 'overloaded', status: 503, code: 'overloaded' }],
  ['context-length', { kind: 'context_length', status: 400, code: 'context_length_exceeded' }],
  ['content-filter', { kind: 'content_filter', status: 400, code: 'content_filter' }],
  ['quota', { kind: 'rate_limit', status: 429, code: 'insufficient_quota' }],
  ['error-200', { kind: 'server_error', status: 502, code: 'upstream_error' }],
  ['empty', { kind: 'malformed', status: 502, code: 'upstream_error' }],
  ['malformed', { kind: 'malformed', status: 502, code: 'upstream_error' }],
];
for (const [directive, expected] of kinds) {
  t.test(`${directive} is classified`, async (t) => {
    t.match(failureOf(await ask(mock().provider, saying('Hi', { model: `gpt+${directive}` }))), expected);
  });
}

t.test('the mock and the kind openai take every error of the mock for the same', async (t) => {
  const statuses = Array.from({ length: 200 }, (_, index) => `error-${400 + index}`);
  for (const directive of [
    ...statuses,
    'error-200',
    'context-length',
    'content-filter',
    'quota',
    'empty',
    'malformed',
  ]) {
    const { provider, clock } = mock();
    const heard = await ask(provider, saying('Hi', { model: `gpt+${directive}+retry-after-3s` }));
    const answer = { status: heard.status ?? 0, headers: heard.headers, body: heard.text };
    const { kind, status, code } = classifyFailure(answer, 'mock', clock);
    const own = provider.failure(answer);
    t.same([own.kind, own.status, own.code], [kind, status, code], directive);
  }
});

t.test('an error in a 200 is the body, or the first event of a stream', async (t) => {
  const { provider } = mock();
  const whole = await ask(provider, saying('Hi', { model: 'gpt+error-200' }));
  t.equal(whole.status, 200);
  t.match(json(whole).error, { message: /./ });
  const stream = await ask(provider, saying('Hi', { model: 'gpt+error-200', ...streamed }));
  t.equal(events(stream).length, 1);
  t.match(events(stream)[0], { error: { message: /./ } });
});

t.test('an error in a stream comes after text, and nothing after it', async (t) => {
  const heard = await ask(mock().provider, saying('Hi', { model: 'gpt+error-in-stream', ...streamed }));
  const all = events(heard);
  t.match(all.at(-1), { error: { message: /./ } });
  t.match(all.at(-2), { choices: [{ delta: { content: 'Mock' } }] });
  t.ok(heard.ended);
  t.equal((await ask(mock().provider, saying('Hi', { model: 'gpt+error-in-stream' }))).status, 500);
});

t.test('a cut comes after so many events, or in the middle of a whole answer', async (t) => {
  const stream = await ask(mock().provider, saying('Hi', { model: 'gpt+cut-3', ...streamed }));
  t.equal(events(stream).length, 3);
  t.equal(stream.failure?.kind, 'cut');
  const whole = await ask(mock().provider, saying('Hi', { model: 'gpt+cut-3' }));
  t.equal(whole.failure?.kind, 'cut');
  t.throws(() => JSON.parse(whole.text));
});

t.test('a reset comes before the head', async (t) => {
  const heard = await ask(mock().provider, saying('Hi', { model: 'gpt+reset' }));
  t.equal(heard.status, null);
  t.equal(heard.failure?.kind, 'cut');
});

t.test('a stall ends when the time of the call is up, not before', async (t) => {
  const { provider, clock } = mock();
  const limits = { headMs: 1000, stallMs: 300 };
  const heard = send(provider, saying('Hi', { model: 'gpt+stall-2', ...streamed }), 'chat', limits);
  await settled();
  await clock.advance(299);
  t.equal(events(heard).length, 2);
  t.equal(heard.failure, null);
  await clock.advance(1);
  t.equal(heard.failure?.kind, 'timeout');
});

t.test('a head that is later than the call allows is a timeout', async (t) => {
  const { provider, clock } = mock();
  const heard = send(provider, saying('Hi', { model: 'gpt+slow-2s' }), 'chat', {
    headMs: 1000,
    stallMs: 300,
  });
  await clock.advance(1000);
  t.equal(heard.failure?.kind, 'timeout');
  await clock.advance(5000);
  t.equal(heard.status, null);
});

t.test('malformed breaks the second event of a stream', async (t) => {
  const heard = await ask(mock().provider, saying('Hi', { model: 'gpt+malformed', ...streamed }));
  const [first, second] = heard.text.split('\n\n').map((event) => event.replace('data: ', ''));
  t.ok(JSON.parse(first!));
  t.throws(() => JSON.parse(second!));
  t.ok(heard.ended);
});

t.test('fail-n-then-ok counts the calls of its name, in each provider for itself', async (t) => {
  const { provider } = mock();
  const status = async (model: string) => (await ask(provider, saying('Hi', { model }))).status;
  const statuses = [];
  for (let call = 0; call < 4; call += 1) statuses.push(await status('gpt+error-429+fail-2-then-ok'));
  t.same(statuses, [429, 429, 200, 200]);
  t.equal(await status('gpt+fail-1-then-ok'), 500, 'another name has a count of its own');
  t.equal(await status('gpt+fail-1-then-ok'), 200);
  const other = await ask(mock().provider, saying('Hi', { model: 'gpt+error-429+fail-2-then-ok' }));
  t.equal(other.status, 429);
});

t.test('the length, the text and the usage of an answer can be scripted', async (t) => {
  const { provider } = mock();
  const long = json(await ask(provider, saying('Hi', { model: 'gpt+tokens-500' })));
  t.equal(long.usage?.['completion_tokens'], 500);
  t.equal(long.choices[0]?.message.content?.length, 2000);
  const said = json(await ask(provider, saying('Hi', { model: 'gpt+say-hello-world' })));
  t.equal(said.choices[0]?.message.content, 'hello world');
  t.notOk('usage' in json(await ask(provider, saying('Hi', { model: 'gpt+no-usage' }))));
  const options = { model: 'gpt+no-usage', stream: true, stream_options: { include_usage: true } };
  t.notMatch((await ask(provider, saying('Hi', options))).text, 'prompt_tokens');
});

t.test('a scenario is a model, and directives can follow its name', async (t) => {
  const { provider, clock } = mock({
    scenarios: { busy: { error: 429, retry_after: 2000, fail: 1 }, lazy: { slow: 100 } },
  });
  const heard = await ask(provider, saying('Hi', { model: 'busy' }));
  t.match(heard, { status: 429, headers: { 'retry-after': '2' } });
  t.equal((await ask(provider, saying('Hi', { model: 'busy' }))).status, 200);
  const lazy = send(provider, saying('Hi', { model: 'lazy+say-late' }));
  await settled();
  t.equal(lazy.status, null);
  await clock.advance(100);
  t.equal(json(lazy).choices[0]?.message.content, 'late');
});

t.test('a directive that is not known is refused with the ones that are', async (t) => {
  const heard = await ask(mock().provider, saying('Hi', { model: 'gpt+slo-500ms' }));
  t.equal(heard.status, 400);
  t.match(json(heard).error, {
    param: 'model',
    message: /"slo-500ms".*known are slow-500ms, .*fail-2-then-ok/,
  });
  for (const wrong of [
    'slow-fast',
    'error-999',
    'error',
    'cut-x',
    'reset-1',
    'tokens-0',
    'say-',
    'fail-',
    '',
    'slow-9999m',
  ]) {
    t.equal((await ask(mock().provider, saying('Hi', { model: `gpt+${wrong}` }))).status, 400, wrong);
  }
});

t.test('every directive works as its example is written', async (t) => {
  for (const { example } of directives) {
    const { provider, clock } = mock();
    const heard = await ask(provider, saying('Hi', { model: `gpt+${example}`, ...streamed }));
    await clock.advance(600_000);
    t.ok(heard.ended || heard.failure !== null, example);
    t.notMatch(heard.text, 'is no directive', example);
    t.equal(clock.pending, 0);
  }
});

t.test('the README has every directive, as it is written in names and in scenarios', async (t) => {
  const readme = readFileSync(
    new URL('../../../../plugins/providers/mock/README.md', import.meta.url),
    'utf8',
  ).replace(/ +/g, ' ');
  for (const { name, example } of directives) {
    t.ok(readme.includes(`| \`${example}\` | \`${name.replaceAll('-', '_')}: `), example);
  }
});

t.test('aborting ends everything, timers included', async (t) => {
  const { provider, clock } = mock();
  const waiting = send(provider, saying('Hi', { model: 'gpt+slow-1s' }));
  await clock.advance(500);
  waiting.call.abort();
  t.equal(clock.pending, 0);
  const stream = send(provider, saying('Hi', streamed));
  stream.eachPiece = () => stream.call.abort();
  const early = send(provider, saying('Hi'));
  early.call.abort();
  await clock.advance(5000);
  t.equal(events(stream).length, 1);
  t.same([waiting.status, early.status, stream.ended, waiting.failure], [null, null, false, null]);
});

t.test('a paused call says nothing more until it is resumed, and then all of it', async (t) => {
  const { provider, clock } = mock();
  const body = saying('Hello there', { model: 'gpt+chunk-10ms', ...streamed });
  const heard = await ask(provider, body);
  await clock.advance(20);
  const before = events(heard).length;
  heard.call.pause();
  await clock.advance(1000);
  t.equal(events(heard).length, before);
  heard.call.resume();
  await settled();
  await clock.advance(1000);
  t.ok(heard.ended);
  const at = send(provider, saying('Hello there', streamed));
  at.eachPiece = () => {
    at.call.pause();
    at.call.resume();
  };
  await settled();
  t.ok(at.ended, 'pausing and resuming within a piece is fine');
  t.equal(events(at).length, events(heard).length);
});
