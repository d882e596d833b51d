import type { Chunk } from '../../sdk/chunk.ts';
import type { GatewayError } from '../../sdk/errors.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { DecodedEvent } from '../../sdk/wire.ts';
import type { JsonText } from '../body/json-text.ts';
import type { AnswerCodec } from './dialect.ts';

/** Rewrites a provider's body into the client's dialect; null where it is no answer of the API. */
export type AdaptAnswer = (body: JsonObject) => JsonText | null;

/** Reads a whole answer that is rewritten into the client's dialect first. */
export class AdaptingCodec implements AnswerCodec {
  readonly #inner: AnswerCodec;
  readonly #adapt: AdaptAnswer;
  #adapted: JsonText | null = null;

  constructor(inner: AnswerCodec, adapt: AdaptAnswer) {
    this.#inner = inner;
    this.#adapt = adapt;
  }

  get complete(): boolean {
    return this.#inner.complete;
  }

  get model(): string | null {
    return this.#inner.model;
  }

  decodeEvent(data: string): DecodedEvent {
    return { kind: 'error', chunks: [], json: null, data };
  }

  decodeWhole(body: JsonText): DecodedEvent {
    this.#adapted = this.#adapt(body.value);
    if (this.#adapted === null) return { kind: 'error', chunks: [], json: body.value, data: body.text };
    return this.#inner.decodeWhole(this.#adapted);
  }

  encodeEvent(event: DecodedEvent, chunks: readonly Chunk[]): string {
    return this.#inner.encodeEvent(event, chunks);
  }

  encodeWhole(body: JsonText, decoded: DecodedEvent, chunks: readonly Chunk[]): string {
    return this.#inner.encodeWhole(this.#adapted ?? body, decoded, chunks);
  }

  encodeChunks(chunks: readonly Chunk[]): string {
    return this.#inner.encodeChunks(chunks);
  }

  synthesizeWhole(chunks: readonly Chunk[]): string {
    return this.#inner.synthesizeWhole(chunks);
  }

  encodeEnd(): string {
    return this.#inner.encodeEnd();
  }

  encodePing(): string {
    return this.#inner.encodePing();
  }

  encodeError(error: GatewayError): string {
    return this.#inner.encodeError(error);
  }
}
