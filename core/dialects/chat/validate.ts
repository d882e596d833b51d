import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { checkCommon, checkLimit, isSet, wrongField } from '../openai/check.ts';

const roles: ReadonlySet<Json | undefined> = new Set([
  'system',
  'developer',
  'user',
  'assistant',
  'tool',
  'function',
]);
const roleNames = [...roles].join(', ');

/**
 * Checks what the gateway itself reads of a chat request. Everything else, unknown fields included, is the
 * provider's to judge.
 *
 * @throws GatewayError 400 `invalid_request` with `param`.
 */
export function validateChat(body: JsonObject): void {
  checkCommon(body);
  const { messages, tools, functions } = body;
  // A reference to a stored prompt may stand in for messages.
  const referred = isJsonObject(body['prompt']);
  if (!(referred && !isSet(messages)) && !(Array.isArray(messages) && (messages.length > 0 || referred))) {
    throw wrongField('messages', 'a non-empty array of messages', messages);
  }
  for (const [index, message] of (messages ?? []).entries()) checkMessage(message, `messages[${index}]`);
  checkLimit(body, 'max_completion_tokens');
  checkLimit(body, 'max_tokens');
  if (isSet(tools)) checkObjects(tools, 'tools');
  if (isSet(functions)) checkObjects(functions, 'functions');
  const format = body['response_format'];
  if (isSet(format) && !isJsonObject(format)) throw wrongField('response_format', 'an object', format);
}

function checkMessage(message: Json | undefined, param: string): void {
  if (!isJsonObject(message)) throw wrongField(param, 'an object with role and content', message);
  const { role, content, tool_calls: calls } = message;
  if (!roles.has(role)) throw wrongField(`${param}.role`, `one of ${roleNames}`, role);
  if (isSet(calls)) checkObjects(calls, `${param}.tool_calls`);
  if (!isSet(content) || typeof content === 'string') return;
  if (!Array.isArray(content)) throw wrongField(`${param}.content`, 'a string or an array of parts', content);
  for (let index = 0; index < content.length; index++) {
    const part = content[index] as Json;
    if (!isJsonObject(part)) throw wrongField(`${param}.content[${index}]`, 'an object with a type', part);
  }
}

function checkObjects(value: Json, param: string): void {
  if (!Array.isArray(value)) throw wrongField(param, 'an array of objects', value);
  for (let index = 0; index < value.length; index++) {
    if (!isJsonObject(value[index]))
      throw wrongField(`${param}[${index}]`, 'an object', value[index] as Json);
  }
}
