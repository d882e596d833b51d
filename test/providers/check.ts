import assert from 'node:assert/strict';
import { totalInputTokens } from '../../sdk/usage.ts';
import { opaque } from './exceptions.ts';
import { type Expected, expectedOf } from './expected.ts';
import type { ExpectedError, ProviderCase } from './fixture.ts';
import { pathOf } from './gateway.ts';
import type { Seen } from './read/seen.ts';
import { recordedErrors } from './recorded-errors.ts';
import { checkSeals } from './replay.ts';
import { answerTo, askOf, type Outcome, passesThrough, type Situation } from './situation.ts';

/** The error that a client must get before the first event; null where an answer begins. */
export function refusalOf(fixture: ProviderCase): ExpectedError | null {
  return fixture.expect ?? recordedErrors[fixture.name] ?? null;
}

/** True where the answer begins and breaks off. */
export function breaksOff({ stream, status, facts }: ProviderCase): boolean {
  const marked = (facts as { done_marker?: boolean }).done_marker === false;
  return (
    stream && status === 200 && (marked || facts.error !== undefined || facts.framing_error !== undefined)
  );
}

/** Runs one combination and holds what the client sees against the facts. */
export async function checkCase(situation: Situation): Promise<void> {
  const { fixture, front, kit } = situation;
  const ask = askOf(situation);
  const outcome = await answerTo(situation, front.path, front.request(ask));
  assert.equal(
    kit.upstream.calls.length,
    1,
    `one call is made; the client got: ${outcome.text.slice(0, 300)}`,
  );
  const { path, origin } = kit.upstream.calls[0]!.request;
  assert.match(path, pathOf[fixture.api]!, 'the API that the case is an answer of');
  assertNothingLeaks(outcome, fixture, origin);
  const refusal = refusalOf(fixture);
  if (refusal !== null) return checkRefusal(situation, outcome, refusal);
  const expected = expectedOf(fixture);
  const streams = outcome.response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (expected.finish === 'error' && !streams && outcome.response.status >= 500) return;
  assert.equal(outcome.response.status, 200, outcome.text.slice(0, 500));
  assert.equal(streams, situation.stream, 'a stream for those who asked for one');
  const strict = !passesThrough(situation);
  const seen = streams ? front.readStream(outcome.text, strict) : front.readWhole(outcome.text, strict);
  if (streams && strict && seen.complete) front.checkGrammar(outcome.text);
  if (breaksOff(fixture)) return checkBroken(outcome, seen, expected);
  checkMeaning(situation, seen, expected);
  checkRecord(outcome, expected);
  checkOpaque(situation, outcome);
  await checkSeals(situation, ask, seen);
}

/** Nothing of the provider's own text, keys and addresses may reach a client with an error. */
export function assertNothingLeaks({ response, text }: Outcome, fixture: ProviderCase, origin: string): void {
  const head = JSON.stringify([...response.headers]);
  assert.doesNotMatch(text + head, /fake-key|AKIAFAKE|canary/i, 'no key and no id of the account');
  if (fixture.status === 200 && fixture.facts.error === undefined) return;
  // The gateway's own request id is part of Anthropic's error body.
  const foreign = text.replaceAll(response.headers.get('x-request-id') ?? '', '');
  assert.doesNotMatch(
    foreign,
    /https?:|org-[A-Z0]|user_[A-Z0]|req_[0-9A-Za-z]{3}|arn:aws|10\.1\.2\.3|<html/,
    'nothing of the upstream’s own text that names a place or an account',
  );
  assert.ok(!text.includes(new URL(origin).host), 'not the host of the upstream');
}

export function checkRefusal(
  situation: Situation,
  { response, text, trace }: Outcome,
  want: ExpectedError,
): void {
  const { front } = situation;
  assert.ok(
    [want.status].flat().includes(response.status),
    `status ${response.status}: ${text.slice(0, 300)}`,
  );
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  const { error } = front.readWhole(text);
  assert.ok(error !== null, `an error was expected: ${text.slice(0, 300)}`);
  assert.notEqual(error.message, '');
  const codes = [want.code].flat();
  if (front.name !== 'messages') assert.ok(codes.includes(error.code), `code ${error.code}`);
  assert.ok(codes.includes(trace.errorCode ?? ''), `code ${trace.errorCode} in the record`);
  const type = front.errorType(response.status, codes[0]!);
  if (type !== null) assert.equal(error.type, type);
  if (want.retry_after_ms !== undefined) {
    assert.equal(response.headers.get('retry-after'), String(Math.ceil(want.retry_after_ms / 1000)));
  }
  assert.equal(trace.outcome, 'failed');
}

/** An answer that breaks off: what came so far, an error, and no clean end. */
export function checkBroken({ text, trace, response }: Outcome, seen: Seen, expected: Expected): void {
  assert.ok(seen.error !== null, `the stream ends without an error: ${text.slice(-300)}`);
  assert.ok(!seen.complete, 'a stream that broke off must not end as a complete one');
  assert.equal(seen.text, expected.text);
  assert.notEqual(trace.outcome, 'complete');
  if (response.status === 200) assert.equal(trace.outcome, 'interrupted');
}

