import type { ToolCallBlock, ToolResultBlock } from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { isMadeUp } from './call-ids.ts';
import type { Encoding } from './encoding.ts';
import { mediaPart } from './media.ts';

/** A tool's answer as Gemini takes it. */
export interface EncodedResult {
  readonly part: JsonObject;
  /** Images and documents that the part cannot hold: they follow in the user's own words. */
  readonly rest: readonly JsonObject[];
}

/** The id of a call for its call and result parts; nothing where Gemini did not give it. */
export function idOf(call: ToolCallBlock, { model }: Encoding): { readonly id?: string } {
  return model.callIds && call.id !== '' && !isMadeUp(call.id) ? { id: call.id } : {};
}

/** The result of a call as a `functionResponse` part. */
export function resultPart(call: ToolCallBlock, result: ToolResultBlock, encoding: Encoding): EncodedResult {
  const texts: string[] = [];
  const inside: JsonObject[] = [];
  const rest: JsonObject[] = [];
  for (const block of result.content) {
    if (block.cache !== undefined) encoding.dropped.add('cache_control');
    if (block.type === 'text') {
      texts.push(block.text);
      continue;
    }
    if (block.type === 'document' && block.source.kind === 'text') {
      texts.push(block.source.text);
      continue;
    }
    const part = mediaPart(block, encoding);
    // Data may stand in the result since Gemini 3, addresses may not.
    const fits = encoding.model.mediaInResults && part['inlineData'] !== undefined;
    (fits ? inside : rest).push(part);
  }
  const name = encoding.names.of(call.name);
  const functionResponse: JsonObject = {
    ...idOf(call, encoding),
    name,
    response: responseOf(texts.join('\n'), result.isError),
    ...(inside.length > 0 ? { parts: inside } : {}),
  };
  if (rest.length > 0) rest.unshift({ text: `Files that ${name} answered with:` });
  return { part: { functionResponse }, rest };
}

/** Always an object: JSON objects as they are, everything else wrapped. */
function responseOf(text: string, isError: boolean): JsonObject {
  const value = parsed(text);
  if (isError) return { error: value };
  return isJsonObject(value) ? value : { result: value };
}

/** JSON objects and lists as such. Numbers stay text: they may be longer than a number can hold. */
function parsed(text: string): Json {
  const start = text.trimStart();
  if (!start.startsWith('{') && !start.startsWith('[')) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
