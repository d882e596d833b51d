import type {
  Conversation,
  NativeTool,
  OutputFormat,
  Reasoning,
  Tool,
  ToolChoice,
} from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { isEffort } from '../../../sdk/translate/effort.ts';
import { isSet, wrongField } from '../openai/check.ts';
import { cacheOf } from './read-blocks.ts';

type ToolFields = Pick<Conversation, 'tools' | 'nativeTools' | 'toolChoice' | 'parallelToolCalls'>;

/** Members of a body that have a place in `Conversation`, or that are no part of one. */
const known: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'stream',
  'max_tokens',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'metadata',
]);

/** The functions, the provider's own tools, and how they may be used. */
export function readTools(body: JsonObject): ToolFields {
  const tools: Tool[] = [];
  const nativeTools: NativeTool[] = [];
  const list = isSet(body['tools']) ? body['tools'] : [];
  if (!Array.isArray(list)) throw wrongField('tools', 'an array of objects', list);
  for (const [index, tool] of (list as readonly Json[]).entries()) {
    if (!isJsonObject(tool)) throw wrongField(`tools[${index}]`, 'an object', tool);
    const { type, name, description, input_schema: schema, strict } = tool;
    if (typeof type === 'string' && type !== 'custom') {
      nativeTools.push({ dialect: 'messages', name: type, value: tool });
      continue;
    }
    if (typeof name !== 'string' || name === '') throw wrongField(`tools[${index}].name`, 'a name', name);
    tools.push({
      name,
      description: typeof description === 'string' ? description : '',
      schema: isJsonObject(schema) ? schema : {},
      strict: typeof strict === 'boolean' ? strict : null,
      ...cacheOf(tool),
    });
  }
  return { tools, nativeTools, ...readChoice(body['tool_choice']) };
}

function readChoice(choice: Json | undefined): Pick<ToolFields, 'toolChoice' | 'parallelToolCalls'> {
  if (!isSet(choice)) return { toolChoice: null, parallelToolCalls: null };
  if (!isJsonObject(choice)) throw wrongField('tool_choice', 'an object with a type', choice);
  const single = choice['disable_parallel_tool_use'];
  const parallelToolCalls = typeof single === 'boolean' ? !single : null;
  return { toolChoice: choiceOf(choice), parallelToolCalls };
}

function choiceOf(choice: JsonObject): ToolChoice {
  const { type, name } = choice;
  switch (type) {
    case 'auto':
    case 'none':
      return { type };
    case 'any':
      return { type: 'required' };
    case 'tool':
      if (typeof name !== 'string' || name === '')
        throw wrongField('tool_choice.name', 'the name of a tool', name);
      return { type, name };
    default:
      throw wrongField('tool_choice.type', 'auto, any, tool or none', type);
  }
}

/** `thinking` and `output_config.effort`; null where the client asked for nothing. */
export function readReasoning(body: JsonObject): Reasoning | null {
  const { thinking, output_config: config } = body;
  const word = isJsonObject(config) ? config['effort'] : undefined;
  const effort = isEffort(word) ? word : null;
  if (!isSet(thinking)) return effort === null ? null : { effort, budgetTokens: null, visible: null };
  if (!isJsonObject(thinking)) throw wrongField('thinking', 'an object with a type', thinking);
  const { type, budget_tokens: budget, display } = thinking;
  const shown = display === 'omitted' ? false : display === 'summarized' ? true : null;
  switch (type) {
    case 'disabled':
      return { effort: 'none', budgetTokens: null, visible: null };
    case 'adaptive':
      return { effort, budgetTokens: null, visible: shown };
    case 'enabled':
      if (typeof budget !== 'number')
        throw wrongField('thinking.budget_tokens', 'a number of tokens', budget);
      return { effort, budgetTokens: budget, visible: shown ?? true };
    default:
      throw wrongField('thinking.type', 'enabled, adaptive or disabled', type);
  }
}

/** `output_config.format`, or `output_format` as it was called before. */
export function readOutput(body: JsonObject): OutputFormat | null {
  const { output_config: config, output_format: legacy } = body;
  const format = isJsonObject(config) && isSet(config['format']) ? config['format'] : legacy;
  if (!isSet(format)) return null;
  const schema = isJsonObject(format) ? format['schema'] : undefined;
  if (!isJsonObject(format) || format['type'] !== 'json_schema' || !isJsonObject(schema)) {
    throw wrongField('output_config.format', 'an object with type json_schema and a schema', format);
  }
  return { type: 'schema', name: 'answer', description: '', schema, strict: true };
}

/** Parameters without a place in `Conversation`. */
export function readExtra(body: JsonObject): Record<string, Json> {
  const extra: [string, Json][] = [];
  for (const [name, value] of Object.entries(body)) {
    if (isSet(value) && !known.has(name)) extra.push([name, value]);
  }
  for (const [name, read] of [
    ['output_config', ['format', 'effort']],
    ['metadata', ['user_id']],
  ] as const) {
    const value = body[name];
    if (!isJsonObject(value)) continue;
    const rest = Object.entries(value).filter(([key]) => !(read as readonly string[]).includes(key));
    if (rest.length > 0) extra.push([name, Object.fromEntries(rest)]);
  }
  return Object.fromEntries(extra);
}

/** A parameter that is a number; null where it is not set. */
export function readNumber(body: JsonObject, param: string): number | null {
  const value = body[param];
  if (!isSet(value)) return null;
  if (typeof value !== 'number') throw wrongField(param, 'a number', value);
  return value;
}
