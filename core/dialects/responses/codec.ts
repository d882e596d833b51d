import type { Chunk } from '../../../sdk/chunk.ts';
import type { GatewayError } from '../../../sdk/errors.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { DecodedEvent } from '../../../sdk/wire.ts';
import type { JsonText } from '../../body/json-text.ts';
import type { AnswerCodec, AnswerMeta } from '../dialect.ts';
import { sameChunks } from '../openai/placement.ts';
import { ResponsesDecoder, type ResponsesEvent } from './decoder.ts';
import { sameEvent } from './events.ts';
import { ProvidedItems } from './provided.ts';
import { storedItems } from './references.ts';
import { ResponseObject, responseOf } from './response-object.ts';
import { rewriteWhole } from './rewrite.ts';
import { AnswerWriter } from './writer.ts';

/**
 * Reads and writes answers of the Responses API. Events go out as they came while nothing is changed. Every text is
 * repeated in later events, so from the first change on (a held-back piece is one) all events are written anew, from
 * what the client has really been told.
 */
export class ResponsesCodec implements AnswerCodec {
  readonly #decoder: ResponsesDecoder;
  readonly #response: ResponseObject;
  readonly #provided = new ProvidedItems();
  #writer: AnswerWriter;
  /** True while every event went out as it came. */
  #same = true;
  /** The last event, unchanged but for ends and usage that wait for the end of the chain. */
  #waiting: ResponsesEvent | null = null;
  /** Ends and usage that have been written. One that comes again means that the answer is told anew. */
  readonly #written = new WeakSet<Chunk>();
  #ended = false;
  #storedItems: AnswerCodec['storedItems'] = [];

  constructor(meta: AnswerMeta) {
    this.#decoder = new ResponsesDecoder(meta.vendor);
    this.#response = new ResponseObject(meta);
    this.#writer = new AnswerWriter(this.#response, this.#provided);
  }

  get complete(): boolean {
    return this.#decoder.complete;
  }

  get model(): string | null {
    return this.#decoder.model;
  }

  get storedItems(): NonNullable<AnswerCodec['storedItems']> {
    return this.#storedItems ?? [];
  }

  decodeEvent(data: string, event: string): ResponsesEvent {
    return this.#decoder.decodeEvent(data, event);
  }

  encodeEvent(event: DecodedEvent, chunks: readonly Chunk[]): string {
    if (event.kind === 'ignore' || event.kind === 'done') return '';
    const own = event as ResponsesEvent;
    if (event.kind === 'ping')
      return this.#same ? (own.raw ?? sameEvent(own.event, own.data)) : this.encodePing();
    if (event.kind === 'error' || own.json === null) return own.raw ?? sameEvent(own.event, own.data);
    this.#note(own.json);
    this.#provided.notePassed(chunks);
    if (this.#same && sameChunks(chunks, event.chunks)) return this.#pass(own, own.json);
    if (this.#same && chunks.length === 0 && event.chunks.every(isTail)) {
      this.#waiting = own;
      return '';
    }
    this.#same = false;
    return this.#write(chunks);
  }

  encodeChunks(chunks: readonly Chunk[]): string {
    if (chunks.some((chunk) => this.#written.has(chunk))) {
      // What was written before was thrown away: a step that wanted the whole answer has changed it.
      this.#provided.restart();
      this.#writer = new AnswerWriter(this.#response, this.#provided);
      this.#same = false;
      this.#ended = false;
      return this.#write(chunks);
    }
    const waiting = this.#waiting;
    if (chunks.length === 0 && waiting === null) return '';
    this.#waiting = null;
    if (waiting?.json && sameTail(waiting.chunks, chunks)) return this.#pass(waiting, waiting.json);
    this.#same = false;
    return this.#write(chunks);
  }

  encodeEnd(): string {
    if (this.#ended || (this.#same && this.#waiting === null && this.#decoder.complete)) return '';
    this.#ended = true;
    const text = this.#writer.end();
    this.#storedItems = storedItems(this.#writer.items);
    return text;
  }

  encodePing(): string {
    return ': ping\n\n';
  }

  /**
   * OpenAI itself sends `error` and then `response.failed`, and clients need both: its SDKs and the AI SDK raise the
   * first, Codex passes over it and reads the second. The fields of `error` are flat as documented and nested as sent.
   */
  encodeError({ code, message, param, type }: GatewayError): string {
    // An answer that failed never ends as a complete one.
    this.#ended = true;
    const error = { type, code, message, param };
    return this.#writer.fail({ code, message }, { code, message, param, error });
  }

  decodeWhole(body: JsonText): DecodedEvent {
    const decoded = this.#decoder.decodeWhole(body.value);
    this.#response.learn(body.value);
    this.#provided.noteOutput(body.value['output']);
    this.#provided.notePassed(decoded.chunks);
    return { ...decoded, data: body.text };
  }

  encodeWhole(body: JsonText, decoded: DecodedEvent, chunks: readonly Chunk[]): string {
    return sameChunks(chunks, decoded.chunks) ? body.text : rewriteWhole(body, decoded.chunks, chunks);
  }

  synthesizeWhole(chunks: readonly Chunk[]): string {
    this.#provided.restart();
    const writer = new AnswerWriter(this.#response, this.#provided);
    writer.write(chunks);
    const response = writer.finished();
    this.#storedItems = storedItems(writer.items);
    return JSON.stringify(response);
  }

  #note(json: JsonObject): void {
    this.#provided.note(json);
    const response = responseOf(json);
    if (response !== null) this.#response.learn(response);
  }

  #pass(event: ResponsesEvent, json: JsonObject): string {
    this.#writer.follow(json, event.chunks);
    this.#noteWritten(event.chunks);
    return event.raw ?? sameEvent(event.event, event.data);
  }

  #write(chunks: readonly Chunk[]): string {
    this.#noteWritten(chunks);
    return this.#writer.write(chunks);
  }

  #noteWritten(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) if (isTail(chunk)) this.#written.add(chunk);
  }
}

function isTail(chunk: Chunk): boolean {
  return chunk.type === 'finish' || chunk.type === 'usage';
}

/** True for the very same ends and usage, in whatever order they waited. */
function sameTail(a: readonly Chunk[], b: readonly Chunk[]): boolean {
  return a.length === b.length && a.every((chunk) => b.includes(chunk));
}
