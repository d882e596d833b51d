import { GatewayError } from '../../sdk/errors.ts';
import { isJsonObject, type JsonObject } from '../../sdk/json.ts';

/**
 * The JSON object in a body; `{}` for an empty one.
 *
 * @throws GatewayError 400 that holds nothing of the text: it may have a key in it.
 */
export function jsonBody(bytes: Buffer): JsonObject {
  const text = bytes.toString('utf8');
  if (text.trim() === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new GatewayError('invalid_request', 'Expected a JSON object; the body is no JSON.');
  }
  if (isJsonObject(body)) return body;
  throw new GatewayError('invalid_request', 'Expected a JSON object; the body is JSON, but no object.');
}
