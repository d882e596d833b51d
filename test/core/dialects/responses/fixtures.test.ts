import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseJsonText } from '../../../../core/body/json-text.ts';
import { responsesDialect } from '../../../../core/dialects/responses/dialect.ts';
import { AnswerBuilder } from '../../../../core/response/answer.ts';
import { SseDecoder } from '../../../../core/response/sse-decoder.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { readErrorBody } from '../../../../sdk/provider-kit/error-body.ts';
import { totalInputTokens } from '../../../../sdk/usage.ts';
import type { DecodedEvent, WireContext } from '../../../../sdk/wire.ts';
import { type Facts, sharedFixtures } from '../fixture-cases.ts';
import { checkResponsesGrammar } from './grammar.ts';

const meta = { id: 'resp_1', createdAtMs: 1_700_000_000_000, model: 'alias', vendor: 'openai' };

interface ResponsesCase {
  readonly name: string;
  readonly stream: boolean;
  readonly bytes: Buffer;
  readonly request: Buffer | null;
  readonly facts: Facts;
}

function casesOf(provider: string): ResponsesCase[] {
  const root = join(sharedFixtures, provider);
  return readdirSync(root).flatMap((folder) => {
    const at = join(root, folder);
    const meta = JSON.parse(readFileSync(join(at, 'meta.json'), 'utf8')) as JsonObject;
    if (meta['api'] !== 'responses') return [];
    const stream = existsSync(join(at, 'response.sse'));
    const request = join(at, 'request.json');
    return {
      name: `${provider}/${folder}`,
      stream,
      bytes: readFileSync(join(at, stream ? 'response.sse' : 'response.json')),
      request: existsSync(request) ? readFileSync(request) : null,
      facts: JSON.parse(readFileSync(join(at, 'facts.json'), 'utf8')) as Facts,
    };
  });
}

function read(bytes: Buffer, cut = bytes.length) {
  const codec = responsesDialect.codec(meta);
  const events: DecodedEvent[] = [];
  const payloads: [string, string][] = [];
  const decoder = new SseDecoder((data, event) => {
    payloads.push([event, data]);
    events.push(codec.decodeEvent(data, event));
  });
  decoder.push(bytes.subarray(0, cut));
  decoder.push(bytes.subarray(cut));
  return { codec, events, payloads, clean: decoder.end() };
}

function checkMeaning(t: Test, facts: Facts, chunks: readonly Chunk[]): void {
  const builder = new AnswerBuilder();
  builder.add(chunks);
  const { usage, choices } = builder.build(200, null);
  const choice = choices[0];
  t.equal(choice?.text ?? '', facts.text ?? '', 'text');
  t.equal(choice?.reasoning ?? '', facts.reasoning ?? '', 'reasoning');
  t.equal(choice?.refusal ?? '', facts.refusal ?? '', 'refusal');
  t.same(
    (choice?.toolCalls ?? []).map((call) => ({ ...call, arguments: JSON.parse(call.arguments) as unknown })),
    facts.tool_calls ?? [],
    'tool calls',
  );
  t.equal(choice?.finish, facts.tool_calls ? 'tool_calls' : 'stop', 'finish');
  t.equal(usage && totalInputTokens(usage), facts.usage?.['input_total'], 'input tokens');
  t.equal(usage?.cacheReadTokens, facts.usage?.['cache_read'] ?? 0, 'tokens read from a cache');
  t.equal(usage?.cacheWrite5mTokens, facts.usage?.['cache_write'] ?? 0, 'tokens written to a cache');
  t.equal(usage?.outputTokens, facts.usage?.['output_total'], 'output tokens');
  t.equal(usage?.reasoningTokens, facts.usage?.['reasoning'] ?? 0, 'reasoning tokens');
}

function checkStream(t: Test, { bytes, facts }: ResponsesCase): void {
  const { codec, events, payloads, clean } = read(bytes);
  t.ok(clean);
  const errors = events.filter((event) => event.kind === 'error');
  t.equal(errors.length > 0, facts.error !== undefined, 'error');
  for (const { data } of errors) t.equal(readErrorBody(data).code, facts.error?.['code'], data);
  if (facts.error !== undefined) return;
  t.ok(codec.complete);
  checkMeaning(
    t,
    facts,
    events.flatMap((event) => event.chunks),
  );
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const decoder: [string, string][] = [];
    const sse = new SseDecoder((data, event) => decoder.push([event, data]));
    sse.push(bytes.subarray(0, cut));
    sse.push(bytes.subarray(cut));
    assert.deepEqual(decoder, payloads);
  }
  let out = '';
  for (const event of events) out += codec.encodeEvent(event, [...event.chunks]);
  out += codec.encodeEnd();
  t.equal(`${out}`, bytes.toString('utf8').replace('data: [DONE]\n\n', ''), 'unchanged, byte for byte');
  // The same answer told anew.
  const other = read(bytes);
  const anew =
    other.codec.encodeChunks(other.events.flatMap((event) => event.chunks)) + other.codec.encodeEnd();
  const told = checkResponsesGrammar(anew);
  t.equal(told.text, facts.text ?? '');
  t.equal(told.refusal, facts.refusal ?? '');
  t.equal(told.calls.length, facts.tool_calls?.length ?? 0);
}

