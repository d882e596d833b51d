import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { openSeal } from '../../../sdk/seal.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import type { ForeignBlocks } from '../dialect.ts';
import { homeVendor } from './encoder.ts';
import { messagesOf } from './texts.ts';

const nothing: ForeignBlocks = Object.freeze({ edits: [], dropped: [] });

/**
 * Takes thinking out of a request that its target did not sign, and unwraps what it did. A message left without content
 * goes as a whole.
 *
 * Where the tool loop under way loses the thinking that began it, Anthropic's models with a thinking budget refuse the
 * request ("Expected `thinking` …, but found `tool_use`"): then it goes without thinking.
 */
export function foreignBlocks(body: JsonObject, vendor: string, home: string | null): ForeignBlocks {
  const edits: JsonEdit[] = [];
  const messages = messagesOf(body);
  const owner = home ?? homeVendor;
  const start = loopStart(messages);
  let removed = false;
  let loopBroken = false;
  for (const [index, message] of messages.entries()) {
    const { content } = message;
    if (!Array.isArray(content)) continue;
    let gone = 0;
    const from = edits.length;
    for (const [at, block] of (content as readonly Json[]).entries()) {
      if (!isJsonObject(block)) continue;
      const { type } = block;
      if (type !== 'thinking' && type !== 'redacted_thinking') continue;
      const field = type === 'thinking' ? 'signature' : 'data';
      const pointer = `/messages/${index}/content/${at}`;
      const value = unwrapped(block[field], field, vendor, owner);
      if (value === null) {
        gone++;
        edits.push({ pointer, value: undefined });
      } else if (value !== block[field] && value !== undefined) {
        edits.push({ pointer: `${pointer}/${field}`, value });
      }
    }
    if (gone === 0) continue;
    removed = true;
    loopBroken ||= index === start;
    if (gone < content.length) continue;
    edits.length = from;
    edits.push({ pointer: `/messages/${index}`, value: undefined });
  }
  if (edits.length === 0) return nothing;
  const dropped = removed ? ['reasoning'] : [];
  const { thinking } = body;
  if (loopBroken && isJsonObject(thinking) && thinking['type'] === 'enabled') {
    edits.push({ pointer: '/thinking', value: { type: 'disabled' } });
    dropped.push('thinking');
  }
  return { edits, dropped };
}

/** What the target gets for a signature or encrypted text: null where it is not its own. */
function unwrapped(
  text: Json | undefined,
  field: 'signature' | 'data',
  vendor: string,
  owner: string,
): Json | null | undefined {
  const opened = typeof text === 'string' ? openSeal(text) : null;
  if (opened === null) return owner === vendor ? text : null;
  const fits = opened.of === (field === 'signature' ? 'reasoning' : 'redacted');
  return fits && opened.seal.issuer === vendor ? opened.seal.value : null;
}

/** Index of the assistant message that began the tool loop under way; -1 where there is none. */
export function loopStart(messages: readonly JsonObject[]): number {
  let start = -1;
  for (let index = messages.length - 1; index >= 0; index--) {
    const { role, content } = messages[index] as JsonObject;
    const has = (type: string) =>
      Array.isArray(content) &&
      (content as readonly Json[]).some((block) => isJsonObject(block) && block['type'] === type);
    if (role === 'assistant') {
      if (!has('tool_use')) return start;
      start = index;
    } else if (role === 'user' && !has('tool_result')) return start;
  }
  return start;
}
