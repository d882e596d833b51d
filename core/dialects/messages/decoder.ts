import type { Chunk, FinishChunk, UsageChunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { AnswerDecoder, DecodedEvent } from '../../../sdk/wire.ts';
import { type ProviderBlock, readBlock, readDelta, readRefusal, readStop } from './blocks.ts';
import { isMessagesError } from './error.ts';
import { fromStopReason } from './finish.ts';
import { UsageReader } from './usage.ts';

/** The part that an event plays in a stream. */
export type Step =
  | 'message_start'
  | 'content_block_start'
  | 'content_block_delta'
  | 'content_block_stop'
  | 'message_delta'
  | 'message_stop'
  | 'ping'
  | 'other';

/** A decoded event, with what only the codec of this dialect needs to know of it. */
export interface MessagesEvent extends DecodedEvent {
  readonly step: Step;
  /** Name for the `event` line. */
  readonly event: string;
  /** The block that the event belongs to. */
  readonly block: ProviderBlock | null;
}

/** A decoded whole answer. */
export interface MessagesWhole extends DecodedEvent {
  /** The block that each chunk was read from; null for the answer's end and usage. */
  readonly blocks: readonly (ProviderBlock | null)[];
}

const steps: ReadonlySet<string> = new Set<Step>([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'ping',
]);
const noChunks: readonly Chunk[] = Object.freeze([]);

/**
 * Reads answers in Anthropic's format.
 *
 * The usage of `message_start` leaves with the first event that shows the model at work: until then an error may still
 * send the request elsewhere, and a first chunk would commit it to this provider.
 */
export class MessagesDecoder implements AnswerDecoder {
  readonly #vendor: string;
  /** Pings and unknown events count as events of the answer, so that they are passed on. */
  readonly #relay: boolean;
  readonly #usage = new UsageReader();
  readonly #blocks = new Map<number, ProviderBlock>();
  /** The provider's own word for an end, and its details. */
  readonly #words = new WeakMap<Chunk, string>();
  readonly #details = new WeakMap<Chunk, JsonObject>();
  /** The text that each signature was made for. */
  readonly #signed = new Map<string, string>();
  #id: string | null = null;
  #model: string | null = null;
  #block: ProviderBlock | null = null;
  #early: UsageChunk | null = null;
  #pings = 0;
  #calls = 0;
  #finish: FinishChunk | null = null;
  #complete = false;

  /** @param vendor issuer of the seals. @param relay events that say nothing are passed on, for a client of this dialect. */
  constructor(vendor: string, relay: boolean) {
    this.#vendor = vendor;
    this.#relay = relay;
  }

  get complete(): boolean {
    return this.#complete;
  }

  get model(): string | null {
    return this.#model;
  }

  /** The id of the message; null where it names none (yet). */
  get id(): string | null {
    return this.#id;
  }

  /** The word that an end was read from, such as `pause_turn`. */
  wordOf(chunk: Chunk): string | undefined {
    return this.#words.get(chunk);
  }

  /** The `stop_details` that a refusal was read from. */
  detailsOf(chunk: Chunk): JsonObject | undefined {
    return this.#details.get(chunk);
  }

  /** The thinking that a signature was made for. */
  signedText(signature: string): string | undefined {
    return this.#signed.get(signature);
  }

  /** A call's block as the provider began it. */
  callBlock(call: number): JsonObject | undefined {
    for (const block of this.#blocks.values()) if (block.call === call) return block.start ?? undefined;
    return undefined;
  }

  decodeEvent(data: string, event: string): DecodedEvent {
    const json = parse(data);
    if (json === null) {
      if (event === 'ping') return this.#ping(data, event, null);
      const kind = data === '' || data.trim() === '[DONE]' ? 'ignore' : 'error';
      return { kind, chunks: noChunks, json: null, data };
    }
    const type = typeof json['type'] === 'string' ? json['type'] : event;
    const name = event !== '' ? event : steps.has(type) || type === 'error' ? type : '';
    if (event === 'error' || isMessagesError(json)) return this.#error(json, data, name);
    if (type === 'ping') return this.#ping(data, name, json);
    const step: Step = steps.has(type) ? (type as Step) : 'other';
    const chunks: Chunk[] = [];
    const block = this.#read(step, json, chunks);
    if (step === 'message_stop') {
      this.#complete = true;
      return { kind: 'done', chunks: noChunks, json: null, data };
    }
    // Thinking may be hidden and last long: its beginning already shows the model at work.
    const works = chunks.length > 0 || (step === 'content_block_start' && block?.type !== 'text');
    if (works) this.#release(chunks);
    const kind = step === 'other' && !this.#relay ? 'ignore' : 'chunks';
    const decoded: MessagesEvent = { kind, chunks, json, data, step, event: name, block };
    return decoded;
  }

  decodeWhole(json: JsonObject): DecodedEvent {
    const chunks: Chunk[] = [];
    const blocks: (ProviderBlock | null)[] = [];
    const { content } = json;
    const failed = isMessagesError(json) || !Array.isArray(content);
    if (!failed) {
      this.#learn(json);
      for (const [index, value] of (content as readonly Json[]).entries()) {
        if (!isJsonObject(value)) continue;
        const block = this.#begin(index, value);
        readBlock(block, true, this.#vendor, chunks);
        this.#noteSeals(block, chunks, blocks.length);
        while (blocks.length < chunks.length) blocks.push(block);
      }
      this.#readEnd(json, json, chunks);
      this.#complete = true;
    }
    while (blocks.length < chunks.length) blocks.push(null);
    const decoded: MessagesWhole = {
      kind: failed ? 'error' : 'chunks',
      chunks,
      json,
      data: failed ? JSON.stringify(json) : '',
      blocks,
    };
    return decoded;
  }

  /** Adds what the event says. @returns the block that it belongs to. */
  #read(step: Step, json: JsonObject, out: Chunk[]): ProviderBlock | null {
    switch (step) {
      case 'message_start': {
        const { message } = json;
        if (!isJsonObject(message)) return null;
        this.#learn(message);
        this.#early = this.#usage.chunk(message['usage']) ?? this.#early;
        return null;
      }
      case 'content_block_start': {
        const value = json['content_block'];
        const block = this.#begin(indexOf(json), isJsonObject(value) ? value : null);
        if (block.start !== null) readBlock(block, false, this.#vendor, out);
        this.#noteSeals(block, out, 0);
        return block;
      }
      case 'content_block_delta': {
        const { delta } = json;
        const block = this.#blockAt(indexOf(json));
        if (!isJsonObject(delta)) return block;
        readDelta(block, delta, this.#vendor, out);
        this.#noteSeals(block, out, 0);
        return block;
      }
      case 'content_block_stop': {
        const block = this.#blockAt(indexOf(json));
        readStop(block, out);
        return block;
      }
      case 'message_delta':
        this.#readEnd(isJsonObject(json['delta']) ? json['delta'] : {}, json, out);
        return null;
      default:
        return null;
    }
  }

  #readEnd(holder: JsonObject, usageHolder: JsonObject, out: Chunk[]): void {
    const { stop_reason: word, stop_sequence: sequence } = holder;
    const refusal = readRefusal(holder);
    if (refusal !== null) {
      this.#details.set(refusal, holder['stop_details'] as JsonObject);
      out.push(refusal);
    }
    if (typeof word === 'string' && word !== '') {
      const reason = fromStopReason(word, this.#calls > 0);
      const finish: FinishChunk = {
        type: 'finish',
        choice: 0,
        reason,
        ...(word === 'stop_sequence' && typeof sequence === 'string'
          ? { stopSequence: sequence }
          : undefined),
      };
      this.#words.set(finish, word);
      // Some servers say it twice; only another word is news.
      if (this.#finish?.reason !== reason) out.push(finish);
      this.#finish = finish;
    }
    const usage = this.#usage.chunk(usageHolder['usage']);
    if (usage === null) return;
    this.#early = null;
    out.push(usage);
  }

  get early(): UsageChunk | null {
    return this.#early;
  }

  #learn(message: JsonObject): void {
    const { id, model } = message;
    if (typeof id === 'string' && id !== '') this.#id ??= id;
    if (typeof model === 'string' && model !== '') this.#model ??= model;
  }

  #begin(index: number, start: JsonObject | null): ProviderBlock {
    const type = typeof start?.['type'] === 'string' ? start['type'] : '';
    const call = type === 'tool_use' ? this.#calls++ : -1;
    const block = { index, type, call, start, thinking: [], hasArguments: false };
    this.#blocks.set(index, block);
    this.#block = block;
    return block;
  }

  #blockAt(index: number): ProviderBlock {
    if (this.#block?.index === index) return this.#block;
    return this.#blocks.get(index) ?? this.#begin(index, null);
  }

  #noteSeals(block: ProviderBlock, chunks: readonly Chunk[], from: number): void {
    if (block.type !== 'thinking') return;
    for (let at = from; at < chunks.length; at++) {
      const chunk = chunks[at] as Chunk;
      if (chunk.type === 'seal') this.#signed.set(chunk.seal.value, block.thinking.join(''));
    }
  }

  #release(chunks: Chunk[]): void {
    if (this.#early === null) return;
    chunks.unshift(this.#early);
    this.#early = null;
  }

  #ping(data: string, event: string, json: JsonObject | null): DecodedEvent {
    const chunks: Chunk[] = [];
    // The first one comes right after the start; with the next the client has waited.
    if (++this.#pings > 1) this.#release(chunks);
    const kind = this.#relay || chunks.length > 0 ? 'chunks' : 'ping';
    const decoded: MessagesEvent = { kind, chunks, json, data, step: 'ping', event, block: null };
    return decoded;
  }

  #error(json: JsonObject, data: string, event: string): DecodedEvent {
    const chunks: Chunk[] = [];
    this.#release(chunks);
    const decoded: MessagesEvent = { kind: 'error', chunks, json, data, step: 'other', event, block: null };
    return decoded;
  }
}

function indexOf(json: JsonObject): number {
  const { index } = json;
  return typeof index === 'number' ? index : 0;
}

function parse(data: string): JsonObject | null {
  try {
    const json = JSON.parse(data) as Json;
    return isJsonObject(json) ? json : null;
  } catch {
    return null;
  }
}
