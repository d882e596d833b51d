import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { checkCommon, checkLimit, isSet, wrongField } from '../openai/check.ts';

/** What may stand in for an input: a conversation or prompt that the provider keeps. */
const stored = ['previous_response_id', 'prompt', 'conversation'] as const;

/**
 * Checks what the gateway itself reads of a responses request. Everything else, unknown fields included, is the
 * provider's to judge.
 *
 * @throws GatewayError 400 `invalid_request` with `param`.
 */
export function validateResponses(body: JsonObject): void {
  checkCommon(body);
  const { input, instructions, tools, text } = body;
  if (isSet(input)) checkInput(input);
  else if (!stored.some((name) => isSet(body[name]))) {
    throw wrongField('input', 'a string or an array of items', input);
  }
  if (isSet(instructions) && typeof instructions !== 'string') {
    throw wrongField('instructions', 'a string', instructions);
  }
  checkLimit(body, 'max_output_tokens');
  if (isSet(tools)) checkObjects(tools, 'tools');
  if (isSet(text) && !isJsonObject(text)) throw wrongField('text', 'an object', text);
}

function checkInput(input: Json): void {
  if (typeof input === 'string') return;
  checkObjects(input, 'input', 'a string or an array of items');
  for (const [index, item] of (input as readonly JsonObject[]).entries()) {
    for (const name of ['content', 'output'] as const) {
      const value = item[name];
      if (!Array.isArray(value)) continue;
      for (const [part, it] of (value as readonly Json[]).entries()) {
        const param = `input[${index}].${name}[${part}]`;
        if (!isJsonObject(it)) throw wrongField(param, 'an object with a type', it);
      }
    }
  }
}

function checkObjects(value: Json, param: string, expected = 'an array of objects'): void {
  if (!Array.isArray(value)) throw wrongField(param, expected, value);
  for (let index = 0; index < value.length; index++) {
    if (!isJsonObject(value[index]))
      throw wrongField(`${param}[${index}]`, 'an object', value[index] as Json);
  }
}
