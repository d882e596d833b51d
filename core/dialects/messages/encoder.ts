import type { Chunk, FinishChunk, OpaqueChunk, SealChunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import { wrapSeal } from '../../../sdk/seal.ts';
import type { Usage } from '../../../sdk/usage.ts';
import { type Call, CallQueue } from './call-queue.ts';
import type { BlockSink } from './sinks.ts';

/** The vendor whose seals stand in this dialect as they are. */
export const homeVendor = 'anthropic';
/** Signature of thinking that nobody signed: clients keep a block only with one. Dropped when it comes back. */
export const unsigned = wrapSeal({ issuer: 'none', value: '' }, 'reasoning');

type BlockKind = 'text' | 'thinking' | 'call' | 'opaque';

/** What an encoder knows of the provider's own answer in this dialect; empty where there is none. */
export interface NativeAnswer {
  /** A call's block as the provider began it. */
  callBlock?(call: number): JsonObject | undefined;
  /** The thinking that a signature was made for. */
  signedText?(signature: string): string | undefined;
}

/**
 * Turns chunks into blocks: one open at a time, in order, whatever the order of the chunks. A tool call stays open
 * until it is known to be over, so what comes after it waits in a queue: providers may send the pieces of parallel
 * calls in any order. A seal of a call becomes a `redacted_thinking` block before it, which is why a call opens only
 * when the chunk after its first is there. Choices but the first have no place in this dialect.
 */
export class BlockEncoder {
  /** The answer's end and usage; whoever uses the encoder writes them. */
  finish: FinishChunk | null = null;
  usage: Usage | null = null;
  /** The answer has words of a refusal. */
  refused = false;
  readonly #sink: BlockSink;
  readonly #native: NativeAnswer;
  readonly #queue: CallQueue;
  #open: BlockKind | null = null;
  #signed = false;
  /** Text of the open thinking block. */
  #thinking: string[] = [];
  #opaqueIndex: number | null = null;
  #callCount = 0;
  #adopted = false;

  constructor(sink: BlockSink, answerId: string, native: NativeAnswer = {}) {
    this.#sink = sink;
    this.#native = native;
    this.#queue = new CallQueue(answerId);
  }

  /** Calls written so far. */
  get callCount(): number {
    return this.#callCount;
  }

  /** True while the open block is one that the caller opened. */
  get adopted(): boolean {
    return this.#adopted;
  }

  write(chunk: Chunk): void {
    if ('choice' in chunk && chunk.choice !== 0) return;
    switch (chunk.type) {
      case 'finish':
        this.finish = chunk;
        return;
      case 'usage':
        this.usage = chunk.usage;
        return;
      case 'tool_call':
        this.#queue.add(chunk);
        return this.#pump(false);
      case 'seal':
        if (chunk.of !== 'call') break;
        this.#queue.seal(chunk);
        return this.#pump(false);
      case 'text':
      case 'reasoning':
      case 'refusal':
        // Empty deltas between those of a call must not end it.
        if (chunk.text === '') return;
        break;
      default:
    }
    if (this.#queue.empty) return this.#emit(chunk);
    this.#queue.wait(chunk);
    this.#pump(false);
  }

  /** Writes everything that waits and closes the open block. */
  settle(): void {
    this.#queue.finishAll();
    this.#pump(true);
    this.#close(false);
  }

  /** Nothing more comes for a call: it need not stay open. */
  finishCall(call: number): void {
    this.#queue.finish(call);
    this.#pump(false);
  }

  /** The caller has opened a block of this kind itself. `call` is the number of the call in it. */
  adopt(kind: BlockKind, call: number | null): void {
    this.#open = kind;
    this.#adopted = true;
    this.#signed = false;
    this.#thinking = [];
    if (call === null) return;
    this.#callCount++;
    this.#queue.adopt(call);
  }

  /** The caller has written thinking, or its signature, itself. */
  noteThinking(text: string): void {
    this.#thinking.push(text);
  }

  noteSignature(): void {
    this.#signed = true;
  }

  /** The caller has written arguments of the open call itself. */
  noteArguments(): void {
    const call = this.#queue.openCall;
    if (call !== null) call.hasArguments = true;
  }

  /** Closes the block that the caller opened. @param whole it is as the provider wrote it, so nothing is to be added. */
  closeAdopted(whole: boolean): void {
    if (this.#open === 'call') {
      const call = this.#queue.openCall;
      if (call !== null) this.#closeCall(call, whole);
      this.#pump(false);
    } else this.#close(whole);
  }

  /** True where a signature does not hold for the thinking that was written, or for none where its block is not open. */
  breaksSeal({ seal }: SealChunk, open = this.#open === 'thinking'): boolean {
    const signed = this.#native.signedText?.(seal.value);
    return signed !== undefined && signed !== (open ? this.#thinking.join('') : '');
  }

  #pump(force: boolean): void {
    for (;;) {
      const item = this.#queue.head;
      if (item === undefined) return;
      if ('type' in item) {
        this.#emit(item);
        this.#queue.next();
        continue;
      }
      if (!item.open) {
        if (!force && !this.#queue.ready(item)) return;
        this.#openCall(item);
      }
      const text = item.pieces.join('');
      if (text !== '') {
        item.pieces.length = 0;
        item.hasArguments = true;
        this.#sink.delta({ type: 'input_json_delta', partial_json: text });
      }
      if (!item.over) return;
      this.#closeCall(item, false);
    }
  }

  #openCall(call: Call): void {
    this.#close(false);
    if (call.seal !== null) this.#redacted(wrapSeal(call.seal, 'call'));
    const { id, name } = this.#queue.identify(call);
    const native = this.#native.callBlock?.(call.index);
    this.#sink.open({ ...native, type: 'tool_use', id, name, input: {} });
    call.open = true;
    this.#open = 'call';
    this.#callCount++;
  }

  #closeCall(call: Call, whole: boolean): void {
    if (!whole && !call.hasArguments) this.#sink.delta({ type: 'input_json_delta', partial_json: '{}' });
    this.#sink.close();
    this.#open = null;
    this.#adopted = false;
    this.#queue.closed(call);
  }

  #emit(chunk: Chunk): void {
    switch (chunk.type) {
      case 'text':
      case 'refusal':
        this.refused ||= chunk.type === 'refusal';
        if (this.#open !== 'text') this.#begin('text', { type: 'text', text: '' });
        return this.#sink.delta({ type: 'text_delta', text: chunk.text });
      case 'reasoning':
        if (this.#open !== 'thinking' || this.#signed) this.#beginThinking();
        this.#thinking.push(chunk.text);
        return this.#sink.delta({ type: 'thinking_delta', thinking: chunk.text });
      case 'seal':
        return this.#seal(chunk);
      case 'opaque':
        return this.#opaque(chunk);
      default:
    }
  }

  #seal(chunk: SealChunk): void {
    const { seal, of } = chunk;
    if (of !== 'reasoning') {
      const own = of === 'redacted' && seal.issuer === homeVendor;
      this.#close(false);
      return this.#redacted(own ? seal.value : wrapSeal(seal, of));
    }
    // A changed thinking goes without the signature it had; the block's end gives it ours.
    if (this.breaksSeal(chunk)) return;
    if (this.#open !== 'thinking' || this.#signed) this.#beginThinking();
    this.#signed = true;
    const signature = seal.issuer === homeVendor ? seal.value : wrapSeal(seal, of);
    this.#sink.delta({ type: 'signature_delta', signature });
  }

  /** A block of this dialect that nobody interprets. Opaque chunks of other dialects have no place here. */
  #opaque({ value }: OpaqueChunk): void {
    if (!isJsonObject(value)) return;
    const { type, index, content_block: block, delta } = value;
    if (type === 'content_block_start' && isJsonObject(block) && typeof index === 'number') {
      this.#begin('opaque', block);
      this.#opaqueIndex = index;
    } else if (type === 'content_block_delta' && isJsonObject(delta)) {
      const cites = delta['type'] === 'citations_delta' && this.#open === 'text';
      if (cites || (this.#open === 'opaque' && this.#opaqueIndex === index)) this.#sink.delta(delta);
    }
  }

  #beginThinking(): void {
    this.#begin('thinking', { type: 'thinking', thinking: '', signature: '' });
    this.#signed = false;
    this.#thinking = [];
  }

  #redacted(data: string): void {
    this.#sink.open({ type: 'redacted_thinking', data });
    this.#sink.close();
  }

  #begin(kind: BlockKind, block: JsonObject): void {
    this.#close(false);
    this.#open = kind;
    this.#sink.open(block);
  }

  #close(whole: boolean): void {
    if (this.#open === null) return;
    if (this.#open === 'thinking' && !this.#signed && !whole) {
      this.#sink.delta({ type: 'signature_delta', signature: unsigned });
    }
    this.#open = null;
    this.#adopted = false;
    this.#sink.close();
  }
}
