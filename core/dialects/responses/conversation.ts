import type { Conversation, OutputFormat, Reasoning } from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { isEffort } from '../../../sdk/translate/effort.ts';
import { isSet, wrongField } from '../openai/check.ts';
import { homeVendor } from './foreign.ts';
import { readInput } from './input.ts';
import { needsState } from './stateful.ts';
import { readToolChoice, readTools } from './tools.ts';

/** Fields that a conversation has a place for, and those that say nothing to another provider. */
const known: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning',
  'text',
  'max_output_tokens',
  'temperature',
  'top_p',
  'top_logprobs',
  'user',
  'stream',
  'stream_options',
  // Nothing is stored either way; a client that sends whole conversations does not miss it.
  'store',
  'include',
  'background',
  'previous_response_id',
  'conversation',
  'prompt',
]);

/** What needs a provider that keeps conversations. */
const stateful = ['previous_response_id', 'conversation', 'prompt'] as const;

/**
 * Reads a responses request for translation.
 *
 * @param home vendor of encrypted reasoning that does not say whose it is; null for OpenAI.
 * @throws GatewayError 400 with `param` for what no other provider could be asked.
 */
export function readConversation(body: JsonObject, home: string | null): Conversation {
  for (const name of stateful) if (isSet(body[name])) throw needsState(name);
  if (body['background'] === true) throw needsState('background');
  const { system, turns } = readInput(body, home ?? homeVendor);
  const offered = readTools(body['tools']);
  const { choice, allowed } = readToolChoice(body['tool_choice']);
  const { text } = body;
  return {
    system,
    turns,
    tools: allowed === null ? offered.tools : offered.tools.filter(({ name }) => allowed.has(name)),
    nativeTools:
      allowed === null ? offered.nativeTools : offered.nativeTools.filter(({ name }) => allowed.has(name)),
    toolChoice: choice,
    parallelToolCalls: flagIn(body, 'parallel_tool_calls'),
    output: isJsonObject(text) ? formatOf(text['format']) : null,
    reasoning: reasoningOf(body['reasoning']),
    maxOutputTokens: numberIn(body, 'max_output_tokens'),
    stop: [],
    temperature: numberIn(body, 'temperature'),
    topP: numberIn(body, 'top_p'),
    topK: null,
    seed: null,
    presencePenalty: null,
    frequencyPenalty: null,
    logprobs: logprobsOf(body),
    count: 1,
    user: textOf(body['user']) || textOf(body['safety_identifier']),
    extra: extraOf(body),
    dialect: 'responses',
  };
}

function formatOf(format: Json | undefined): OutputFormat | null {
  if (!isJsonObject(format)) return null;
  const { type, name, description, schema, strict } = format;
  if (type === 'json_object') return { type: 'json' };
  if (type === 'text') return null;
  if (type !== 'json_schema') {
    // Dropping it would change what the answer looks like.
    throw wrongField('text.format.type', 'text, json_object or json_schema', type);
  }
  return {
    type: 'schema',
    name: textOf(name),
    description: textOf(description),
    schema: isJsonObject(schema) ? schema : {},
    strict: typeof strict === 'boolean' ? strict : null,
  };
}

function reasoningOf(reasoning: Json | undefined): Reasoning | null {
  if (!isJsonObject(reasoning)) return null;
  const { effort: word, summary, generate_summary: old } = reasoning;
  const effort = isEffort(word) ? word : null;
  const visible = isSet(summary ?? old) ? true : null;
  return effort === null && visible === null ? null : { effort, budgetTokens: null, visible };
}

function logprobsOf(body: JsonObject): number | null {
  const { top_logprobs: top, include } = body;
  if (typeof top === 'number' && top > 0) return top;
  return Array.isArray(include) && include.includes('message.output_text.logprobs') ? 0 : null;
}

function extraOf(body: JsonObject): Readonly<Record<string, Json>> {
  const extra: Record<string, Json> = {};
  for (const [name, value] of Object.entries(body)) {
    if (!isSet(value) || known.has(name)) continue;
    if (name === 'safety_identifier' && textOf(body['user']) === '') continue;
    // What is the same everywhere is nothing that could be dropped.
    if (name === 'truncation' && value === 'disabled') continue;
    extra[name] = value;
  }
  const { text, reasoning } = body;
  if (isJsonObject(text) && isSet(text['verbosity'])) extra['verbosity'] = text['verbosity'];
  if (isJsonObject(reasoning)) {
    for (const [name, value] of Object.entries(reasoning)) {
      if (isSet(value) && !['effort', 'summary', 'generate_summary'].includes(name)) {
        extra[`reasoning.${name}`] = value;
      }
    }
  }
  return extra;
}

function numberIn(body: JsonObject, param: string): number | null {
  const value = body[param];
  if (!isSet(value)) return null;
  if (typeof value !== 'number') throw wrongField(param, 'a number', value);
  return value;
}

function flagIn(body: JsonObject, param: string): boolean | null {
  const value = body[param];
  if (!isSet(value)) return null;
  if (typeof value !== 'boolean') throw wrongField(param, 'true or false', value);
  return value;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
