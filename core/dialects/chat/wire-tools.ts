import type { NativeTool, Tool } from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { carryNativeTools } from '../../../sdk/translate/native-tools.ts';
import { isSet } from '../openai/check.ts';
import { type Draft, unsupported } from './draft.ts';

/**
 * Writes the tools and what is said of their use.
 *
 * @param answer a tool that must be called for JSON by schema; null for none.
 * @throws GatewayError 400 for tools that only another provider runs.
 */
export function addTools(draft: Draft, answer: Tool | null): void {
  const { conversation, context } = draft;
  const { toolChoice: choice, parallelToolCalls: parallel } = conversation;
  // Servers that know no `none` are not offered the tools: nothing can be called then, either.
  const offered = choice?.type !== 'none' || context.traits.toolChoiceNone !== false;
  const tools = offered ? conversation.tools.map((tool) => toolEntry(tool, draft)) : [];
  const native = carryNativeTools(conversation, (tool) => nativeTool(tool, draft));
  for (const own of native.carried) if (own !== null && offered) tools.push(own);
  for (const name of native.dropped) draft.drop(name);
  if (answer !== null) tools.push(toolEntry(answer, draft));
  if (tools.length === 0) return;
  draft.demand('tools', tools);
  if (answer !== null) {
    // Other tools must stay callable in the same turn.
    draft.demand('tool_choice', tools.length > 1 ? 'required' : namedChoice(answer.name));
  } else if (choice?.type === 'tool') {
    draft.demand('tool_choice', namedChoice(draft.names.of(choice.name)));
  } else if (choice?.type === 'auto') draft.put('tool_choice', 'auto');
  else if (choice !== null) draft.demand('tool_choice', choice.type);
  if (parallel !== null && (!parallel || !draft.refuses('parallel_tool_calls'))) {
    draft.put('parallel_tool_calls', parallel);
  }
}

function namedChoice(name: string): JsonObject {
  return { type: 'function', function: { name } };
}

function toolEntry({ name, description, schema, strict, cache }: Tool, draft: Draft): JsonObject {
  const empty = Object.keys(schema).length === 0;
  return {
    type: 'function',
    function: {
      name: draft.names.of(name),
      ...(description === '' ? undefined : { description }),
      // As the client wrote it: a changed schema is another prompt.
      parameters: empty ? { type: 'object', properties: {} } : schema,
      ...(strict === null ? undefined : { strict }),
    },
    ...draft.mark(cache),
  };
}

/**
 * An entry of `tools`; null for a tool that the chat dialect asks for elsewhere, undefined for one that it does not have.
 */
function nativeTool({ dialect, name, value }: NativeTool, draft: Draft): JsonObject | null | undefined {
  if (dialect === 'chat') {
    if (name !== 'web_search_options') return value;
    draft.demand('web_search_options', value);
    return null;
  }
  const { type } = value;
  if (!/^web_search(_|$)/.test(typeof type === 'string' ? type : name)) {
    return undefined;
  }
  if (draft.context.traits.webSearch !== true || draft.refuses('web_search_options')) return undefined;
  draft.set('web_search_options', searchOptions(name, value, draft));
  return null;
}

/** A search tool of the messages or responses dialect as `web_search_options`. */
function searchOptions(name: string, tool: JsonObject, draft: Draft): JsonObject {
  for (const field of ['allowed_domains', 'blocked_domains', 'filters']) {
    if (limits(tool[field])) {
      throw unsupported('tools', `${name}: this model's provider cannot limit a search by ${field}`);
    }
  }
  if (isSet(tool['max_uses'])) draft.drop('max_uses');
  const { search_context_size: size, user_location: location } = tool;
  return {
    ...(typeof size === 'string' ? { search_context_size: size } : undefined),
    ...(isJsonObject(location) ? { user_location: nested(location) } : undefined),
  };
}

/** Chat has the place one level deeper. */
function nested({ type: _type, ...approximate }: JsonObject): JsonObject {
  return { type: 'approximate', approximate };
}

function limits(value: Json | undefined): boolean {
  if (!isSet(value)) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isJsonObject(value) || Object.values(value).some((it) => isSet(it) && limits(it));
}
