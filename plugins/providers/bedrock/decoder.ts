import type { Chunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { AnswerDecoder, DecodedEvent } from '../../../sdk/wire.ts';
import { decodeBlocks, OpenBlock } from './answer-blocks.ts';
import { finishOf, stopSequenceOf } from './finish.ts';
import { endOfStream } from './framing.ts';
import { fromConverseUsage } from './usage.ts';

const nothing: readonly Chunk[] = [];

/** Reads answers of Converse and ConverseStream. */
export class ConverseDecoder implements AnswerDecoder {
  readonly #issuer: string;
  readonly #open = new Map<Json | undefined, OpenBlock>();
  #calls = 0;
  #stop: JsonObject | null = null;
  #metadata = false;
  #finished = false;
  #complete = false;

  /** @param issuer vendor of the seals in the answer. */
  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  get complete(): boolean {
    return this.#complete;
  }

  /** Converse does not say. */
  get model(): null {
    return null;
  }

  decodeEvent(data: string, event: string): DecodedEvent {
    if (event === endOfStream) return this.#chunks(this.#finish(), null, data);
    const json = parse(data);
    if (json === null) return { kind: 'error', chunks: nothing, json, data };
    switch (event) {
      case 'contentBlockStart':
        return this.#chunks(this.#start(json), json, data);
      case 'contentBlockDelta':
        return this.#chunks(this.#block(json['contentBlockIndex']).delta(json['delta']), json, data);
      case 'contentBlockStop':
        return this.#chunks(this.#close(json['contentBlockIndex']), json, data);
      case 'messageStop':
        return this.#chunks(this.#messageStop(json), json, data);
      case 'metadata':
        return this.#chunks(this.#readMetadata(json), json, data);
      case 'messageStart':
        return this.#chunks(nothing, json, data);
    }
    return errorEvent(json, event) ?? { kind: 'ignore', chunks: nothing, json, data };
  }

  decodeWhole(body: JsonObject): DecodedEvent {
    const { output } = body;
    const message = isJsonObject(output) ? output['message'] : undefined;
    const content = isJsonObject(message) ? message['content'] : undefined;
    const data = JSON.stringify(body);
    if (!Array.isArray(content)) return { kind: 'error', chunks: nothing, json: body, data };
    const chunks = decodeBlocks(content as readonly Json[], this.#issuer);
    this.#calls = chunks.filter((chunk) => chunk.type === 'tool_call').length;
    chunks.push(...this.#readMetadata(body));
    chunks.push(...this.#messageStop(body));
    return { kind: 'chunks', chunks, json: body, data };
  }

  #chunks(chunks: readonly Chunk[], json: JsonObject | null, data: string): DecodedEvent {
    return { kind: 'chunks', chunks, json, data };
  }

  #start(json: JsonObject): readonly Chunk[] {
    const index = json['contentBlockIndex'];
    const before = this.#close(index);
    const block = this.#block(index);
    const chunks = block.start(json['start'], this.#calls);
    if (block.isCall) this.#calls += 1;
    return before.length === 0 ? chunks : [...before, ...chunks];
  }

  /** Only calls are announced by a start; a block of another kind is there with its first delta. */
  #block(index: Json | undefined): OpenBlock {
    let block = this.#open.get(index);
    if (block === undefined) {
      block = new OpenBlock(this.#issuer);
      this.#open.set(index, block);
    }
    return block;
  }

  #close(index: Json | undefined): readonly Chunk[] {
    const block = this.#open.get(index);
    if (block === undefined) return nothing;
    this.#open.delete(index);
    return block.end();
  }

  #messageStop(json: JsonObject): Chunk[] {
    const chunks: Chunk[] = [];
    for (const index of [...this.#open.keys()]) chunks.push(...this.#close(index));
    this.#stop = json;
    this.#complete = true;
    // Usage comes after the stop. A finish before it would be written without it.
    if (this.#metadata) chunks.push(...this.#finish());
    return chunks;
  }

  #readMetadata(json: JsonObject): Chunk[] {
    const chunks: Chunk[] = [];
    const { trace } = json;
    if (isJsonObject(trace)) chunks.push({ type: 'opaque', value: { trace }, name: 'guardrail trace' });
    const usage = fromConverseUsage(json['usage']);
    if (usage !== null) chunks.push({ type: 'usage', usage });
    this.#metadata = true;
    chunks.push(...this.#finish());
    return chunks;
  }

  #finish(): readonly Chunk[] {
    if (this.#stop === null || this.#finished) return nothing;
    this.#finished = true;
    const { stopReason } = this.#stop;
    const reason = finishOf(stopReason, this.#calls > 0);
    const sequence = stopSequenceOf(this.#stop['additionalModelResponseFields']);
    return [
      { type: 'finish', choice: 0, reason, ...(sequence === undefined ? {} : { stopSequence: sequence }) },
    ];
  }
}

/** Exceptions are named so; where the name is lost the payload may still have it. */
function errorEvent(json: JsonObject, event: string): DecodedEvent | null {
  if (typeof json['__type'] !== 'string' && !/(?:exception|error|failure)$/i.test(event)) return null;
  return { kind: 'error', chunks: nothing, json, data: JSON.stringify({ __type: event, ...json }) };
}

function parse(text: string): JsonObject | null {
  try {
    const json = JSON.parse(text) as Json;
    return isJsonObject(json) ? json : null;
  } catch {
    return null;
  }
}
