import type { Json } from '../../sdk/json.ts';

/** Places of a text that are tried, and characters of each. */
const maxStarts = 64;
const maxChars = 65_536;

/** JSON as models write it, also within a fence; undefined for anything else. */
export function jsonOf(text: string): Json | undefined {
  const trimmed = text.trim();
  const body =
    trimmed.startsWith('```') && trimmed.endsWith('```')
      ? trimmed.slice(trimmed.indexOf('\n') + 1, -3)
      : trimmed;
  try {
    return JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
}

/**
 * The first object or list within a text that is wanted, else the first of all; undefined where there is none. Of a text
 * with many brackets only the first ones are tried.
 */
export function jsonWithin(text: string, isWanted: (value: Json) => boolean): Json | undefined {
  let first: Json | undefined;
  let index = 0;
  for (let tried = 0; tried < maxStarts; tried++) {
    const start = text.slice(index).search(/[[{]/);
    if (start === -1) break;
    index += start;
    const end = endOf(text, index);
    const value = end === -1 ? undefined : jsonOf(text.slice(index, end));
    if (value !== undefined && isWanted(value)) return value;
    first ??= value;
    index = value === undefined ? index + 1 : end;
  }
  return first;
}

/** The end of what opens at `start`; -1 where it does not close. */
function endOf(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let index = start; index < Math.min(text.length, start + maxChars); index++) {
    const char = text[index];
    if (inString) {
      if (char === '\\') index++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      depth--;
      if (depth === 0) return index + 1;
    }
  }
  return -1;
}