export function checkMeaning(situation: Situation, seen: Seen, expected: Expected): void {
  const { front, fixture } = situation;
  if (expected.finish === 'error' && seen.error !== null) return;
  assert.equal(seen.error, null);
  assert.ok(seen.complete, 'a complete answer ends as one');
  if (fixture.facts.choices !== undefined && front.name === 'chat') {
    const want = fixture.facts.choices.map(({ text, finish }) => ({ text, finish }));
    assert.deepEqual(seen.choices, want);
    return;
  }
  const hasRefusals = front.name !== 'messages';
  const text = fixture.facts.choices?.[0]?.text ?? expected.text;
  assert.equal(seen.text, hasRefusals ? text : text + expected.refusal, 'text');
  // What Anthropic says about its refusal is no part of the answer's text; where it goes is free.
  const free = expected.finish === 'content_filter' && expected.refusal === '';
  if (hasRefusals && !free) assert.equal(seen.refusal, expected.refusal, 'refusal');
  checkReasoning(fixture, seen, expected);
  checkCalls(fixture, seen, expected);
  // What passes through untouched keeps the provider's word.
  const own = passesThrough(situation) && fixture.facts.finish !== undefined ? [fixture.facts.finish] : [];
  const words = [...front.finish(expected), ...own];
  assert.ok(
    words.includes(seen.finish ?? ''),
    `finish ${seen.finish}, expected ${words.join(' or ') || 'an error'}`,
  );
  if (front.name === 'messages') assert.equal(seen.stopSequence, expected.stopSequence, 'stop_sequence');
  if (expected.usage !== null && !passesThrough(situation)) front.checkUsage(seen.usage, expected.usage);
}

/** Reasoning word for word; where the provider gives several summaries, how they are joined is free. */
function checkReasoning({ facts, api, payloads }: ProviderCase, seen: Seen, expected: Expected): void {
  const bare = (text: string) => text.replace(/\s+/g, '');
  if (api === 'responses' && facts.reasoning === undefined) {
    const done = payloads.find((payload) => payload['type'] === 'response.completed');
    const response = (done?.['response'] ?? payloads[0]) as {
      output?: readonly { summary?: readonly { text: string }[] }[];
    };
    const summaries = (response.output ?? []).flatMap((item) => item.summary ?? []).map((part) => part.text);
    return assert.equal(bare(seen.reasoning), bare(summaries.join('')), 'reasoning');
  }
  assert.equal(seen.reasoning, expected.reasoning, 'reasoning');
}

function checkCalls({ name }: ProviderCase, seen: Seen, expected: Expected): void {
  assert.deepEqual(
    seen.calls.map((call) => ({ name: call.name, arguments: call.arguments })),
    expected.calls.map((call) => ({ name: call.name, arguments: call.arguments })),
    'tool calls',
  );
  const ids = seen.calls.map((call) => call.id);
  // OpenAI's own legacy form has no ids.
  if (!name.includes('legacy') && !name.includes('no-id')) {
    for (const id of ids) assert.match(id, /^[a-zA-Z0-9_-]{1,64}$/, 'an id that every provider takes');
    assert.equal(new Set(ids).size, ids.length, 'ids differ');
  }
  for (const [index, call] of expected.calls.entries()) {
    if (typeof call.id === 'string' && call.id !== '')
      assert.equal(ids[index], call.id, 'the id that the provider gave');
  }
}

/** What the gateway keeps for the books. */
export function checkRecord({ trace }: Outcome, expected: Expected): void {
  if (expected.finish !== 'error') assert.equal(trace.outcome, 'complete');
  if (expected.usage === null) return;
  const { usage } = trace;
  assert.ok(usage !== null, 'the record has no usage');
  const { input, read, written, output, reasoning } = expected.usage;
  assert.deepEqual(
    {
      input: totalInputTokens(usage),
      read: usage.cacheReadTokens,
      written: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
      output: usage.outputTokens,
      reasoning: reasoning === null ? null : usage.reasoningTokens,
    },
    { input, read, written, output, reasoning },
    'usage in the record',
  );
}

/** What no other dialect can say passes in its own and is named in the others. */
function checkOpaque(situation: Situation, { response, text, trace }: Outcome): void {
  const { fixture, stream } = situation;
  if (passesThrough(situation)) {
    if (!stream) assert.equal(text, fixture.bytes.toString(), 'an answer passes byte for byte');
    return;
  }
  const names = opaque[fixture.name];
  if (names === undefined) return;
  assert.match(trace.dropped.join(', '), names, 'what was left out is in the record');
  // The head of a stream is gone before its events come.
  if (!stream) assert.match(response.headers.get('x-sluice-dropped') ?? '', names, 'x-sluice-dropped');
}
