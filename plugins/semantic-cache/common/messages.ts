import type { Json, JsonObject } from '../../../sdk/index.ts';
import {
  booleanIn,
  type CommonChoice,
  type CommonForm,
  type CommonTool,
  type CommonTurn,
  isSet,
  listIn,
  objectIn,
  onlyMembers,
  settingsIn,
  textIn,
  textsIn,
  toolIn,
  Uncommon,
} from './form.ts';

export const messagesMembers: readonly string[] = [
  'messages',
  'system',
  'max_tokens',
  'temperature',
  'top_p',
  'stop_sequences',
  'tools',
  'tool_choice',
  'metadata',
];

/** Reads an Anthropic messages body. @throws Uncommon. */
export function readMessages(body: JsonObject): CommonForm {
  const { system, stop_sequences: stop } = body;
  const turns = listIn(body['messages']).map(turnIn);
  if (isSet(system)) turns.unshift(['system', textsIn(system, ['text'])]);
  return {
    turns,
    ...settingsIn(body, body['max_tokens'], functionIn),
    ...(isSet(stop) && { stop: listIn(stop).map(textIn) }),
    ...(isSet(body['tool_choice']) && choiceIn(objectIn(body['tool_choice']))),
    ...(isSet(body['metadata']) && userIn(objectIn(body['metadata']))),
  };
}

function turnIn(value: Json): CommonTurn {
  const message = objectIn(value);
  onlyMembers(message, ['role', 'content']);
  const { role, content } = message;
  if (role !== 'user' && role !== 'assistant') throw new Uncommon();
  return [role, textsIn(content, ['text'])];
}

function functionIn(value: Json): CommonTool {
  const tool = objectIn(value);
  onlyMembers(tool, ['type', 'name', 'description', 'input_schema', 'strict', 'cache_control']);
  if (isSet(tool['type']) && tool['type'] !== 'custom') throw new Uncommon();
  return toolIn(tool, 'input_schema', false);
}

function choiceIn(choice: JsonObject): Pick<CommonForm, 'choice' | 'parallel'> {
  const { type, disable_parallel_tool_use: single } = choice;
  onlyMembers(choice, ['type', 'name', 'disable_parallel_tool_use']);
  if (type !== 'tool' && isSet(choice['name'])) throw new Uncommon();
  return { choice: choiceOf(choice), ...(isSet(single) && { parallel: !booleanIn(single) }) };
}

function choiceOf({ type, name }: JsonObject): CommonChoice {
  if (type === 'auto' || type === 'none') return type;
  if (type === 'any') return 'required';
  if (type === 'tool') return { name: textIn(name) };
  throw new Uncommon();
}

/** The end user, for the provider's abuse checks: what other endpoints call `user`. */
function userIn(metadata: JsonObject): Pick<CommonForm, 'user'> {
  onlyMembers(metadata, ['user_id']);
  return isSet(metadata['user_id']) ? { user: textIn(metadata['user_id']) } : {};
}
