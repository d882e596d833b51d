import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import { list, number, object, objects, parse, string } from '../json.ts';
import { argumentsOf, nothingSeen, type Seen, type SeenError } from './seen.ts';
import { readSse } from './sse.ts';

/** Reads a whole chat completion. */
export function readChatWhole(text: string, strict = true): Seen {
  const body = object(parse(text, 'the answer'), 'the answer');
  const seen = nothingSeen();
  if (body['error'] !== undefined && body['choices'] === undefined) {
    seen.error = errorOf(body);
    return seen;
  }
  assert.equal(body['object'], 'chat.completion');
  string(body['id'], 'id');
  number(body['created'], 'created');
  seen.model = string(body['model'], 'model');
  seen.usage = usageOf(body['usage']);
  const choices = objects(body['choices'], 'choices');
  assert.ok(choices.length > 0, 'an answer without a choice breaks every client');
  for (const [position, choice] of choices.entries()) {
    const message = object(choice['message'] ?? (strict ? undefined : {}), 'message');
    if (strict) assert.equal(message['role'], 'assistant');
    if (strict) assert.ok('content' in message, 'content is there, if only as null');
    seen.choices.push({
      text: textOf(message['content']),
      finish: string(choice['finish_reason'], 'finish_reason'),
    });
    if (position > 0) continue;
    readMessage(seen, message);
    seen.finish = seen.choices[0]!.finish;
    seen.turn = [message];
  }
  seen.complete = true;
  return seen;
}

function readMessage(seen: Seen, message: JsonObject): void {
  seen.text = textOf(message['content']);
  seen.reasoning = textOf(message['reasoning_content'] ?? message['reasoning']);
  seen.refusal = textOf(message['refusal']);
  const legacy = message['function_call'] ? [{ id: '', function: message['function_call'] }] : [];
  for (const call of objects((message['tool_calls'] as Json[] | null | undefined) ?? legacy, 'tool_calls')) {
    const fn = object(call['function'], 'function');
    const written = fn['arguments'];
    seen.calls.push({
      id: typeof call['id'] === 'string' ? call['id'] : '',
      name: string(fn['name'], 'function.name'),
      arguments: typeof written === 'string' ? argumentsOf(written) : (written ?? {}),
    });
  }
}

interface Choice {
  role: boolean;
  content: string | null;
  reasoning: string;
  refusal: string;
  finish: string | null;
  readonly calls: { id: string; name: string; arguments: string; extra: JsonObject }[];
  readonly details: JsonObject[];
  /** Google's field for signatures. */
  extra: JsonObject | null;
}

/**
 * Reads a streamed chat completion.
 *
 * @param strict holds the stream to the grammar of OpenAI's own; providers that are passed through may differ.
 */
export function readChatStream(text: string, strict: boolean): Seen {
  const seen = nothingSeen();
  const choices = new Map<number, Choice>();
  let id: Json | undefined;
  for (const { event, data } of readSse(text)) {
    assert.ok(!seen.complete, `an event follows [DONE]: ${data}`);
    if (strict) assert.equal(event, '', 'chat events have no name');
    if (data === '[DONE]') {
      seen.complete = true;
      continue;
    }
    const body = object(parse(data, 'an event'), 'an event');
    assert.equal(seen.error, null, 'an event follows an error');
    if (body['error'] !== undefined && body['error'] !== null) {
      seen.error = errorOf(body);
      if (strict) continue;
    }
    id ??= body['id'];
    if (strict) checkEvent(body, id, seen);
    if (typeof body['model'] === 'string' && body['model'] !== '') seen.model = body['model'];
    const groq = body['x_groq'] as JsonObject | undefined;
    seen.usage = usageOf(body['usage'] ?? groq?.['usage']) ?? seen.usage;
    for (const choice of objects((body['choices'] as Json[] | undefined) ?? [], 'choices'))
      readChoice(choices, choice, strict);
  }
  assert.ok(
    !(seen.complete && seen.error !== null && strict),
    'an answer that failed must not end with [DONE]',
  );
  for (const index of [...choices.keys()].sort()) {
    const choice = choices.get(index)!;
    if (strict && seen.complete) assert.notEqual(choice.finish, null, `choice ${index} has no finish_reason`);
    seen.choices.push({ text: choice.content ?? '', finish: choice.finish });
  }
  const first = choices.get(0);
  if (first !== undefined) finishFirst(seen, first);
  return seen;
}

function finishFirst(seen: Seen, choice: Choice): void {
  const message: Record<string, Json> = { role: 'assistant', content: choice.content };
  if (choice.reasoning !== '') message['reasoning_content'] = choice.reasoning;
  if (choice.refusal !== '') message['refusal'] = choice.refusal;
  if (choice.details.length > 0) message['reasoning_details'] = joinDetails(choice.details);
  if (choice.extra !== null) message['extra_content'] = choice.extra;
  if (choice.calls.length > 0) {
    message['tool_calls'] = choice.calls.map(({ id, name, arguments: text, extra }) => ({
      id,
      type: 'function',
      function: { name, arguments: text },
      ...extra,
    }));
  }
  readMessage(seen, message);
  seen.finish = choice.finish;
  seen.turn = [message];
}

