import type { PrefixMark } from '../../../sdk/change.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import { cacheControl, prefixPlace } from '../prefix-place.ts';
import { roleOf } from './texts.ts';

/** Edits that place `cache_control` in a chat body, as Claude's users write it there: for bodies that are translated. */
export function prefixMarkEdits(body: JsonObject, marks: readonly PrefixMark[]): JsonEdit[] {
  return marks.flatMap((mark): JsonEdit[] => {
    const pointer = placeOf(body, mark.after);
    return pointer === null ? [] : [{ pointer: `${pointer}/cache_control`, value: cacheControl(mark) }];
  });
}

function placeOf(body: JsonObject, after: string): string | null {
  if (after === 'tools') {
    const { tools } = body;
    const last = Array.isArray(tools)
      ? (tools as readonly Json[]).findLastIndex(
          (tool) => isJsonObject(tool) && isJsonObject(tool['function']),
        )
      : -1;
    return last === -1 ? null : `/tools/${last}`;
  }
  if (after === 'system') {
    const messages = Array.isArray(body['messages']) ? (body['messages'] as readonly JsonObject[]) : [];
    const first = messages.findIndex((message) => roleOf(message) !== 'system');
    const last = (first === -1 ? messages.length : first) - 1;
    return last < 0 ? null : `/messages/${last}`;
  }
  const { index, part } = prefixPlace(body, 'messages', after);
  return part === null ? `/messages/${index}` : `/messages/${index}/content/${part}`;
}
