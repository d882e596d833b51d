import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import type { JsonEdit, JsonText } from '../../body/json-text.ts';

/** True when a client asked for usage at the end of its stream. */
export function wantsUsage(body: JsonText): boolean {
  const options = body.value['stream_options'];
  return isJsonObject(options) && options['include_usage'] === true;
}

/** Edits that ask the provider for usage at the end of a stream. */
export function usageEdits(body: JsonText): readonly JsonEdit[] {
  const value: JsonObject = body.value;
  if (value['stream'] !== true || wantsUsage(body)) return [];
  // Null and other nonsense is replaced, an object keeps its other options.
  return isJsonObject(value['stream_options'])
    ? [{ pointer: '/stream_options/include_usage', value: true }]
    : [{ pointer: '/stream_options', value: { include_usage: true } }];
}
