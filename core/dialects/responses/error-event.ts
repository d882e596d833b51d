import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import { isOpenAiError } from '../openai-error.ts';
import { responseOf } from './response-object.ts';

/** The error that an event is, in the form that all of OpenAI's error bodies have; null where it is none. */
export function errorIn(type: string, event: JsonObject): string | null {
  const { error, code, message, param } = event;
  if (isJsonObject(error)) return JSON.stringify({ error });
  // Documented without a nested object, and sent with one.
  if (type === 'error') {
    return JSON.stringify({ error: { code: code ?? null, message: message ?? '', param: param ?? null } });
  }
  if (type === 'response.failed' || type === 'response.cancelled') return errorOf(responseOf(event) ?? {});
  return !type.startsWith('response.') && isOpenAiError(event) ? JSON.stringify(event) : null;
}

/** The error of a response that has failed, in the same form. */
export function errorOf({ error, status }: JsonObject): string {
  if (isJsonObject(error)) return JSON.stringify({ error });
  const how = typeof status === 'string' ? status : 'no status';
  const message = typeof error === 'string' ? error : `The response has failed (${how}).`;
  return JSON.stringify({ error: { code: 'server_error', message } });
}