/** Texts of one block of reasoning come in pieces, its signature in one of its own: a client puts them together. */
function joinDetails(details: readonly JsonObject[]): JsonObject[] {
  const joined: Record<string, Json | undefined>[] = [];
  for (const detail of details) {
    const last = joined.at(-1);
    const goesOn =
      last !== undefined &&
      detail['type'] === last['type'] &&
      detail['index'] === last['index'] &&
      last['data'] === undefined;
    if (!goesOn) {
      joined.push({ ...detail });
      continue;
    }
    for (const [name, value] of Object.entries(detail)) {
      const before = last[name];
      last[name] =
        (name === 'text' || name === 'summary') && typeof before === 'string'
          ? before + String(value ?? '')
          : (value ?? before);
    }
  }
  return joined as JsonObject[];
}

function checkEvent(body: JsonObject, id: Json | undefined, seen: Seen): void {
  assert.equal(body['object'], 'chat.completion.chunk');
  assert.equal(body['id'], string(id, 'id'), 'the id stays the same');
  number(body['created'], 'created');
  string(body['model'], 'model');
  assert.equal(seen.usage, null, 'usage comes last');
  if (body['usage'] !== undefined && body['usage'] !== null)
    assert.deepEqual(body['choices'], [], 'usage has an event of its own');
}

function readChoice(choices: Map<number, Choice>, choice: JsonObject, strict: boolean): void {
  const index = number(choice['index'], 'index');
  let state = choices.get(index);
  if (state === undefined) {
    state = {
      role: false,
      content: null,
      reasoning: '',
      refusal: '',
      finish: null,
      calls: [],
      details: [],
      extra: null,
    };
    choices.set(index, state);
  }
  if (strict) assert.equal(state.finish, null, 'nothing of a choice follows its end');
  const delta = object(choice['delta'] ?? {}, 'delta');
  if (strict && !state.role) assert.equal(delta['role'], 'assistant', 'the role comes first');
  if (strict && state.role) assert.equal(delta['role'], undefined, 'the role comes once');
  state.role = true;
  if (delta['extra_content'] !== undefined) state.extra = object(delta['extra_content'], 'extra_content');
  if (typeof delta['content'] === 'string') state.content = (state.content ?? '') + delta['content'];
  else if (Array.isArray(delta['content'])) state.content = (state.content ?? '') + textOf(delta['content']);
  state.reasoning += textOf(delta['reasoning_content'] ?? delta['reasoning']);
  state.refusal += textOf(delta['refusal']);
  if (Array.isArray(delta['reasoning_details']))
    state.details.push(...objects(delta['reasoning_details'], 'reasoning_details'));
  for (const entry of objects((delta['tool_calls'] as Json[] | null | undefined) ?? [], 'tool_calls'))
    readCall(state, entry, strict);
  if (choice['finish_reason'] !== null && choice['finish_reason'] !== undefined) {
    state.finish = string(choice['finish_reason'], 'finish_reason');
  }
}

function readCall(state: Choice, entry: JsonObject, strict: boolean): void {
  const fn = object(entry['function'] ?? {}, 'function');
  const named = typeof fn['name'] === 'string' && fn['name'] !== '';
  const { index, id, function: _function, type: _type, ...extra } = entry;
  if (strict) {
    const at = number(index, 'tool_calls[].index');
    assert.ok(at <= state.calls.length, `call ${at} comes before call ${state.calls.length}`);
    const call = state.calls[at];
    if (call === undefined) {
      assert.ok(named, 'the first piece of a call names it');
      assert.equal(entry['type'], 'function');
      state.calls.push({
        id: string(id, 'tool_calls[].id'),
        name: fn['name'] as string,
        arguments: '',
        extra,
      });
    } else {
      assert.ok(!named, 'a call is named once');
      Object.assign(call.extra, extra);
    }
    state.calls[at]!.arguments += typeof fn['arguments'] === 'string' ? fn['arguments'] : '';
    return;
  }
  // Passed through as the provider sent it: indices may all be 0, so an id or a name that is new begins a call.
  const last = state.calls.at(-1);
  const known = typeof id === 'string' ? state.calls.find((call) => call.id === id) : undefined;
  const byIndex = typeof index === 'number' && !named ? (state.calls[index] ?? last) : last;
  const call = known ?? (named || byIndex === undefined ? undefined : byIndex);
  if (call !== undefined) call.arguments += textOf(fn['arguments']);
  else
    state.calls.push({ id: textOf(id), name: textOf(fn['name']), arguments: textOf(fn['arguments']), extra });
}

function usageOf(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : null;
}

function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  return list(value, 'content')
    .map((part) => ((part as JsonObject)['type'] === 'text' ? textOf((part as JsonObject)['text']) : ''))
    .join('');
}

/** OpenAI's error object. */
export function errorOf(body: JsonObject): SeenError {
  const error = object(body['error'], 'error');
  const code = error['code'];
  return {
    type: typeof error['type'] === 'string' ? error['type'] : '',
    code: code === null || code === undefined ? '' : String(code),
    message: string(error['message'], 'error.message'),
  };
}
