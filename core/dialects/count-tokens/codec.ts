import type { Chunk } from '../../../sdk/chunk.ts';
import type { GatewayError } from '../../../sdk/errors.ts';
import { isJsonObject } from '../../../sdk/json.ts';
import type { DecodedEvent } from '../../../sdk/wire.ts';
import type { JsonText } from '../../body/json-text.ts';
import type { AnswerCodec } from '../dialect.ts';
import { isMessagesError, messagesError } from '../messages/error.ts';
import { messagesEvent } from '../messages/sse.ts';

/**
 * Reads and writes counts of tokens. They never stream, and what was counted costs nothing: the answer is one opaque
 * chunk, without usage.
 */
export class CountTokensCodec implements AnswerCodec {
  readonly model = null;
  #complete = false;

  get complete(): boolean {
    return this.#complete;
  }

  decodeEvent(data: string): DecodedEvent {
    return { kind: 'error', chunks: [], json: null, data };
  }

  encodeEvent(): string {
    return '';
  }

  encodeChunks(): string {
    return '';
  }

  encodeEnd(): string {
    return '';
  }

  encodePing(): string {
    return messagesEvent('ping', '{"type": "ping"}');
  }

  encodeError(error: GatewayError): string {
    return messagesEvent('error', JSON.stringify(messagesError(error)));
  }

  decodeWhole(body: JsonText): DecodedEvent {
    const json = body.value;
    const { input_tokens: count } = json;
    this.#complete = typeof count === 'number' && !isMessagesError(json);
    if (!this.#complete) return { kind: 'error', chunks: [], json, data: body.text };
    const chunk: Chunk = { type: 'opaque', name: 'input_tokens', value: { input_tokens: count as number } };
    return { kind: 'chunks', chunks: [chunk], json, data: body.text };
  }

  encodeWhole(body: JsonText, decoded: DecodedEvent, chunks: readonly Chunk[]): string {
    // There is no text to change; without the count there is no answer.
    const kept = chunks.includes(decoded.chunks[0] as Chunk);
    return kept || countOf(chunks) === null ? body.text : this.synthesizeWhole(chunks);
  }

  synthesizeWhole(chunks: readonly Chunk[]): string {
    return JSON.stringify({ input_tokens: countOf(chunks) ?? 0 });
  }
}

function countOf(chunks: readonly Chunk[]): number | null {
  for (const chunk of chunks) {
    const count =
      chunk.type === 'opaque' && isJsonObject(chunk.value) ? chunk.value['input_tokens'] : undefined;
    if (typeof count === 'number') return count;
  }
  return null;
}
