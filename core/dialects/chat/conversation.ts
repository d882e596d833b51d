import type { Conversation } from '../../../sdk/conversation.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import { isSet, wrongField } from '../openai/check.ts';
import { refuseStoredPrompt } from '../stored-prompt.ts';
import { outputFormat, reasoningOf } from './controls.ts';
import { homeVendor } from './details.ts';
import { readMessages } from './messages.ts';
import { readTools } from './tools.ts';

/** What a conversation has a place for, and what is the gateway's own business. Everything else is `extra`. */
const known: ReadonlySet<string> = new Set([
  'model',
  'models',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'parallel_tool_calls',
  'response_format',
  'reasoning',
  'reasoning_effort',
  'include_reasoning',
  'max_completion_tokens',
  'max_tokens',
  'stop',
  'temperature',
  'top_p',
  'top_k',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'n',
  'user',
  'web_search_options',
]);

/**
 * Reads a chat request for translation.
 *
 * @param home vendor of reasoning whose format names none; null for OpenAI.
 * @throws GatewayError 400 with `param` for what no provider could be asked.
 */
export function chatConversation(body: JsonObject, home: string | null): Conversation {
  refuseStoredPrompt(body);
  const { system, turns, name } = readMessages(body['messages'], home ?? homeVendor);
  return {
    system,
    turns,
    ...readTools(body),
    parallelToolCalls: flag(body, 'parallel_tool_calls'),
    output: outputFormat(body['response_format']),
    reasoning: reasoningOf(body),
    maxOutputTokens: number(body, 'max_completion_tokens') ?? number(body, 'max_tokens'),
    stop: stopsOf(body['stop']),
    temperature: number(body, 'temperature'),
    topP: number(body, 'top_p'),
    topK: number(body, 'top_k'),
    seed: number(body, 'seed'),
    presencePenalty: number(body, 'presence_penalty'),
    frequencyPenalty: number(body, 'frequency_penalty'),
    logprobs: flag(body, 'logprobs') === true ? (number(body, 'top_logprobs') ?? 0) : null,
    count: number(body, 'n') ?? 1,
    user: text(body['user']) || text(body['safety_identifier']),
    extra: extraOf(body, name),
    dialect: 'chat',
  };
}

function extraOf(body: JsonObject, name: string): Readonly<Record<string, Json>> {
  const extra: Record<string, Json> = {};
  // A participant's name: no field of the request, but its loss has a name, too.
  if (name !== '') extra['name'] = name;
  for (const [field, value] of Object.entries(body)) {
    if (known.has(field) || !isSet(value)) continue;
    if (field === 'modalities' && Array.isArray(value) && value.every((it) => it === 'text')) continue;
    if (field === 'safety_identifier' && text(body['user']) === '') continue;
    extra[field] = value;
  }
  return extra;
}

function stopsOf(stop: Json | undefined): readonly string[] {
  if (!isSet(stop)) return [];
  const list = Array.isArray(stop) ? (stop as readonly Json[]) : [stop];
  return list.map((item, index) => {
    if (typeof item === 'string') return item;
    throw wrongField(Array.isArray(stop) ? `stop[${index}]` : 'stop', 'a string', item);
  });
}

function number(body: JsonObject, param: string): number | null {
  const value = body[param];
  if (!isSet(value)) return null;
  if (typeof value !== 'number') throw wrongField(param, 'a number', value);
  return value;
}

function flag(body: JsonObject, param: string): boolean | null {
  const value = body[param];
  if (!isSet(value)) return null;
  if (typeof value !== 'boolean') throw wrongField(param, 'true or false', value);
  return value;
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
