import type { Chunk } from '../../sdk/chunk.ts';
import type { GatewayError } from '../../sdk/errors.ts';
import type { AnswerDecoder, DecodedEvent, Encoded } from '../../sdk/wire.ts';
import type { JsonText } from '../body/json-text.ts';
import { AnswerTool } from './answer-tool.ts';
import type { AnswerCodec, AnswerEncoder } from './dialect.ts';

/** Reads a provider's answer in its own format and writes it in the client's. */
export class TranslatingCodec implements AnswerCodec {
  readonly #decoder: AnswerDecoder;
  readonly #encoder: AnswerEncoder;
  readonly #toolNames: Encoded['toolNames'];
  readonly #answerTool: AnswerTool | null;
  readonly #onDropped: (name: string) => void;

  /** @param onDropped hears of each thing that the client's dialect has no place for; perhaps of one repeatedly. */
  constructor(
    decoder: AnswerDecoder,
    encoder: AnswerEncoder,
    encoded: Pick<Encoded, 'toolNames' | 'answerTool'>,
    onDropped: (name: string) => void,
  ) {
    this.#decoder = decoder;
    this.#encoder = encoder;
    this.#toolNames = encoded.toolNames;
    this.#answerTool = encoded.answerTool === undefined ? null : new AnswerTool(encoded.answerTool);
    this.#onDropped = onDropped;
  }

  get complete(): boolean {
    return this.#decoder.complete;
  }

  get model(): string | null {
    return this.#decoder.model;
  }

  get early(): AnswerDecoder['early'] {
    return this.#decoder.early;
  }

  get storedItems(): NonNullable<AnswerEncoder['storedItems']> {
    return this.#encoder.storedItems ?? [];
  }

  decodeEvent(data: string, event: string): DecodedEvent {
    return this.#asTheClientKnowsIt(this.#decoder.decodeEvent(data, event));
  }

  decodeWhole(body: JsonText): DecodedEvent {
    return this.#asTheClientKnowsIt(this.#decoder.decodeWhole(body.value));
  }

  encodeEvent(event: DecodedEvent, chunks: readonly Chunk[]): string {
    if (event.kind === 'ping') return this.#encoder.encodePing();
    return this.encodeChunks(chunks);
  }

  encodeWhole(_body: JsonText, _decoded: DecodedEvent, chunks: readonly Chunk[]): string {
    return this.synthesizeWhole(chunks);
  }

  encodeChunks(chunks: readonly Chunk[]): string {
    return chunks.length === 0 ? '' : this.#encoder.encodeChunks(this.#carried(chunks));
  }

  synthesizeWhole(chunks: readonly Chunk[]): string {
    return this.#encoder.synthesizeWhole(this.#carried(chunks));
  }

  encodeEnd(): string {
    return this.#encoder.encodeEnd();
  }

  encodePing(): string {
    return this.#encoder.encodePing();
  }

  encodeError(error: GatewayError): string {
    return this.#encoder.encodeError(error);
  }

  /** What only the provider's own dialect can say stays behind. */
  #carried(chunks: readonly Chunk[]): readonly Chunk[] {
    if (!chunks.some((chunk) => chunk.type === 'opaque')) return chunks;
    return chunks.filter((chunk) => {
      if (chunk.type !== 'opaque') return true;
      if (chunk.name !== undefined) this.#onDropped(chunk.name);
      return false;
    });
  }

  #asTheClientKnowsIt(event: DecodedEvent): DecodedEvent {
    const names = this.#toolNames;
    const tool = this.#answerTool;
    if (event.chunks.length === 0 || (names === undefined && tool === null)) return event;
    let chunks = event.chunks;
    if (names !== undefined) chunks = chunks.map((chunk) => renamed(chunk, names));
    if (tool !== null) chunks = chunks.map((chunk) => tool.asText(chunk));
    return { ...event, chunks };
  }
}

function renamed(chunk: Chunk, names: Readonly<Record<string, string>>): Chunk {
  if (chunk.type !== 'tool_call' || chunk.name === undefined) return chunk;
  const name = names[chunk.name];
  return name === undefined ? chunk : { ...chunk, name };
}
