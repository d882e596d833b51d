import type { Chunk } from '../../../sdk/chunk.ts';
import type { GatewayError } from '../../../sdk/errors.ts';
import { isJsonObject, type Json } from '../../../sdk/json.ts';
import type { DecodedEvent } from '../../../sdk/wire.ts';
import type { JsonText } from '../../body/json-text.ts';
import type { AnswerCodec, AnswerMeta } from '../dialect.ts';
import { place, sameChunks } from '../openai/placement.ts';
import { pingEvent, sseEvent } from '../openai/sse.ts';
import { fromOpenAiUsage, toOpenAiUsage } from '../openai/usage.ts';
import { isOpenAiError, openAiErrorBody } from '../openai-error.ts';

/**
 * Reads and writes embeddings. They never stream: the vectors are one opaque chunk, `{"data": […]}`, in whatever
 * encoding the client asked for.
 */
export class EmbeddingsCodec implements AnswerCodec {
  readonly #meta: AnswerMeta;
  #model: string | null = null;
  #complete = false;

  constructor(meta: AnswerMeta) {
    this.#meta = meta;
  }

  get complete(): boolean {
    return this.#complete;
  }

  get model(): string | null {
    return this.#model;
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
    return pingEvent;
  }

  encodeError(error: GatewayError): string {
    return sseEvent(openAiErrorBody(error));
  }

  decodeWhole(body: JsonText): DecodedEvent {
    const json = body.value;
    const { data, model } = json;
    if (typeof model === 'string' && model !== '') this.#model = model;
    const chunks: Chunk[] = [];
    if (Array.isArray(data)) chunks.push({ type: 'opaque', value: { data } });
    const usage = fromOpenAiUsage(json['usage']);
    if (usage !== null) chunks.push({ type: 'usage', usage });
    this.#complete = Array.isArray(data) && !isOpenAiError(json);
    return { kind: this.#complete ? 'chunks' : 'error', chunks, json, data: body.text };
  }

  encodeWhole(body: JsonText, decoded: DecodedEvent, chunks: readonly Chunk[]): string {
    if (sameChunks(chunks, decoded.chunks)) return body.text;
    const vectors = decoded.chunks.find((chunk) => chunk.type === 'opaque');
    const kept = vectors !== undefined && place(decoded.chunks, chunks).slot(vectors)?.kept === true;
    if (kept) return body.text;
    return body.edit([{ pointer: '/data', value: dataOf(chunks) }]);
  }

  synthesizeWhole(chunks: readonly Chunk[]): string {
    const usage = chunks.findLast((chunk) => chunk.type === 'usage')?.usage;
    const counts = usage === undefined ? undefined : toOpenAiUsage(usage);
    return JSON.stringify({
      object: 'list',
      data: dataOf(chunks),
      model: this.#model ?? this.#meta.model,
      usage: { prompt_tokens: counts?.['prompt_tokens'] ?? 0, total_tokens: counts?.['total_tokens'] ?? 0 },
    });
  }
}

function dataOf(chunks: readonly Chunk[]): readonly Json[] {
  for (const chunk of chunks) {
    if (chunk.type === 'opaque' && isJsonObject(chunk.value) && Array.isArray(chunk.value['data'])) {
      return chunk.value['data'];
    }
  }
  return [];
}
