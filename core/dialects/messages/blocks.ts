import type { Chunk, RefusalChunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';

/** One block of a provider's answer. */
export interface ProviderBlock {
  /** Its place in `content`, as the provider counts. */
  readonly index: number;
  readonly type: string;
  /** Number of the tool call; -1 for other blocks. */
  readonly call: number;
  /** The block as it began; null where the provider forgot to begin it. */
  readonly start: JsonObject | null;
  /** Pieces of the thinking so far: a signature holds for exactly this text. */
  readonly thinking: string[];
  /** True once arguments of the call came. */
  hasArguments: boolean;
}

/** What a block says as it begins, or all of it in a whole answer. Nothing where only deltas will tell. */
export function readBlock(block: ProviderBlock, whole: boolean, vendor: string, out: Chunk[]): void {
  const value = block.start as JsonObject;
  switch (block.type) {
    case 'text': {
      const text = textOf(value['text']);
      if (text !== '') out.push({ type: 'text', choice: 0, text });
      const { citations } = value;
      if (!whole || !Array.isArray(citations)) return;
      for (const citation of citations as readonly Json[]) {
        out.push(opaqueDelta(block.index, 'citations', { type: 'citations_delta', citation }));
      }
      return;
    }
    case 'thinking': {
      const text = textOf(value['thinking']);
      const signature = textOf(value['signature']);
      if (text !== '') {
        block.thinking.push(text);
        out.push({ type: 'reasoning', choice: 0, text });
      }
      if (signature !== '') out.push(seal('reasoning', vendor, signature));
      return;
    }
    case 'redacted_thinking':
      out.push(seal('redacted', vendor, textOf(value['data'])));
      return;
    case 'tool_use':
      out.push({
        type: 'tool_call',
        choice: 0,
        index: block.call,
        id: textOf(value['id']),
        name: textOf(value['name']),
        arguments: whole ? inputText(value) : '',
      });
      return;
    default:
      out.push({
        type: 'opaque',
        name: block.type,
        value: { type: 'content_block_start', index: block.index, content_block: value },
      });
  }
}

/** What a delta adds to its block. */
export function readDelta(block: ProviderBlock, delta: JsonObject, vendor: string, out: Chunk[]): void {
  const { type } = delta;
  if (type === 'text_delta') {
    const text = textOf(delta['text']);
    if (text !== '') out.push({ type: 'text', choice: 0, text });
  } else if (type === 'thinking_delta') {
    const text = textOf(delta['thinking']);
    if (text === '') return;
    block.thinking.push(text);
    out.push({ type: 'reasoning', choice: 0, text });
  } else if (type === 'signature_delta') {
    const signature = textOf(delta['signature']);
    if (signature !== '') out.push(seal('reasoning', vendor, signature));
  } else if (type === 'input_json_delta' && block.call >= 0) {
    const text = textOf(delta['partial_json']);
    if (text === '') return;
    block.hasArguments = true;
    out.push({ type: 'tool_call', choice: 0, index: block.call, arguments: text });
  } else {
    const name = type === 'citations_delta' ? 'citations' : block.type;
    out.push(opaqueDelta(block.index, name, delta));
  }
}

/** What the end of a block adds: the arguments of a call that came without deltas, `{}` mostly. */
export function readStop(block: ProviderBlock, out: Chunk[]): void {
  if (block.call < 0 || block.hasArguments) return;
  out.push({ type: 'tool_call', choice: 0, index: block.call, arguments: inputText(block.start ?? {}) });
}

/** The words of a refusal that stand in `stop_details`. */
export function readRefusal(holder: JsonObject): RefusalChunk | null {
  const { stop_reason: reason, stop_details: details } = holder;
  if (reason !== 'refusal' || !isJsonObject(details)) return null;
  const text = textOf(details['explanation']);
  return text === '' ? null : { type: 'refusal', choice: 0, text };
}

function seal(of: 'reasoning' | 'redacted', issuer: string, value: string): Chunk {
  return { type: 'seal', choice: 0, of, seal: { issuer, value } };
}

function opaqueDelta(index: number, name: string, delta: JsonObject): Chunk {
  return { type: 'opaque', name, value: { type: 'content_block_delta', index, delta } };
}

function inputText(block: JsonObject): string {
  const { input } = block;
  return typeof input === 'object' && input !== null ? JSON.stringify(input) : '{}';
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
