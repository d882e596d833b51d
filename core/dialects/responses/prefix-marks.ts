import type { PrefixMark } from '../../../sdk/change.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import { prefixPlace } from '../prefix-place.ts';
import { isMessage, itemsOf, roleOf } from './texts.ts';

/**
 * Edits that place OpenAI's `prompt_cache_breakpoint` in a responses body that is to be translated. Instructions have no
 * place for it, so they become a leading system message, which is translated alike. Tools have none either: the mark of
 * what follows them counts for them, too.
 */
export function prefixMarkEdits(body: JsonObject, marks: readonly PrefixMark[]): JsonEdit[] {
  const edits: JsonEdit[] = [];
  const leading: Json[] = [];
  const { input, instructions } = body;
  let text: Json | null = typeof input === 'string' && input !== '' ? { role: 'user', content: input } : null;
  for (const mark of marks) {
    if (mark.after === 'tools') continue;
    if (mark.after === 'system') {
      const last = lastSystem(body);
      if (last !== null) edits.push(...contentEdits(itemsOf(body)[last]!, `/input/${last}`, null, mark));
      else if (typeof instructions === 'string' && instructions !== '') {
        leading.push({ role: 'system', content: [marked(instructions, mark)] });
      }
    } else if (mark.after === '/input') {
      if (text !== null) text = { role: 'user', content: [marked(input as string, mark)] };
    } else {
      const { index, part } = prefixPlace(body, 'input', mark.after);
      edits.push(...contentEdits(itemsOf(body)[index]!, `/input/${index}`, part, mark));
    }
  }
  if (leading.length > 0) edits.push({ pointer: '/instructions', value: undefined });
  if (Array.isArray(input)) {
    for (const value of leading) {
      edits.push(
        input.length === 0
          ? { pointer: '/input', value: [value] }
          : { pointer: '/input/0', value, insert: true },
      );
    }
  } else if (leading.length > 0 || (text !== null && isJsonObject(text) && Array.isArray(text['content']))) {
    edits.push({ pointer: '/input', value: text === null ? leading : [...leading, text] });
  }
  return edits;
}

/** The last of the system messages that the input begins with; null where it begins with something else. */
function lastSystem(body: JsonObject): number | null {
  const items = itemsOf(body);
  const first = items.findIndex((item) => !isMessage(item) || roleOf(item) !== 'system');
  const last = (first === -1 ? items.length : first) - 1;
  return last < 0 ? null : last;
}

function contentEdits(item: JsonObject, pointer: string, part: number | null, mark: PrefixMark): JsonEdit[] {
  const { content } = item;
  if (typeof content === 'string') {
    return content === '' ? [] : [{ pointer: `${pointer}/content`, value: [marked(content, mark)] }];
  }
  if (!Array.isArray(content) || content.length === 0) return [];
  const at = part ?? content.length - 1;
  return [{ pointer: `${pointer}/content/${at}/prompt_cache_breakpoint`, value: breakpoint(mark) }];
}

function marked(text: string, mark: PrefixMark): Json {
  return { type: 'input_text', text, prompt_cache_breakpoint: breakpoint(mark) };
}

/** Five minutes is what a mark means without a `ttl`. */
function breakpoint({ ttl }: PrefixMark): Json {
  return ttl === '5m' ? {} : { ttl };
}
