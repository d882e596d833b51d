import type { Chunk, UsageChunk } from '../../../sdk/chunk.ts';
import type { GatewayError } from '../../../sdk/errors.ts';
import type { DecodedEvent } from '../../../sdk/wire.ts';
import type { JsonText } from '../../body/json-text.ts';
import type { AnswerCodec, AnswerMeta } from '../dialect.ts';
import { sameChunks } from '../openai/placement.ts';
import { MessagesDecoder, type MessagesEvent, type MessagesWhole } from './decoder.ts';
import { BlockEncoder } from './encoder.ts';
import { messagesError } from './error.ts';
import { MessageFrame } from './frame.ts';
import { EventRelay, eventText } from './relay.ts';
import { WholeSink } from './sinks.ts';
import { messagesEvent } from './sse.ts';
import { rewriteWhole } from './whole.ts';

/**
 * Reads and writes answers of the messages dialect. What nobody changed goes out as it came; what was changed is written
 * into its event where there is room, and as blocks of its own where there is none. Whatever the chain does, the client
 * sees one open block at a time, numbered without gaps, one end, and that last.
 */
export class MessagesCodec implements AnswerCodec {
  readonly #decoder: MessagesDecoder;
  readonly #frame: MessageFrame;
  #relay: EventRelay;
  /** Events of this dialect have passed. */
  #native = false;
  #ended = false;

  constructor(meta: AnswerMeta) {
    this.#decoder = new MessagesDecoder(meta.vendor, true);
    this.#frame = new MessageFrame(meta, this.#decoder);
    this.#relay = new EventRelay(this.#frame, this.#decoder);
  }

  get complete(): boolean {
    return this.#decoder.complete;
  }

  get model(): string | null {
    return this.#decoder.model;
  }

  get early(): UsageChunk | null {
    return this.#decoder.early;
  }

  decodeEvent(data: string, event: string): DecodedEvent {
    const decoded = this.#decoder.decodeEvent(data, event);
    this.#frame.learn(decoded, event);
    return decoded;
  }

  decodeWhole(body: JsonText): DecodedEvent {
    return { ...this.#decoder.decodeWhole(body.value), data: body.text };
  }

  encodeEvent(event: DecodedEvent, chunks: readonly Chunk[]): string {
    if (event.kind === 'done') return this.encodeEnd();
    if (event.kind === 'ignore') return '';
    if (event.kind === 'error') return eventText(event as MessagesEvent);
    this.#native = true;
    this.#relay.event(event as MessagesEvent, chunks);
    return this.#relay.take();
  }

  encodeChunks(chunks: readonly Chunk[]): string {
    const again = chunks.some((chunk) => this.#frame.hasWritten(chunk));
    // What was written before was thrown away: a step that wanted the whole answer has changed it. After the provider's
    // own end nothing else can come.
    if (again || (this.#native && this.#frame.finished)) {
      this.#frame.restart();
      this.#relay = new EventRelay(this.#frame, this.#decoder);
    }
    this.#relay.write(chunks);
    return this.#relay.take();
  }

  encodeEnd(): string {
    if (this.#ended) return '';
    this.#ended = true;
    this.#relay.end();
    return this.#relay.take();
  }

  encodeIdle(raw: string): string {
    this.#relay.idle(raw);
    return this.#relay.take();
  }

  encodePing(): string {
    return messagesEvent('ping', '{"type": "ping"}');
  }

  encodeError(error: GatewayError): string {
    // An answer that failed never ends with `message_stop`.
    this.#ended = true;
    return messagesEvent('error', JSON.stringify(messagesError(error)));
  }

  encodeWhole(body: JsonText, decoded: DecodedEvent, chunks: readonly Chunk[]): string {
    if (sameChunks(chunks, decoded.chunks)) return body.text;
    return rewriteWhole(body, decoded as MessagesWhole, chunks, this.#decoder);
  }

  synthesizeWhole(chunks: readonly Chunk[]): string {
    const sink = new WholeSink();
    const encoder = new BlockEncoder(sink, this.#frame.id, this.#decoder);
    for (const chunk of chunks) encoder.write(chunk);
    encoder.settle();
    return this.#frame.whole(sink.content, encoder);
  }
}
