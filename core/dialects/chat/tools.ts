import type { NativeTool, Tool, ToolChoice } from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { isSet, wrongField } from '../openai/check.ts';
import { cacheMark } from './content.ts';

/** What a request says of tools. */
export interface ReadTools {
  readonly tools: readonly Tool[];
  readonly nativeTools: readonly NativeTool[];
  readonly toolChoice: ToolChoice | null;
}

/** Reads `tools`, `tool_choice`, `web_search_options`, and the `functions` and `function_call` of old clients. */
export function readTools(body: JsonObject): ReadTools {
  const tools: Tool[] = [];
  const nativeTools: NativeTool[] = [];
  for (const [index, tool] of listOf(body['tools']).entries()) {
    const param = `tools[${index}]`;
    if (!isJsonObject(tool)) throw wrongField(param, 'an object', tool);
    const { type } = tool;
    if (type === 'function' || type === undefined) tools.push(functionTool(tool, param));
    // Freeform tools and those of compatible servers.
    else nativeTools.push({ dialect: 'chat', name: String(type), value: tool });
  }
  for (const [index, tool] of listOf(body['functions']).entries()) {
    if (!isJsonObject(tool)) throw wrongField(`functions[${index}]`, 'an object', tool);
    tools.push(functionTool(tool, `functions[${index}]`));
  }
  const search = body['web_search_options'];
  if (isJsonObject(search)) nativeTools.push({ dialect: 'chat', name: 'web_search_options', value: search });
  const choice = isSet(body['tool_choice'])
    ? choiceOf(body['tool_choice'])
    : legacyChoice(body['function_call']);
  if (choice === null || choice.type !== 'allowed') return { tools, nativeTools, toolChoice: choice };
  // No other dialect can allow some of the tools: the others are not offered at all.
  const allowed = tools.filter(({ name }) => choice.names.has(name));
  return { tools: allowed, nativeTools, toolChoice: { type: choice.mode } };
}

function functionTool(tool: JsonObject, param: string): Tool {
  const fn = isJsonObject(tool['function']) ? tool['function'] : tool;
  const { name, description, parameters, strict } = fn;
  if (typeof name !== 'string' || name === '') {
    throw wrongField(
      fn === tool ? `${param}.name` : `${param}.function.name`,
      'the name of a function',
      name,
    );
  }
  return {
    name,
    description: typeof description === 'string' ? description : '',
    schema: isJsonObject(parameters) ? parameters : {},
    strict: typeof strict === 'boolean' ? strict : null,
    ...(cacheMark(tool) ?? cacheMark(fn)),
  };
}

interface AllowedTools {
  readonly type: 'allowed';
  readonly mode: 'auto' | 'required';
  readonly names: ReadonlySet<string>;
}

function choiceOf(choice: Exclude<Json, null>): ToolChoice | AllowedTools {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice };
  // Mistral's word.
  if (choice === 'any') return { type: 'required' };
  if (isJsonObject(choice)) {
    const name = nameIn(choice);
    if (name !== null) return { type: 'tool', name };
    const allowed = choice['allowed_tools'];
    if (isJsonObject(allowed)) {
      const names = listOf(allowed['tools']).flatMap((tool) =>
        isJsonObject(tool) ? (nameIn(tool) ?? []) : [],
      );
      return {
        type: 'allowed',
        mode: allowed['mode'] === 'required' ? 'required' : 'auto',
        names: new Set(names),
      };
    }
  }
  throw wrongField('tool_choice', 'auto, none, required, or an object that names a function', choice);
}

function legacyChoice(choice: Json | undefined): ToolChoice | null {
  if (!isSet(choice)) return null;
  if (choice === 'auto' || choice === 'none') return { type: choice };
  const name = isJsonObject(choice) ? choice['name'] : undefined;
  if (typeof name === 'string' && name !== '') return { type: 'tool', name };
  throw wrongField('function_call', 'auto, none, or an object with a name', choice);
}

function nameIn(choice: JsonObject): string | null {
  for (const holder of [choice['function'], choice['custom'], choice]) {
    if (isJsonObject(holder) && typeof holder['name'] === 'string') return holder['name'];
  }
  return null;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