function checkWhole(t: Test, { bytes, facts }: ResponsesCase): void {
  const codec = responsesDialect.codec(meta);
  const body = parseJsonText(bytes);
  const decoded = codec.decodeWhole(body);
  t.equal(decoded.kind === 'error', facts.error !== undefined, 'error');
  if (decoded.kind === 'error') return void t.equal(readErrorBody(decoded.data).code, facts.error?.['code']);
  checkMeaning(t, facts, decoded.chunks);
  t.equal(codec.encodeWhole(body, decoded, [...decoded.chunks]), body.text, 'unchanged, byte for byte');
  t.match(JSON.parse(codec.synthesizeWhole(decoded.chunks)), {
    id: body.value['id'],
    model: body.value['model'],
    status: 'completed',
    output: (body.value['output'] as JsonObject[]).map((item) => ({ type: item['type'] })),
  });
  const told = checkResponsesGrammar(codec.encodeChunks(decoded.chunks) + codec.encodeEnd());
  t.equal(told.text, facts.text ?? '', 'as a stream');
}

/** Everything that is encrypted in a body. */
function encrypted(body: JsonObject): unknown[] {
  const { input } = body;
  return Array.isArray(input)
    ? (input as JsonObject[]).flatMap((item) => item['encrypted_content'] ?? [])
    : [];
}

function checkRequest(t: Test, { request, name }: ResponsesCase): void {
  const body = parseJsonText(request as Buffer);
  responsesDialect.validate(body.value);
  const view = responsesDialect.view(body);
  for (const { pointer, text } of view.texts) {
    const edits = responsesDialect.edits(body, view, { texts: { [pointer]: `<${text}>` } });
    const other = responsesDialect.view(parseJsonText(Buffer.from(body.edit(edits))));
    t.equal(other.texts.find((it) => it.pointer === pointer)?.text, `<${text}>`, pointer);
  }
  if (name.endsWith('previous-id')) {
    t.throws(() => responsesDialect.conversation!(body.value, null), { code: 'unsupported_parameter' });
    return;
  }
  const conversation = responsesDialect.conversation!(body.value, null);
  const target = {
    id: 'a/b',
    provider: 'a',
    kind: 'openai',
    model: 'gpt',
    vendor: 'openai',
    tier: 'standard',
    region: '',
    weight: 1,
  };
  const context: WireContext = {
    target: target as WireContext['target'],
    stream: view.stream,
    traits: { reasoning: 'effort', cacheMarks: true },
    requestId: 'req_1',
  };
  const again = JSON.parse(responsesDialect.wire!.encode(conversation, context).body) as JsonObject;
  t.same(encrypted(again), encrypted(body.value), 'encrypted reasoning comes back byte for byte');
  t.same(
    responsesDialect.conversation!(again, null).turns.map(withoutIds),
    conversation.turns.map(withoutIds),
    'turns',
  );
  const elsewhere = responsesDialect.wire!.encode(conversation, {
    ...context,
    target: { ...context.target, vendor: 'xai' },
  });
  t.same(encrypted(JSON.parse(elsewhere.body) as JsonObject), [], 'and goes to nobody else');
}

function withoutIds(turn: { readonly role: string; readonly blocks: readonly object[] }) {
  return {
    role: turn.role,
    blocks: turn.blocks.map((block) => ({ ...block, ...('seal' in block ? { id: '' } : {}) })),
  };
}

const skip = existsSync(sharedFixtures) ? false : 'there is no recorded traffic beside this checkout';
t.test('recorded responses mean what their facts say, and leave as they came', { skip }, async (t) => {
  for (const fixture of [...casesOf('openai'), ...casesOf('azure')]) {
    if ('input_tokens' in fixture.facts) continue;
    await t.test(fixture.name, async (t) => {
      if (fixture.stream) checkStream(t, fixture);
      else checkWhole(t, fixture);
      if (fixture.request !== null) checkRequest(t, fixture);
    });
  }
});
