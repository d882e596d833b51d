import type { NativeTool, OutputFormat, Tool } from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { ModelTraits } from '../../../sdk/traits.ts';
import { carryNativeTools } from '../../../sdk/translate/native-tools.ts';
import { strictSchema, toolSchema } from '../../../sdk/translate/schema.ts';
import { callNames } from '../../../sdk/translate/turns.ts';
import { markOf, type Writing } from './write-blocks.ts';

/** The tools of a request, how they may be used, and what has to be said about them in words. */
export interface WrittenTools {
  readonly tools: readonly JsonObject[];
  readonly choice: JsonObject | null;
  readonly instructions: readonly string[];
  /** Name of the tool whose arguments are the answer. */
  readonly answerTool: string | null;
}

/**
 * Writes the tools. A schema for the answer becomes a tool of its own where the model has no other way.
 *
 * @param thinks the model thinks, so that no tool can be forced.
 */
export function writeTools(writing: Writing, traits: ModelTraits, thinks: boolean): WrittenTools {
  const { conversation } = writing;
  const native = carryNativeTools(conversation, writeNativeTool);
  for (const name of native.dropped) writing.dropped.add(name);
  const tools = [
    ...conversation.tools.map((tool) => writeTool(writing, tool, traits)),
    ...native.carried,
    ...webSearchOptions(conversation.extra['web_search_options']),
  ];
  const instructions: string[] = [];
  let choice = writeChoice(writing, tools.length);
  if (tools.length === 0) {
    // Anthropic refuses calls in the history of a request without tools.
    const names = new Set(callNames(conversation).values());
    for (const name of names) tools.push({ name: writing.names.of(name), input_schema: toolSchema({}) });
    if (names.size > 0) choice = { type: 'none' };
  }
  if (choice?.['type'] === 'none' && traits.toolChoiceNone === false) {
    choice = null;
    if (callNames(conversation).size === 0) tools.length = 0;
    else instructions.push('Do not use any tool. Answer in words.');
  }
  const format = conversation.output;
  if (format?.type !== 'schema' || traits.structuredOutput !== 'tool') {
    return { tools, choice, instructions, answerTool: null };
  }
  const answerTool = freeName(tools);
  const others = tools.length > 0 && choice?.['type'] !== 'none';
  tools.push(writeAnswerTool(answerTool, format));
  if (thinks) instructions.push(`Give your final answer by calling the tool ${answerTool}, and only so.`);
  return { tools, choice: answerChoice(choice, answerTool, others, thinks), instructions, answerTool };
}

/** The answer's tool is forced where nothing else may be called; with other tools the model must call one of them. */
function answerChoice(choice: JsonObject | null, name: string, others: boolean, thinks: boolean): JsonObject {
  const single = { disable_parallel_tool_use: true };
  const type = choice?.['type'];
  if (others && (type === 'any' || type === 'tool')) return choice as JsonObject;
  if (thinks) return { type: 'auto', ...single };
  return others ? { type: 'any', ...single } : { type: 'tool', name, ...single };
}

function writeTool(
  { names }: Writing,
  { name, description, schema, strict, cache }: Tool,
  traits: ModelTraits,
): JsonObject {
  // Models that enforce a schema on the answer enforce it on arguments, too; others refuse the word.
  const exact = strict === true && (traits.structuredOutput ?? 'native') === 'native';
  return {
    name: names.of(name),
    ...(description === '' ? undefined : { description }),
    input_schema: exact ? strictSchema(toolSchema(schema)) : toolSchema(schema),
    ...(exact ? { strict: true } : undefined),
    ...markOf(cache),
  };
}

function writeNativeTool({ dialect, name, value }: NativeTool): JsonObject | undefined {
  if (dialect === 'messages') return value;
  if (/^web_search/.test(name) || /^web_search/.test(String(value['type'] ?? ''))) return webSearch(value);
  return undefined;
}

function webSearchOptions(options: Json | undefined): JsonObject[] {
  return isJsonObject(options) ? [webSearch(options)] : [];
}

/** OpenAI's web search as Anthropic's. */
function webSearch(options: JsonObject): JsonObject {
  const { user_location: location, filters } = options;
  const place =
    isJsonObject(location) && isJsonObject(location['approximate']) ? location['approximate'] : location;
  const domains = isJsonObject(filters) ? filters['allowed_domains'] : undefined;
  return {
    type: 'web_search_20250305',
    name: 'web_search',
    ...(Array.isArray(domains) && domains.length > 0 ? { allowed_domains: domains } : undefined),
    ...(isJsonObject(place) ? { user_location: { ...place, type: 'approximate' } } : undefined),
  };
}

function writeChoice({ conversation, names }: Writing, count: number): JsonObject | null {
  const { toolChoice, parallelToolCalls } = conversation;
  if (count === 0) return null;
  const single = parallelToolCalls === false ? { disable_parallel_tool_use: true } : undefined;
  switch (toolChoice?.type) {
    case undefined:
      return single === undefined ? null : { type: 'auto', ...single };
    case 'none':
      return { type: 'none' };
    case 'auto':
      return { type: 'auto', ...single };
    case 'required':
      return { type: 'any', ...single };
    case 'tool':
      return { type: 'tool', name: names.of(toolChoice.name), ...single };
  }
}

function writeAnswerTool(
  name: string,
  { description, schema }: OutputFormat & { type: 'schema' },
): JsonObject {
  return {
    name,
    description: description === '' ? 'Gives the final answer.' : description,
    input_schema: toolSchema(schema),
  };
}

function freeName(tools: readonly JsonObject[]): string {
  let name = 'json_answer';
  while (tools.some((tool) => tool['name'] === name)) name += '_';
  return name;
}
