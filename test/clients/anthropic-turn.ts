import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import { type Move, moveFor, objects, pieces, script } from './script.ts';
import type { Answer, Arrived } from './upstream.ts';

const usage = {
  input_tokens: script.usage.uncached,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: script.usage.cached,
  service_tier: 'standard',
};

/** One turn of a model at Anthropic, whole or as a stream. */
export function anthropicTurn({ path, body }: Arrived): Answer {
  if (path.includes('/count_tokens')) return { json: { input_tokens: script.usage.input } };
  const last = objects(body['messages']).at(-1) ?? {};
  const choice = isJsonObject(body['tool_choice']) ? body['tool_choice'] : {};
  const tools = objects(body['tools']).map((tool) => String(tool['name']));
  const output = isJsonObject(body['output_config']) ? body['output_config'] : {};
  const move = moveFor(
    choice['type'] === 'none' ? [] : tools,
    objects(last['content']).some((block) => block['type'] === 'tool_result'),
    choice['type'] === 'tool' ? String(choice['name']) : choice['type'] === 'any' ? tools[0]! : null,
    output['format'] !== undefined,
  );
  const message = {
    id: 'msg_01Scripted',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5-20250929',
    content: contentOf(move),
    stop_reason: move.type === 'call' ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: { ...usage, output_tokens: script.usage.output },
  };
  return body['stream'] === true ? { events: eventsOf(message) } : { json: message };
}

/** A stream that breaks with an error after its first words. */
export const anthropicStreamError: Answer = {
  events: [
    event({
      type: 'message_start',
      message: {
        id: 'msg_01Broken',
        type: 'message',
        role: 'assistant',
        model: 'claude-sonnet-4-5-20250929',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...usage, output_tokens: 1 },
      },
    }),
    event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } }),
    event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
  ],
};

/** An error as Anthropic words it. */
export function anthropicError(status: number, type: string, message: string, headers = {}): Answer {
  return { status, headers, json: { type: 'error', error: { type, message }, request_id: 'req_01Up' } };
}

function contentOf(move: Move): JsonObject[] {
  if (move.type === 'text') return [{ type: 'text', text: move.text }];
  const call = { type: 'tool_use', id: 'toolu_01Scripted', name: move.name, input: move.input };
  return move.preface === '' ? [call] : [{ type: 'text', text: move.preface }, call];
}

function eventsOf({ content, stop_reason, ...message }: JsonObject & { content: JsonObject[] }): string[] {
  const start = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  const events: JsonObject[] = [{ type: 'message_start', message: start }, { type: 'ping' }];
  for (const [index, block] of content.entries()) {
    const isText = block['type'] === 'text';
    const empty = isText ? { type: 'text', text: '' } : { ...block, input: {} };
    events.push({ type: 'content_block_start', index, content_block: empty });
    const deltas: Json[] = isText
      ? pieces(String(block['text'])).map((text) => ({ type: 'text_delta', text }))
      : ['', ...pieces(JSON.stringify(block['input']))].map((json) => ({
          type: 'input_json_delta',
          partial_json: json,
        }));
    for (const delta of deltas) events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
  }
  events.push(
    {
      type: 'message_delta',
      delta: { stop_reason, stop_sequence: null },
      usage: { output_tokens: script.usage.output },
    },
    { type: 'message_stop' },
  );
  return events.map(event);
}

function event(value: JsonObject): string {
  return `event: ${String(value['type'])}\ndata: ${JSON.stringify(value)}\n\n`;
}
