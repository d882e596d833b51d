import { isJsonObject, type JsonObject } from '../../sdk/json.ts';
import { type Move, moveFor, objects, pieces, script } from './script.ts';
import type { Answer, Arrived } from './upstream.ts';

const usage = {
  prompt_tokens: script.usage.input,
  completion_tokens: script.usage.output,
  total_tokens: script.usage.total,
  prompt_tokens_details: { cached_tokens: script.usage.cached, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};
const base = { id: 'chatcmpl-Scripted', created: 1_767_225_600, model: 'gpt-4o-2024-08-06' };

/** One turn of a model at OpenAI's chat completions, whole or as a stream. */
export function openAiTurn({ body }: Arrived): Answer {
  const last = objects(body['messages']).at(-1) ?? {};
  const format = isJsonObject(body['response_format']) ? body['response_format'] : {};
  const tools = objects(body['tools']).map((tool) => String(functionOf(tool)['name']));
  const choice = body['tool_choice'];
  const forced = isJsonObject(choice)
    ? String(functionOf(choice)['name'])
    : choice === 'required'
      ? tools[0]!
      : null;
  const move = moveFor(
    choice === 'none' ? [] : tools,
    last['role'] === 'tool',
    forced,
    format['type'] === 'json_schema' || format['type'] === 'json_object',
  );
  const finish = move.type === 'call' ? 'tool_calls' : 'stop';
  if (body['stream'] === true) {
    const options = isJsonObject(body['stream_options']) ? body['stream_options'] : {};
    return { events: eventsOf(move, finish, options['include_usage'] === true) };
  }
  const message = { role: 'assistant', refusal: null, annotations: [], ...messageOf(move) };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: finish }];
  return { json: { ...base, object: 'chat.completion', choices, usage, system_fingerprint: 'fp_1' } };
}

/** A stream that breaks with an error after its first words. */
export const openAiStreamError: Answer = {
  events: [
    chunk({ role: 'assistant', content: '' }, null),
    chunk({ content: 'Hello' }, null),
    event({ error: { message: 'The server had an error', type: 'server_error', param: null, code: null } }),
  ],
};

/** An error as OpenAI words it. */
export function openAiError(
  status: number,
  type: string,
  code: string,
  message: string,
  headers = {},
): Answer {
  return { status, headers, json: { error: { message, type, param: null, code } } };
}

function functionOf(value: JsonObject): JsonObject {
  return isJsonObject(value['function']) ? value['function'] : {};
}

function messageOf(move: Move): JsonObject {
  if (move.type === 'text') return { content: move.text };
  const call = { name: move.name, arguments: JSON.stringify(move.input) };
  return { content: null, tool_calls: [{ id: 'call_Scripted', type: 'function', function: call }] };
}

function eventsOf(move: Move, finish: string, withUsage: boolean): string[] {
  const events: string[] = [];
  if (move.type === 'text') {
    events.push(chunk({ role: 'assistant', content: '', refusal: null }, null));
    for (const content of pieces(move.text)) events.push(chunk({ content }, null));
  } else {
    const head = { id: 'call_Scripted', type: 'function', function: { name: move.name, arguments: '' } };
    events.push(chunk({ role: 'assistant', content: null, tool_calls: [{ index: 0, ...head }] }, null));
    for (const text of pieces(JSON.stringify(move.input))) {
      events.push(chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] }, null));
    }
  }
  events.push(chunk({}, finish));
  if (withUsage) events.push(event({ ...base, object: 'chat.completion.chunk', choices: [], usage }));
  events.push('data: [DONE]\n\n');
  return events;
}

function chunk(delta: JsonObject, finish: string | null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
  return event({ ...base, object: 'chat.completion.chunk', choices, usage: null });
}

function event(value: JsonObject): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
