import type { Conversation, OutputFormat, TextBlock } from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import { strictSchema } from '../../../sdk/translate/schema.ts';
import { tidyTurns } from '../../../sdk/translate/turns.ts';
import type { Encoded, WireContext } from '../../../sdk/wire.ts';
import { EncodeContext } from './encode-context.ts';
import { encodeInference } from './inference.ts';
import { encodeMessages } from './messages.ts';
import type { BedrockModel } from './model.ts';
import { encodeReasoning } from './reasoning.ts';
import { answerToolOf, type EncodedTools, encodeTools } from './tools.ts';

/** A request of Converse, in members. */
export interface ConverseRequest extends Omit<Encoded, 'body'> {
  readonly members: JsonObject;
}

/**
 * Writes a conversation as a request of Converse. The order of members is fixed: the prompt cache of a provider behind
 * it lives on equal bytes.
 *
 * @throws GatewayError 400 for what Converse cannot carry without changing what it means.
 */
export function encodeConverse(
  conversation: Conversation,
  wireContext: WireContext,
  model: BedrockModel,
): ConverseRequest {
  if (conversation.count > 1) {
    throw new GatewayError(
      'unsupported_parameter',
      `n: Bedrock gives one answer to a request, ${conversation.count} were wanted. Ask that many times.`,
      { param: 'n' },
    );
  }
  const context = new EncodeContext(conversation, wireContext, model);
  const { output } = conversation;
  const turns = tidyTurns(conversation);
  const native = output?.type === 'schema' && context.traits.structuredOutput === 'native';
  const answerTool = context.traits.structuredOutput === 'tool' ? answerToolOf(conversation) : null;
  const { toolChoice } = conversation;
  const clientForces = toolChoice?.type === 'required' || toolChoice?.type === 'tool';
  const reasoning = encodeReasoning(conversation, turns, clientForces, context);

  const mayForce = !(model.claude && reasoning.on);
  const tools = encodeTools(conversation, answerTool, mayForce, context);
  const system = encodeSystem(conversation.system, context);
  const messages = encodeMessages(turns, context);
  context.limitCachePoints([tools?.tools ?? [], system, ...messages.map(({ content }) => content)]);
  const { inferenceConfig, fields, responsePaths } = encodeInference(conversation, reasoning, context);
  const instruction = native ? null : instructionOf(output, answerTool?.name ?? null, mayForce);
  // Behind the client's own: what stands before it stays in the prompt cache.
  if (instruction !== null) system.push({ text: instruction });

  const extra = { ...reasoning.fields, ...fields, ...oneCallAtATime(conversation, tools, context) };
  const members: JsonObject = {
    messages: messages as unknown as readonly Json[],
    ...(system.length > 0 ? { system } : {}),
    ...(isEmpty(inferenceConfig) ? {} : { inferenceConfig }),
    ...(tools === null ? {} : { toolConfig: { ...tools } }),
    ...(native ? { outputConfig: outputConfigOf(output) } : {}),
    ...(isEmpty(extra) ? {} : { additionalModelRequestFields: extra }),
    ...(responsePaths.length > 0 ? { additionalModelResponseFieldPaths: responsePaths } : {}),
  };
  const toolNames = context.names.changed;
  return {
    members,
    dropped: [...context.dropped],
    ...(toolNames === undefined ? {} : { toolNames }),
    ...(answerTool === null ? {} : { answerTool: answerTool.name }),
  };
}

function encodeSystem(blocks: readonly TextBlock[], context: EncodeContext): Json[] {
  const system: Json[] = [];
  for (const { text, cache } of blocks) {
    if (text.trim() !== '') system.push({ text });
    context.cache(cache, 'system', system);
  }
  return system;
}

/** The schema is a text in Converse, not an object. */
function outputConfigOf({
  name,
  description,
  schema,
}: OutputFormat & { readonly type: 'schema' }): JsonObject {
  const jsonSchema = {
    name: name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || 'answer',
    schema: JSON.stringify(strictSchema(schema)),
    ...(description === '' ? {} : { description }),
  };
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } };
}

/** What the model is told where JSON cannot be demanded of it in another way. */
function instructionOf(
  output: OutputFormat | null,
  answerTool: string | null,
  mayForce: boolean,
): string | null {
  if (output === null) return null;
  if (answerTool !== null) return mayForce ? null : `Give your final answer by calling ${answerTool}.`;
  const only = 'Answer with one JSON object and nothing else, without Markdown.';
  return output.type === 'json'
    ? only
    : `${only} It must match this JSON schema: ${JSON.stringify(output.schema)}`;
}

/**
 * Claude's own switch, in the fields that are passed on. Beside a `toolChoice` it comes without a type: two of them are
 * refused (BerriAI/litellm#36536), none at all is as well (#34347).
 */
function oneCallAtATime(
  { parallelToolCalls }: Conversation,
  tools: EncodedTools | null,
  context: EncodeContext,
): JsonObject {
  if (parallelToolCalls !== false || tools === null) return {};
  if (!context.model.oneCallAtATime) {
    context.drop({ chat: 'parallel_tool_calls', messages: 'disable_parallel_tool_use' });
    return {};
  }
  const type = tools.toolChoice === undefined ? { type: 'auto' } : {};
  return { tool_choice: { ...type, disable_parallel_tool_use: true } };
}

function isEmpty(object: JsonObject): boolean {
  for (const _name in object) return false;
  return true;
}
