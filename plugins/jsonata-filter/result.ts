import { isJsonObject, type Json } from '../../sdk/index.ts';
import type { Evaluated } from './message.ts';

/** What a filter makes of a text. */
export interface Filtered {
  /** In the place of the text; undefined where it stays. */
  readonly text?: string;
  /** Why nothing of it goes out; undefined where it may. */
  readonly block?: string;
  /** A code of one's own for the refusal. */
  readonly code?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

const members = new Set(['text', 'block', 'code', 'tags']);
const maxTags = 16;
const maxTagChars = 200;
const maxMessageChars = 500;

/**
 * Reads what an expression gave: nothing and null leave the text as it is, a text replaces it, an object says more.
 *
 * @throws Error where it is anything else; the message does not hold it.
 */
export function readResult(result: Evaluated): Filtered {
  if ('none' in result || result.value === null) return {};
  const { value } = result;
  if (typeof value === 'string') return { text: value };
  if (!isJsonObject(value)) {
    const came = Array.isArray(value) ? 'a list' : typeof value;
    throw new Error(`expected a text, an object or nothing, came ${came}`);
  }
  const unknown = Object.keys(value).find((name) => !members.has(name));
  if (unknown !== undefined) {
    throw new Error('expected an object with text, block, code and tags alone, came another member');
  }
  const { text, block, code, tags } = value;
  if (text !== undefined && typeof text !== 'string') throw new Error('text: expected a text');
  if (code !== undefined && (typeof code !== 'string' || !/^[a-z][a-z0-9_]{0,63}$/.test(code))) {
    throw new Error('code: expected a name such as no_prices');
  }
  return {
    ...(text === undefined ? undefined : { text }),
    ...blockOf(block),
    ...(code === undefined ? undefined : { code }),
    ...(tags === undefined ? undefined : { tags: tagsOf(tags) }),
  };
}

function blockOf(block: Json | undefined): { readonly block?: string } {
  if (block === undefined || block === null || block === false) return {};
  if (block === true) return { block: '' };
  if (typeof block === 'string') return { block: block.slice(0, maxMessageChars) };
  throw new Error('block: expected true, false or the message for the client');
}

function tagsOf(tags: Json): Record<string, string> {
  if (!isJsonObject(tags)) throw new Error('tags: expected an object of texts');
  const entries = Object.entries(tags);
  if (entries.length > maxTags) throw new Error(`tags: expected at most ${maxTags}`);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
        throw new Error('tags: expected texts, numbers or true and false');
      }
      if (!/^[\w.-]{1,64}$/.test(name))
        throw new Error('tags: expected names of letters, digits, ., _ and -');
      return [name, String(value).slice(0, maxTagChars)];
    }),
  );
}
