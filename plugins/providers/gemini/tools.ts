import type { NativeTool, Tool, ToolChoice } from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { carryNativeTools } from '../../../sdk/translate/native-tools.ts';
import { toolSchema } from '../../../sdk/translate/schema.ts';
import type { Encoding } from './encoding.ts';
import { reduceSchema } from './schema.ts';

const webSearch = /^web_search/;
/** Limits of a search that change what the answer may rest on. Gemini's search has none. */
const searchLimits: ReadonlySet<string> = new Set(['allowed_domains', 'blocked_domains', 'filters']);

/**
 * `tools`: functions, and Google's search where the client asks for another provider's. Empty where there are none.
 *
 * @throws GatewayError 400 where the request depends on a tool that another provider runs.
 */
export function toolsOf(encoding: Encoding): JsonObject[] {
  const { conversation, dropped } = encoding;
  const tools: JsonObject[] = [];
  if (conversation.tools.length > 0) {
    tools.push({ functionDeclarations: conversation.tools.map((tool) => declaration(tool, encoding)) });
  }
  const native = carryNativeTools(conversation, searchOptions);
  for (const name of native.dropped) dropped.add(name);
  for (const options of native.carried) {
    for (const name of options) dropped.add(name);
  }
  if (native.carried.length > 0) tools.push({ googleSearch: {} });
  return tools;
}

/** `toolConfig`; undefined where the model decides. */
export function toolConfigOf({ conversation, names, dropped }: Encoding): JsonObject | undefined {
  if (conversation.tools.length === 0) return undefined;
  // The model cannot be held to one call at a time.
  if (conversation.parallelToolCalls === false) dropped.add('parallel_tool_calls');
  const { toolChoice } = conversation;
  if (toolChoice === null) return undefined;
  return { functionCallingConfig: callingConfig(toolChoice, names.of) };
}

function callingConfig(choice: ToolChoice, wireName: (name: string) => string): JsonObject {
  switch (choice.type) {
    case 'auto':
      return { mode: 'AUTO' };
    case 'required':
      return { mode: 'ANY' };
    case 'none':
      return { mode: 'NONE' };
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [wireName(choice.name)] };
  }
}

function declaration(tool: Tool, { names, model, dropped }: Encoding): JsonObject {
  if (tool.cache !== undefined) dropped.add('cache_control');
  if (tool.strict === true) dropped.add('strict');
  const said = { name: names.of(tool.name), description: tool.description };
  const schema = toolSchema(tool.schema);
  if (model.jsonSchema) return { ...said, parametersJsonSchema: schema };
  const parameters = reduceSchema(schema);
  // An object without properties is refused at the top: a function without parameters has no schema.
  return isEmptyObject(parameters['properties']) ? said : { ...said, parameters };
}

function isEmptyObject(value: Json | undefined): boolean {
  return value === undefined || (isJsonObject(value) && Object.keys(value).length === 0);
}

/**
 * The options of a web search that Google's has not; undefined for another tool, and for a search that may not go
 * everywhere.
 */
function searchOptions({ name, value }: NativeTool): readonly string[] | undefined {
  const type = typeof value['type'] === 'string' ? value['type'] : name;
  if (!webSearch.test(type) && !webSearch.test(name)) return undefined;
  const options = Object.keys(value).filter(
    (key) => key !== 'type' && key !== 'name' && value[key] !== null && value[key] !== undefined,
  );
  return options.some((option) => searchLimits.has(option)) ? undefined : options;
}
