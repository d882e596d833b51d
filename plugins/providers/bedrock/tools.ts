import type { Conversation, Tool, ToolChoice } from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import { strictSchema, toolSchema } from '../../../sdk/translate/schema.ts';
import { callNames } from '../../../sdk/translate/turns.ts';
import type { EncodeContext } from './encode-context.ts';

/** Converse's `toolConfig`: tools, cache points among them, and the demand to call them. */
export interface EncodedTools {
  readonly tools: Json[];
  readonly toolChoice?: JsonObject;
}

/**
 * Null where the request has nothing to do with tools.
 *
 * @param answerTool stands in for JSON by schema.
 * @param mayForce false where the gateway's own demand for `answerTool` must give way to thinking.
 * @throws GatewayError 400 for tools that other providers run themselves.
 */
export function encodeTools(
  conversation: Conversation,
  answerTool: Tool | null,
  mayForce: boolean,
  context: EncodeContext,
): EncodedTools | null {
  const [native] = conversation.nativeTools;
  if (native !== undefined) {
    throw new GatewayError(
      'unsupported_parameter',
      `tools: Bedrock cannot run ${JSON.stringify(native.name.slice(0, 64))}. Use functions of your own, or a provider that runs it.`,
      { param: 'tools' },
    );
  }
  const offered = conversation.tools.length > 0 ? conversation.tools : toolsOfHistory(conversation);
  const tools: Json[] = [];
  for (const tool of offered) {
    tools.push(toolSpec(tool, context));
    context.cache(tool.cache, 'tools', tools);
  }
  if (answerTool !== null) tools.push(toolSpec(answerTool, context));
  if (tools.length === 0) return null;

  const demanded = demandOf(conversation.toolChoice, context);
  const toolChoice = demanded ?? (mayForce ? answerDemand(answerTool, offered.length > 0, context) : null);
  return { tools, ...(toolChoice === null ? {} : { toolChoice }) };
}

/** The tool whose arguments are the answer, where the model has no JSON by schema of its own. */
export function answerToolOf({ output, tools }: Conversation): Tool | null {
  if (output?.type !== 'schema') return null;
  let name = 'json_answer';
  while (tools.some((tool) => tool.name === name)) name += '_';
  const description = output.description === '' ? 'Gives the final answer to the user.' : output.description;
  return { name, description, schema: output.schema, strict: null };
}

function toolSpec(tool: Tool, context: EncodeContext): JsonObject {
  const strict = tool.strict === true && context.model.claude && context.traits.structuredOutput === 'native';
  if (tool.strict === true && !strict) context.drop('strict');
  const schema = toolSchema(tool.schema);
  return {
    toolSpec: {
      name: context.names.of(tool.name),
      // Blank ones are refused.
      ...(tool.description.trim() === '' ? {} : { description: tool.description }),
      inputSchema: { json: strict ? strictSchema(schema) : schema },
      ...(strict ? { strict: true } : {}),
    },
  };
}

/** Converse demands tools where the conversation has calls, although the client offers none any more. */
function toolsOfHistory(conversation: Conversation): Tool[] {
  const names = new Set(callNames(conversation).values());
  return [...names].map((name) => ({ name, description: '', schema: {}, strict: null }));
}

/** `auto` is what happens anyway, and some models refuse the member. For `none` there is no member. */
function demandOf(choice: ToolChoice | null, context: EncodeContext): JsonObject | null {
  if (choice === null || choice.type === 'auto') return null;
  if (choice.type === 'none') {
    context.drop('tool_choice');
    return null;
  }
  return choice.type === 'tool' ? { tool: { name: context.names.of(choice.name) } } : { any: {} };
}

function answerDemand(answerTool: Tool | null, hasOthers: boolean, { model, names }: EncodeContext) {
  if (answerTool === null || model.force === 'none') return null;
  return hasOthers || model.force === 'any' ? { any: {} } : { tool: { name: names.of(answerTool.name) } };
}
