import type { Conversation, NativeTool, Tool, ToolChoice } from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { ModelTraits } from '../../../sdk/traits.ts';
import { toolSchema } from '../../../sdk/translate/schema.ts';

/** A function as this dialect has it. Strict is its default, which no other dialect means by saying nothing. */
export function toolJson(
  { name, description, schema, strict }: Tool,
  nameOf: (name: string) => string,
): JsonObject {
  return {
    type: 'function',
    name: nameOf(name),
    ...(description === '' ? undefined : { description }),
    parameters: toolSchema(schema),
    strict: strict ?? false,
  };
}

export function choiceJson(choice: ToolChoice, nameOf: (name: string) => string): Json {
  return choice.type === 'tool' ? { type: 'function', name: nameOf(choice.name) } : choice.type;
}

/**
 * A tool that OpenAI runs itself. Web search is the one that other dialects have, too.
 *
 * @throws GatewayError 400 for one that this dialect has no equivalent of.
 */
export function nativeToolJson({ dialect, name, value }: NativeTool): JsonObject {
  if (dialect === 'responses') return value;
  if (dialect === 'messages' && name.startsWith('web_search')) return fromMessagesSearch(value);
  if (dialect === 'chat' && name === 'web_search_options') return fromChatSearch(value);
  const param = name === 'web_search_options' ? name : 'tools';
  throw new GatewayError(
    'unsupported_parameter',
    `${param}: ${JSON.stringify(name.slice(0, 64))} is a tool that this model's provider does not have. Leave it out or use another model.`,
    { param },
  );
}

/** Anthropic's `web_search_20250305` and later. */
function fromMessagesSearch(value: JsonObject): JsonObject {
  const { allowed_domains: domains, blocked_domains: blocked, user_location: location } = value;
  if (Array.isArray(blocked) && blocked.length > 0) {
    throw new GatewayError(
      'unsupported_parameter',
      "tools: blocked_domains of web_search is something that this model's provider does not have. Use allowed_domains.",
      { param: 'tools' },
    );
  }
  return {
    type: 'web_search',
    ...(Array.isArray(domains) ? { filters: { allowed_domains: domains } } : undefined),
    ...(isJsonObject(location) ? { user_location: location } : undefined),
  };
}

/** Chat's `web_search_options`. */
function fromChatSearch(value: JsonObject): JsonObject {
  const { search_context_size: size, user_location: location } = value;
  const place = isJsonObject(location) ? location['approximate'] : undefined;
  return {
    type: 'web_search',
    ...(typeof size === 'string' ? { search_context_size: size } : undefined),
    ...(isJsonObject(place) ? { user_location: { type: 'approximate', ...place } } : undefined),
  };
}

/** The tool that stands in for JSON by schema, for servers that have no other way; null where none is needed. */
export function answerToolFor(
  { output, tools }: Conversation,
  { structuredOutput }: ModelTraits,
): Tool | null {
  if (output?.type !== 'schema' || structuredOutput !== 'tool') return null;
  const taken = new Set(tools.map(({ name }) => name));
  let name = 'json_answer';
  while (taken.has(name)) name += '_';
  const description = output.description === '' ? 'Gives the answer.' : output.description;
  return { name, description, schema: output.schema, strict: output.strict };
}
