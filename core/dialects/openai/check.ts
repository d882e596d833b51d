import { GatewayError } from '../../../sdk/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';

/** Refuses a request field: `messages[0].role: expected …, got ….` */
export function wrongField(param: string, expected: string, got: Json | undefined): GatewayError {
  return new GatewayError('invalid_request', `${param}: expected ${expected}, got ${describe(got)}.`, {
    param,
  });
}

/** Fields that all OpenAI APIs have and the gateway relies on. Absent and null mean the same. */
export function checkCommon(body: JsonObject): void {
  const { model, stream, n, stream_options: options } = body;
  if (typeof model !== 'string' || model === '')
    throw wrongField('model', 'the name of a model or alias', model);
  if (isSet(stream) && typeof stream !== 'boolean') throw wrongField('stream', 'true or false', stream);
  if (isSet(n) && !isCount(n, 1, 128)) throw wrongField('n', 'an integer from 1 to 128', n);
  if (isSet(options) && !isJsonObject(options)) throw wrongField('stream_options', 'an object', options);
}

/** An output limit: an integer where it is set. 0 is for text completions that only echo. */
export function checkLimit(body: JsonObject, param: string): void {
  const value = body[param];
  if (isSet(value) && !isCount(value, 0, Number.MAX_SAFE_INTEGER)) {
    throw wrongField(param, 'an integer, 0 or more', value);
  }
}

/** True for a field that says something. */
export function isSet(value: Json | undefined): value is Exclude<Json, null> {
  return value !== undefined && value !== null;
}

function isCount(value: Json, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

/** What came, short enough for a message and without the client's long texts. */
function describe(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return text.length > 40 ? `a ${typeof value}` : text;
}
