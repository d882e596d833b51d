import type { PrefixMark } from '../../sdk/change.ts';
import type { Json, JsonObject } from '../../sdk/json.ts';
import { pointerTokens } from '../body/json-pointer.ts';

/** Where the text of a pointer stands: in which message, and in which block of it where its content is a list. */
export interface PrefixPlace {
  readonly index: number;
  readonly part: number | null;
}

/**
 * Reads a pointer into a list of messages, such as `/messages/0/content/1/text`.
 *
 * @param list name of the member that holds the messages.
 * @throws Error for a pointer that leads to no text of a message.
 */
export function prefixPlace(body: JsonObject, list: 'messages' | 'input', pointer: string): PrefixPlace {
  const [member, at, field, part] = pointerTokens(pointer);
  const messages = body[list];
  const index = Number(at);
  const message = Array.isArray(messages) && Number.isInteger(index) ? (messages[index] as Json) : undefined;
  if (member !== list || typeof message !== 'object' || message === null || field === undefined) {
    throw new Error(
      `changes.cacheMarks: there is no message at "${pointer}"; use "tools", "system" or a pointer of view.texts.`,
    );
  }
  const number = part === undefined ? Number.NaN : Number(part);
  return { index, part: field === 'content' && Number.isInteger(number) ? number : null };
}

/** Anthropic's mark. Five minutes is what it means without a `ttl`. */
export function cacheControl({ ttl }: PrefixMark): Json {
  return ttl === '5m' ? { type: 'ephemeral' } : { type: 'ephemeral', ttl };
}
