import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { isSet, wrongField } from '../openai/check.ts';

const roles: ReadonlySet<Json | undefined> = new Set(['user', 'assistant', 'system']);

/**
 * Checks what the gateway itself reads of a messages request. Everything else, unknown fields included, is the
 * provider's to judge.
 *
 * @throws GatewayError 400 `invalid_request` with `param`.
 */
export function validateMessages(body: JsonObject): void {
  validateConversation(body);
  const { max_tokens: limit, stream } = body;
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1) {
    throw wrongField('max_tokens', 'a positive integer (this API requires an output limit)', limit);
  }
  if (isSet(stream) && typeof stream !== 'boolean') throw wrongField('stream', 'true or false', stream);
}

/** Checks what answering and counting have in common. */
export function validateConversation(body: JsonObject): void {
  const { model, messages, system, tools } = body;
  if (typeof model !== 'string' || model === '')
    throw wrongField('model', 'the name of a model or alias', model);
  // A reference to a stored prompt may stand in for messages.
  const referred = isJsonObject(body['prompt']);
  if (!(referred && !isSet(messages)) && !(Array.isArray(messages) && (messages.length > 0 || referred))) {
    throw wrongField('messages', 'a non-empty array of messages', messages);
  }
  for (const [index, message] of ((messages ?? []) as readonly Json[]).entries()) {
    const param = `messages[${index}]`;
    if (!isJsonObject(message)) throw wrongField(param, 'an object with role and content', message);
    const { role, content } = message;
    if (!roles.has(role)) throw wrongField(`${param}.role`, `one of ${[...roles].join(', ')}`, role);
    checkContent(content, `${param}.content`);
  }
  if (isSet(system)) checkContent(system, 'system');
  if (!isSet(tools)) return;
  if (!Array.isArray(tools)) throw wrongField('tools', 'an array of objects', tools);
  for (const [index, tool] of (tools as readonly Json[]).entries()) {
    if (!isJsonObject(tool)) throw wrongField(`tools[${index}]`, 'an object', tool);
  }
}

function checkContent(content: Json | undefined, param: string): void {
  if (typeof content === 'string') return;
  if (!Array.isArray(content)) throw wrongField(param, 'a string or an array of blocks', content);
  for (const [index, block] of (content as readonly Json[]).entries()) {
    if (!isJsonObject(block)) throw wrongField(`${param}[${index}]`, 'an object with a type', block);
  }
}
