import type { Chunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { redactedSeal } from './redacted.ts';

const nothing: readonly Chunk[] = [];

/** The content of a whole answer as chunks. */
export function decodeBlocks(content: readonly Json[], issuer: string): Chunk[] {
  const chunks: Chunk[] = [];
  let calls = 0;
  for (const block of content) {
    if (!isJsonObject(block)) continue;
    const { text, toolUse, reasoningContent, citationsContent } = block;
    if (typeof text === 'string') {
      if (text !== '') chunks.push({ type: 'text', choice: 0, text });
    } else if (isCall(toolUse)) {
      const args = JSON.stringify(toolUse['input'] ?? {});
      chunks.push({ ...callHead(toolUse, calls), arguments: args });
      calls += 1;
    } else if (isJsonObject(reasoningContent)) {
      chunks.push(...reasoningOf(reasoningContent, issuer));
    } else if (isJsonObject(citationsContent)) {
      chunks.push(...citedOf(citationsContent));
    } else {
      chunks.push(...opaqueOf(block));
    }
  }
  return chunks;
}

/** A content block of a stream, from its first event to its last. */
export class OpenBlock {
  readonly #issuer: string;
  #call: number | null = null;
  #hasArguments = false;
  /** Pieces of a signature, or of encrypted reasoning in base64. */
  #signature: string[] | null = null;
  #redacted: string[] | null = null;

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  get isCall(): boolean {
    return this.#call !== null;
  }

  /** @param index of the call, if it is one. */
  start(start: Json | undefined, index: number): readonly Chunk[] {
    if (!isJsonObject(start)) return nothing;
    const { toolUse } = start;
    if (!isCall(toolUse)) return opaqueOf(start);
    this.#call = index;
    return [{ ...callHead(toolUse, index), arguments: '' }];
  }

  delta(delta: Json | undefined): readonly Chunk[] {
    if (!isJsonObject(delta)) return nothing;
    const { text, toolUse, reasoningContent, citation } = delta;
    if (typeof text === 'string') return text === '' ? nothing : [{ type: 'text', choice: 0, text }];
    if (isJsonObject(toolUse) && this.#call !== null) return this.#arguments(this.#call, toolUse['input']);
    if (isJsonObject(reasoningContent)) return this.#reasoning(reasoningContent);
    if (citation !== undefined) return [{ type: 'opaque', value: { citation }, name: 'citations' }];
    return opaqueOf(delta);
  }

  /** What could only be said once the block was whole. */
  end(): readonly Chunk[] {
    const chunks: Chunk[] = [];
    // A call without arguments has no delta at all.
    if (this.#call !== null && !this.#hasArguments) {
      chunks.push({ type: 'tool_call', choice: 0, index: this.#call, arguments: '{}' });
    }
    if (this.#signature !== null) chunks.push(sealOf('reasoning', this.#signature.join(''), this.#issuer));
    if (this.#redacted !== null) {
      // Each piece is base64 of its own bytes: the pieces' texts cannot simply be joined.
      const bytes = Buffer.concat(this.#redacted.map((piece) => Buffer.from(piece, 'base64')));
      const value = redactedSeal(bytes.toString('base64'), this.#issuer);
      chunks.push(sealOf('redacted', value, this.#issuer));
    }
    return chunks;
  }

  #arguments(index: number, input: Json | undefined): readonly Chunk[] {
    const args = typeof input === 'string' ? input : input === undefined ? '' : JSON.stringify(input);
    if (args === '') return nothing;
    this.#hasArguments = true;
    return [{ type: 'tool_call', choice: 0, index, arguments: args }];
  }

  #reasoning({ text, signature, redactedContent }: JsonObject): readonly Chunk[] {
    if (typeof signature === 'string' && signature !== '') {
      this.#signature ??= [];
      this.#signature.push(signature);
    }
    if (typeof redactedContent === 'string' && redactedContent !== '') {
      this.#redacted ??= [];
      this.#redacted.push(redactedContent);
    }
    return typeof text === 'string' && text !== '' ? [{ type: 'reasoning', choice: 0, text }] : nothing;
  }
}

function reasoningOf({ reasoningText, redactedContent }: JsonObject, issuer: string): readonly Chunk[] {
  const chunks: Chunk[] = [];
  if (isJsonObject(reasoningText)) {
    const { text, signature } = reasoningText;
    if (typeof text === 'string' && text !== '') chunks.push({ type: 'reasoning', choice: 0, text });
    if (typeof signature === 'string' && signature !== '')
      chunks.push(sealOf('reasoning', signature, issuer));
  }
  if (typeof redactedContent === 'string' && redactedContent !== '') {
    chunks.push(sealOf('redacted', redactedSeal(redactedContent, issuer), issuer));
  }
  return chunks;
}

/** A text with the places that it is taken from. */
function citedOf({ content, citations }: JsonObject): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (const part of Array.isArray(content) ? (content as readonly Json[]) : []) {
    if (isJsonObject(part) && typeof part['text'] === 'string' && part['text'] !== '') {
      chunks.push({ type: 'text', choice: 0, text: part['text'] });
    }
  }
  if (citations !== undefined) chunks.push({ type: 'opaque', value: { citations }, name: 'citations' });
  return chunks;
}

/** A call of a tool that the provider runs itself says so in its `type`, and is none of the client's. */
function isCall(toolUse: Json | undefined): toolUse is JsonObject {
  return isJsonObject(toolUse) && (toolUse['type'] === undefined || toolUse['type'] === 'tool_use');
}

function callHead(toolUse: JsonObject, index: number) {
  const { toolUseId, name } = toolUse;
  return {
    type: 'tool_call',
    choice: 0,
    index,
    id: typeof toolUseId === 'string' ? toolUseId : '',
    name: typeof name === 'string' ? name : '',
  } as const;
}

function sealOf(of: 'reasoning' | 'redacted', value: string, issuer: string): Chunk {
  return { type: 'seal', choice: 0, of, seal: { issuer, value } };
}

function opaqueOf(block: JsonObject): readonly Chunk[] {
  const name = Object.keys(block)[0];
  return name === undefined ? nothing : [{ type: 'opaque', value: block, name }];
}
