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

export const responsesMembers: readonly string[] = [
  'input',
  'instructions',
  'max_output_tokens',
  'temperature',
  'top_p',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'truncation',
  'include',
  'user',
];

/** Reads a responses body; that nothing of it is stored is checked before. @throws Uncommon. */
export function readResponses(body: JsonObject): CommonForm {
  const { input, instructions, user, text } = body;
  if (isSet(body['truncation']) && body['truncation'] !== 'disabled') throw new Uncommon();
  if (isSet(body['include']) && listIn(body['include']).length > 0) throw new Uncommon();
  const turns: CommonTurn[] =
    typeof input === 'string' ? [['user', textsIn(input, [])]] : listIn(input).map(turnIn);
  // An assistant's items that follow each other are one turn elsewhere: nobody can tell which.
  for (let at = 1; at < turns.length; at += 1) {
    if (turns[at]![0] === 'assistant' && turns[at - 1]![0] === 'assistant') throw new Uncommon();
  }
  if (isSet(instructions)) turns.unshift(['system', textsIn(textIn(instructions), [])]);
  return {
    turns,
    ...settingsIn(body, body['max_output_tokens'], functionIn),
    ...(isSet(body['tool_choice']) && { choice: choiceIn(body['tool_choice']) }),
    ...(isSet(body['parallel_tool_calls']) && { parallel: booleanIn(body['parallel_tool_calls']) }),
    ...(isSet(text) && formatIn(objectIn(text))),
    ...(isSet(user) && { user: textIn(user) }),
  };
}

function turnIn(value: Json): CommonTurn {
  const item = objectIn(value);
  const { type, role, content, status } = item;
  if (isSet(type) && type !== 'message') throw new Uncommon();
  if (role === 'assistant') {
    // Its id names what the provider does not have: nothing is stored.
    onlyMembers(item, ['type', 'role', 'content', 'status', 'id']);
    if (isSet(status) && status !== 'completed') throw new Uncommon();
    return [role, textsIn(content, ['output_text'])];
  }
  onlyMembers(item, ['type', 'role', 'content']);
  if (role !== 'system' && role !== 'developer' && role !== 'user') throw new Uncommon();
  return [role, textsIn(content, ['input_text'])];
}

function functionIn(value: Json): CommonTool {
  const tool = objectIn(value);
  onlyMembers(tool, ['type', 'name', 'description', 'parameters', 'strict']);
  if (tool['type'] !== 'function') throw new Uncommon();
  // Strict is the default of this endpoint where a schema can be made to fit: it must be said.
  return toolIn(tool, 'parameters', null);
}

function choiceIn(choice: Json): CommonChoice {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice;
  const named = objectIn(choice);
  onlyMembers(named, ['type', 'name']);
  if (named['type'] !== 'function') throw new Uncommon();
  return { name: textIn(named['name']) };
}

function formatIn(text: JsonObject): Pick<CommonForm, 'output'> {
  onlyMembers(text, ['format']);
  return isSet(text['format']) ? outputIn(objectIn(text['format'])) : {};
}
