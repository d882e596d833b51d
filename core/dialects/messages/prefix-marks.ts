import type { PrefixMark, RequestChanges } from '../../../sdk/change.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import { cacheControl, prefixPlace } from '../prefix-place.ts';
import { messagesOf } from './texts.ts';

/** Edits that place `cache_control` in a messages body. A plain text becomes a list of one block, which says the same. */
export function prefixMarkEdits(
  body: JsonObject,
  marks: readonly PrefixMark[],
  texts: RequestChanges['texts'],
): JsonEdit[] {
  return marks.flatMap((mark): JsonEdit[] => {
    const edit = editOf(body, mark, texts);
    return edit === null ? [] : [edit];
  });
}

function editOf(body: JsonObject, mark: PrefixMark, texts: RequestChanges['texts']): JsonEdit | null {
  const { after } = mark;
  if (after === 'tools') return lastOf(body['tools'], '/tools', mark, isMarkableTool);
  if (after === 'system') return contentEdit(body['system'], '/system', null, mark, texts);
  const { index, part } = prefixPlace(body, 'messages', after);
  return contentEdit(messagesOf(body)[index]?.['content'], `/messages/${index}/content`, part, mark, texts);
}

function contentEdit(
  content: Json | undefined,
  pointer: string,
  part: number | null,
  mark: PrefixMark,
  texts: RequestChanges['texts'],
): JsonEdit | null {
  if (part !== null) return { pointer: `${pointer}/${part}/cache_control`, value: cacheControl(mark) };
  if (typeof content !== 'string') return lastOf(content, pointer, mark, isMarkableBlock);
  // The same change may have replaced the text.
  const text = texts?.[pointer] ?? content;
  return text === '' ? null : { pointer, value: [{ type: 'text', text, cache_control: cacheControl(mark) }] };
}

function lastOf(
  list: Json | undefined,
  pointer: string,
  mark: PrefixMark,
  fits: (value: JsonObject) => boolean,
): JsonEdit | null {
  const items = Array.isArray(list) ? (list as readonly Json[]) : [];
  const last = items.findLastIndex((item) => isJsonObject(item) && fits(item));
  return last === -1 ? null : { pointer: `${pointer}/${last}/cache_control`, value: cacheControl(mark) };
}

/** Anthropic refuses a mark on a tool that is loaded later. */
function isMarkableTool(tool: JsonObject): boolean {
  return tool['defer_loading'] !== true;
}

/** Anthropic refuses marks on empty texts and on thinking. */
function isMarkableBlock({ type, text }: JsonObject): boolean {
  return type === 'text' ? text !== '' : type !== 'thinking' && type !== 'redacted_thinking';
}
