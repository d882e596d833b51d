import type { GatewayError } from '../../sdk/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';

/** The error as OpenAI clients expect it: `{"error":{"message","type","param","code"}}`. */
export function openAiErrorBody(error: GatewayError): string {
  return JSON.stringify({
    error: { message: error.message, type: error.type, param: error.param, code: error.code },
  });
}

/**
 * True for an answer or a stream event that is an error, whatever its status said: OpenAI's `error` object, an
 * error text, vLLM's `object: "error"`, FastAPI's `detail`, and an error inside a choice (OpenRouter).
 */
export function isOpenAiError(value: JsonObject): boolean {
  const { error, choices } = value;
  if (error !== undefined && error !== null && error !== false && error !== '') return true;
  if (Array.isArray(choices)) return choices.some(hasError);
  return value['object'] === 'error' || (value['detail'] !== undefined && value['data'] === undefined);
}

function hasError(choice: Json): boolean {
  return isJsonObject(choice) && isJsonObject(choice['error']);
}
