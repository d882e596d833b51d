import assert from 'node:assert/strict';
import { SseDecoder } from '../../../../core/response/sse-decoder.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../../sdk/json.ts';

/** A tool call as a client puts it together. */
export interface StreamedCall {
  readonly id: string;
  readonly name: string;
  arguments: string;
  /** Google's signature; '' for none. */
  signature: string;
}

/** A choice as a client puts it together. */
export interface StreamedChoice {
  text: string;
  reasoning: string;
  refusal: string;
  readonly calls: StreamedCall[];
  /** Entries of `reasoning_details`, as they came. */
  readonly details: JsonObject[];
  finish: string | null;
}

/** A chat stream that follows the rules. */
export interface ChatStream {
  readonly choices: ReadonlyMap<number, StreamedChoice>;
  readonly usage: JsonObject | null;
  readonly id: string;
  readonly model: string;
}

/**
 * Reads a stream that the gateway made itself and checks what strict clients rely on: the role first and once, one
 * finish for each choice and nothing after it, well-formed tool deltas, one usage event after all choices have ended,
 * `[DONE]` at the very end.
 *
 * @throws AssertionError where a rule is broken.
 */
export function checkChatStream(sse: string): ChatStream {
  const payloads: string[] = [];
  const decoder = new SseDecoder((data, event) => {
    assert.equal(event, '', 'chat events have no names');
    payloads.push(data);
  });
  decoder.push(Buffer.from(sse));
  assert.ok(decoder.end(), 'the stream ends after an event');
  assert.equal(payloads.pop(), '[DONE]', '[DONE] comes last');
  const choices = new Map<number, StreamedChoice>();
  let usage: JsonObject | null = null;
  let head: string | null = null;
  let named = { id: '', model: '' };
  for (const payload of payloads) {
    assert.notEqual(payload, '[DONE]', '[DONE] comes once');
    const json = JSON.parse(payload) as JsonObject;
    const { id, object, created, model } = json;
    assert.equal(object, 'chat.completion.chunk');
    assert.ok(
      typeof id === 'string' && id !== '' && typeof model === 'string' && typeof created === 'number',
    );
    head ??= JSON.stringify([id, created, model]);
    assert.equal(JSON.stringify([id, created, model]), head, 'id, time and model stay the same');
    named = { id, model };
    assert.equal(usage, null, 'nothing comes after the usage');
    const list = json['choices'];
    assert.ok(Array.isArray(list), 'choices is a list');
    if (isJsonObject(json['usage'])) {
      assert.equal(list.length, 0, 'usage comes in an event of its own');
      for (const [index, { finish }] of choices) assert.ok(finish, `choice ${index} ended before the usage`);
      usage = json['usage'];
      continue;
    }
    assert.ok(list.length > 0, 'an event says something');
    for (const choice of list as readonly Json[]) addChoice(choice, choices);
  }
  for (const [index, { finish, calls }] of choices) {
    assert.ok(finish, `choice ${index} ended`);
    for (const call of calls) {
      assert.ok(finish !== 'tool_calls' || call.arguments !== '', `${call.name} has arguments`);
    }
  }
  return { choices, usage, ...named };
}

function addChoice(choice: Json, choices: Map<number, StreamedChoice>): void {
  assert.ok(isJsonObject(choice));
  const { index, delta, finish_reason: finish } = choice;
  assert.ok(typeof index === 'number' && isJsonObject(delta), 'a choice has an index and a delta');
  let state = choices.get(index);
  if (state === undefined) {
    assert.equal(delta['role'], 'assistant', 'the role comes first');
    state = { text: '', reasoning: '', refusal: '', calls: [], details: [], finish: null };
    choices.set(index, state);
  } else {
    assert.ok(!('role' in delta), 'the role comes once');
    assert.equal(state.finish, null, `nothing comes after the finish of choice ${index}`);
  }
  if (typeof delta['content'] === 'string') state.text += delta['content'];
  if (typeof delta['reasoning_content'] === 'string') state.reasoning += delta['reasoning_content'];
  if (typeof delta['refusal'] === 'string') state.refusal += delta['refusal'];
  const { tool_calls: calls, reasoning_details: details } = delta;
  if (Array.isArray(calls)) for (const call of calls as readonly Json[]) addCall(call, state.calls);
  if (Array.isArray(details)) {
    for (const detail of details as readonly Json[]) {
      assert.ok(isJsonObject(detail) && typeof detail['type'] === 'string');
      assert.ok(typeof detail['format'] === 'string' && typeof detail['index'] === 'number');
      state.details.push(detail);
    }
  }
  if (finish === null) return;
  assert.ok(typeof finish === 'string' && finish !== '');
  state.finish = finish;
}

function addCall(entry: Json, calls: StreamedCall[]): void {
  assert.ok(isJsonObject(entry));
  const { index, id, type, function: fn, extra_content: extra } = entry;
  assert.ok(typeof index === 'number' && isJsonObject(fn), 'a tool delta has an index and a function');
  assert.equal(typeof fn['arguments'], 'string', 'arguments are text');
  let call = calls[index];
  if (call === undefined) {
    assert.equal(index, calls.length, 'calls are numbered from 0, in order');
    assert.ok(typeof id === 'string' && id !== '', 'the first delta has the id');
    assert.equal(type, 'function', 'and the type');
    assert.ok(typeof fn['name'] === 'string', 'and the name');
    call = { id, name: fn['name'], arguments: '', signature: '' };
    calls.push(call);
  } else {
    assert.ok(!('id' in entry) && !('type' in entry) && !('name' in fn), 'only the first delta has them');
  }
  call.arguments += fn['arguments'] as string;
  const google = isJsonObject(extra) ? extra['google'] : undefined;
  if (isJsonObject(google)) call.signature = String(google['thought_signature']);
}
