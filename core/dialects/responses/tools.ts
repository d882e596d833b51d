import type { NativeTool, Tool, ToolChoice } from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { isSet, wrongField } from '../openai/check.ts';
import { customAsFunction } from './custom-tools.ts';

/** Reads `tools`: functions and custom tools, and those that OpenAI runs itself. */
export function readTools(tools: Json | undefined): {
  readonly tools: readonly Tool[];
  readonly nativeTools: readonly NativeTool[];
} {
  const own: Tool[] = [];
  const nativeTools: NativeTool[] = [];
  for (const [index, tool] of (Array.isArray(tools) ? (tools as readonly Json[]) : []).entries()) {
    const param = `tools[${index}]`;
    if (!isJsonObject(tool)) throw wrongField(param, 'an object with a type', tool);
    const { type, name } = tool;
    if (type === 'function' || type === 'custom') {
      if (typeof name !== 'string' || name === '')
        throw wrongField(`${param}.name`, 'the name of a tool', name);
      own.push(type === 'custom' ? customAsFunction(tool) : functionTool(tool, name));
    } else nativeTools.push({ dialect: 'responses', name: String(type), value: tool });
  }
  return { tools: own, nativeTools };
}

/**
 * Reads `tool_choice`.
 *
 * @returns `allowed`: names of the only tools that may be called, and types of the provider's own; null for all.
 */
export function readToolChoice(choice: Json | undefined): {
  readonly choice: ToolChoice | null;
  readonly allowed: ReadonlySet<string> | null;
} {
  if (!isSet(choice)) return { choice: null, allowed: null };
  if (choice === 'auto' || choice === 'none' || choice === 'required') {
    return { choice: { type: choice }, allowed: null };
  }
  if (!isJsonObject(choice)) throw wrongField('tool_choice', 'auto, none, required or an object', choice);
  const { type, name, mode, tools } = choice;
  if (type === 'function' || type === 'custom') {
    if (typeof name !== 'string') throw wrongField('tool_choice.name', 'the name of a tool', name);
    return { choice: { type: 'tool', name }, allowed: null };
  }
  if (type === 'allowed_tools') {
    const names = (Array.isArray(tools) ? (tools as readonly Json[]) : []).flatMap((tool) => {
      const allowed = isJsonObject(tool) ? (tool['name'] ?? tool['type']) : undefined;
      return typeof allowed === 'string' ? [allowed] : [];
    });
    return { choice: { type: mode === 'required' ? 'required' : 'auto' }, allowed: new Set(names) };
  }
  throw new GatewayError(
    'unsupported_parameter',
    `tool_choice: expected auto, none, required, allowed_tools or a function, got ${JSON.stringify(String(type).slice(0, 64))}, which this model's provider cannot be made to call.`,
    { param: 'tool_choice' },
  );
}

function functionTool(tool: JsonObject, name: string): Tool {
  const { description, parameters, strict } = tool;
  const schema = isJsonObject(parameters) ? parameters : {};
  return {
    name,
    description: typeof description === 'string' ? description : '',
    schema,
    strict: typeof strict === 'boolean' ? strict : fitsStrict(schema, 0) ? true : null,
  };
}

/**
 * True for a schema that strict mode takes as it is. Strict is the default of this dialect, where OpenAI fits schemas
 * in; elsewhere one that does not fit is refused.
 */
function fitsStrict(schema: Json | undefined, depth: number): boolean {
  if (depth > 20) return false;
  if (Array.isArray(schema)) return (schema as readonly Json[]).every((item) => fitsStrict(item, depth + 1));
  if (!isJsonObject(schema)) return true;
  const { type, properties, required, additionalProperties: more, items, anyOf, $defs } = schema;
  if (depth === 0 && type !== 'object') return false;
  const names = isJsonObject(properties) ? Object.keys(properties) : [];
  const object = type === 'object' || names.length > 0 || (Array.isArray(type) && type.includes('object'));
  if (object) {
    const all = Array.isArray(required) ? required : [];
    if (more !== false || !names.every((name) => all.includes(name))) return false;
  }
  const inner = [...members(properties), ...members($defs), ...members(schema['definitions'])];
  return [...inner, items, anyOf].every((member) => fitsStrict(member, depth + 1));
}

function members(value: Json | undefined): Json[] {
  return isJsonObject(value) ? Object.values(value).filter((member) => member !== undefined) : [];
}
