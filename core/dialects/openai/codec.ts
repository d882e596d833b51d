import type { Chunk } from '../../../sdk/chunk.ts';
import type { GatewayError } from '../../../sdk/errors.ts';
import type { DecodedEvent } from '../../../sdk/wire.ts';
import type { JsonText } from '../../body/json-text.ts';
import type { AnswerCodec, AnswerMeta } from '../dialect.ts';
import { openAiErrorBody } from '../openai-error.ts';
import { AnswerIdentity } from './identity.ts';
import { type Placement, place, sameChunks } from './placement.ts';
import { type OpenAiEvent, OpenAiReader } from './reader.ts';
import { rewriteEvent, rewriteWhole } from './rewrite.ts';
import type { ChoiceShape } from './shape.ts';
import { doneEvent, pingEvent, sseEvent } from './sse.ts';
import { Synthesizer } from './synthesize.ts';

/** Reads and writes answers of the OpenAI APIs that have choices: chat and text completions. */
export class OpenAiCodec implements AnswerCodec {
  readonly #shape: ChoiceShape;
  readonly #reader: OpenAiReader;
  readonly #synthesizer: Synthesizer;
  /** Where ends and usage came from: a chain may let them wait, and they still leave with their event's own fields. */
  readonly #origins = new WeakMap<Chunk, OpenAiEvent>();
  /** Ends and usage that have been written. One that comes again means that the answer is told anew. */
  readonly #written = new WeakSet<Chunk>();
  /** The provider's own end of the stream. */
  #done: DecodedEvent | null = null;
  #ended = false;

  constructor(shape: ChoiceShape, meta: AnswerMeta) {
    const identity = new AnswerIdentity(meta, shape.idPrefix);
    this.#shape = shape;
    this.#reader = new OpenAiReader(shape, identity);
    this.#synthesizer = new Synthesizer(shape, identity);
  }

  get complete(): boolean {
    return this.#reader.complete;
  }

  get model(): string | null {
    return this.#reader.model;
  }

  decodeEvent(data: string, event: string): DecodedEvent {
    const decoded = this.#reader.decodeEvent(data, event);
    if (decoded.kind === 'done') this.#done = decoded;
    for (const chunk of decoded.chunks) {
      if (isTail(chunk)) this.#origins.set(chunk, decoded);
    }
    return decoded;
  }

  encodeEvent(event: DecodedEvent, chunks: readonly Chunk[]): string {
    if (event.kind === 'done') return this.encodeEnd();
    if (event.kind === 'ignore') return '';
    if (event.kind === 'ping') return event.raw ?? this.encodePing();
    const own = event as OpenAiEvent;
    if (sameChunks(chunks, event.chunks)) {
      for (const choice of own.opens ?? noIndices) this.#synthesizer.opened.add(choice);
      for (const chunk of chunks) this.#note(chunk);
      return event.raw ?? sseEvent(event.data, own.event);
    }
    return this.#rewrite(own, chunks);
  }

  encodeChunks(chunks: readonly Chunk[]): string {
    // What was written before was thrown away: a step that wanted the whole answer has changed it.
    if (chunks.some((chunk) => this.#written.has(chunk))) this.#synthesizer.restart();
    return this.#encode(chunks);
  }

  #encode(chunks: readonly Chunk[]): string {
    let out = '';
    for (let at = 0; at < chunks.length; at++) {
      const chunk = chunks[at] as Chunk;
      const origin = this.#origins.get(chunk);
      if (origin === undefined) {
        if (isTail(chunk)) this.#written.add(chunk);
        out += this.#synthesizer.event(chunk);
        continue;
      }
      const group = [chunk];
      for (
        let next = chunks[at + 1];
        next !== undefined && this.#origins.get(next) === origin;
        next = chunks[at + 1]
      ) {
        group.push(next);
        at++;
      }
      out += this.#rewrite(origin, group);
    }
    return out;
  }

  encodeEnd(): string {
    if (this.#ended) return '';
    this.#ended = true;
    const own = this.#done;
    return this.#synthesizer.end() + (own === null ? doneEvent : (own.raw ?? sseEvent(own.data)));
  }

  encodePing(): string {
    return pingEvent;
  }

  encodeError(error: GatewayError): string {
    // An answer that failed never ends with `[DONE]`.
    this.#ended = true;
    return sseEvent(openAiErrorBody(error));
  }

  decodeWhole(body: JsonText): DecodedEvent {
    return this.#reader.decodeWhole(body.value, body.text);
  }

  encodeWhole(body: JsonText, decoded: DecodedEvent, chunks: readonly Chunk[]): string {
    if (sameChunks(chunks, decoded.chunks)) return body.text;
    return rewriteWhole(body, this.#shape, place(decoded.chunks, chunks));
  }

  synthesizeWhole(chunks: readonly Chunk[]): string {
    return this.#synthesizer.whole(chunks);
  }

  #rewrite(event: OpenAiEvent, chunks: readonly Chunk[]): string {
    const placement = place(event.chunks, chunks);
    const before = placement.before.length === 0 ? '' : this.#encode(placement.before);
    this.#noteOwn(chunks, placement);
    const { opened } = this.#synthesizer;
    const opens = (event.opens ?? noIndices).filter((choice) => !opened.has(choice));
    const again = (event.opens ?? noIndices).filter((choice) => opened.has(choice));
    const data = rewriteEvent(event, this.#shape, placement, opens, again);
    if (data !== null) for (const choice of opens) opened.add(choice);
    const after = placement.after.length === 0 ? '' : this.#encode(placement.after);
    return before + (data === null ? '' : sseEvent(data, event.event)) + after;
  }

  /** Notes the chunks that leave in the event's own fields. */
  #noteOwn(chunks: readonly Chunk[], { before, after }: Placement): void {
    const others = before.length + after.length === 0 ? null : new Set([...before, ...after]);
    for (const chunk of chunks) if (others === null || !others.has(chunk)) this.#note(chunk);
  }

  #note(chunk: Chunk): void {
    if (isTail(chunk)) this.#written.add(chunk);
    this.#synthesizer.note(chunk);
  }
}

const noIndices: readonly number[] = Object.freeze([]);

function isTail(chunk: Chunk): boolean {
  return chunk.type === 'finish' || chunk.type === 'usage';
}
