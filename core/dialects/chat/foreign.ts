import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import type { ForeignBlocks } from '../dialect.ts';
import { homeVendor, readDetail, thoughtSignature } from './details.ts';

const nothing: ForeignBlocks = Object.freeze({ edits: [], dropped: [] });

/**
 * What a chat request must not show to a vendor's models: reasoning that another vendor signed or encrypted. Reasoning
 * without a seal stays, it is the provider's to judge.
 *
 * @param home vendor of reasoning whose format names none; null for OpenAI.
 */
export function foreignReasoning(body: JsonObject, vendor: string, home: string | null): ForeignBlocks {
  const messages = body['messages'];
  if (!Array.isArray(messages)) return nothing;
  let edits: JsonEdit[] | null = null;
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index] as Json;
    if (!isJsonObject(message) || message['role'] !== 'assistant') continue;
    const { reasoning_details: details, thinking_blocks: thinking } = message;
    const { tool_calls: calls, extra_content: extra, thought_signature: signature } = message;
    if ([details, thinking, calls, extra, signature].every((field) => field === undefined)) continue;
    edits ??= [];
    const at = `/messages/${index}`;
    removeFrom(details, `${at}/reasoning_details`, edits, (detail) => {
      const seal = readDetail(detail, home ?? homeVendor)?.seal;
      return seal !== undefined && seal !== null && seal.issuer !== vendor;
    });
    if (vendor !== 'anthropic') removeFrom(thinking, `${at}/thinking_blocks`, edits, isSigned);
    if (vendor !== 'google') removeSignatures(message, at, edits);
  }
  return edits === null || edits.length === 0 ? nothing : { edits, dropped: ['reasoning'] };
}

/** Takes entries out of a list; the whole list where nothing would be left. */
function removeFrom(
  list: Json | undefined,
  pointer: string,
  edits: JsonEdit[],
  isForeign: (entry: Json) => boolean,
): void {
  if (!Array.isArray(list)) return;
  const positions = [...list.keys()].filter((position) => isForeign(list[position] as Json));
  if (positions.length === 0) return;
  if (positions.length === list.length) edits.push({ pointer, value: undefined });
  else for (const position of positions) edits.push({ pointer: `${pointer}/${position}`, value: undefined });
}

/** LiteLLM's blocks are Anthropic's own: signed thinking, and encrypted. */
function isSigned(block: Json): boolean {
  if (!isJsonObject(block)) return false;
  const { signature, data } = block;
  return (typeof signature === 'string' && signature !== '') || (typeof data === 'string' && data !== '');
}

function removeSignatures(message: JsonObject, at: string, edits: JsonEdit[]): void {
  removeSignature(message['extra_content'], `${at}/extra_content`, edits);
  // An older form of Google's compatible endpoint.
  if (typeof message['thought_signature'] === 'string') {
    edits.push({ pointer: `${at}/thought_signature`, value: undefined });
  }
  const calls = message['tool_calls'];
  if (!Array.isArray(calls)) return;
  for (let position = 0; position < calls.length; position++) {
    const call = calls[position] as Json;
    if (isJsonObject(call)) {
      removeSignature(call['extra_content'], `${at}/tool_calls/${position}/extra_content`, edits);
    }
  }
}

function removeSignature(extra: Json | undefined, pointer: string, edits: JsonEdit[]): void {
  if (!isJsonObject(extra) || thoughtSignature(extra) === '') return;
  const others = Object.keys(extra).length > 1;
  edits.push({ pointer: others ? `${pointer}/google` : pointer, value: undefined });
}
