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
import { outputIn } from './output.ts';

/** Top-level members that are read here; `store`, `user` and the like are left out before, as the options say. */
export const chatMembers: readonly string[] = [
  'messages',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'n',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'user',
];

/** Members that answers carry and clients send back with them; empty they say nothing. */
const emptyInAnswers = ['tool_calls', 'annotations'];

/** Reads a chat completions body. @throws Uncommon. */
export function readChat(body: JsonObject): CommonForm {
  const { max_tokens: old, max_completion_tokens: limit, n, user } = body;
  if (isSet(old) && isSet(limit)) throw new Uncommon();
  if (isSet(n) && n !== 1) throw new Uncommon();
  return {
    turns: listIn(body['messages']).map(turnIn),
    ...settingsIn(body, limit ?? old, functionIn),
    ...(isSet(body['stop']) && { stop: stopIn(body['stop']) }),
    ...(isSet(body['tool_choice']) && { choice: choiceIn(body['tool_choice']) }),
    ...(isSet(body['parallel_tool_calls']) && { parallel: booleanIn(body['parallel_tool_calls']) }),
    ...(isSet(body['response_format']) && outputIn(formatIn(objectIn(body['response_format'])))),
    ...(isSet(user) && { user: textIn(user) }),
  };
}

function turnIn(value: Json): CommonTurn {
  const message = objectIn(value);
  const { role, content } = message;
  if (role !== 'system' && role !== 'developer' && role !== 'user' && role !== 'assistant')
    throw new Uncommon();
  for (const name in message) {
    const member = message[name];
    if (name === 'role' || name === 'content' || name === 'cache_control' || !isSet(member)) continue;
    if (role !== 'assistant' || !emptyInAnswers.includes(name) || listIn(member).length > 0)
      throw new Uncommon();
  }
  return [role, textsIn(content, ['text'])];
}

function stopIn(stop: Json): readonly string[] {
  return typeof stop === 'string' ? [stop] : listIn(stop).map(textIn);
}

function functionIn(value: Json): CommonTool {
  const tool = objectIn(value);
  onlyMembers(tool, ['type', 'function', 'cache_control']);
  if (tool['type'] !== 'function') throw new Uncommon();
  const declared = objectIn(tool['function']);
  onlyMembers(declared, ['name', 'description', 'parameters', 'strict']);
  return toolIn(declared, 'parameters', false);
}

function choiceIn(choice: Json): CommonChoice {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice;
  const named = objectIn(choice);
  onlyMembers(named, ['type', 'function']);
  if (named['type'] !== 'function') throw new Uncommon();
  const declared = objectIn(named['function']);
  onlyMembers(declared, ['name']);
  return { name: textIn(declared['name']) };
}

/** `json_schema` wraps what the other endpoints say beside `type`. */
function formatIn(format: JsonObject): JsonObject {
  if (format['type'] !== 'json_schema') return format;
  onlyMembers(format, ['type', 'json_schema']);
  const spec = objectIn(format['json_schema']);
  if ('type' in spec) throw new Uncommon();
  return { ...spec, type: 'json_schema' };
}
