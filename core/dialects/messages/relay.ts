import type { Chunk } from '../../../sdk/chunk.ts';
import { type JsonEdit, jsonTextOf } from '../../body/json-text.ts';
import { place, sameChunks } from '../openai/placement.ts';
import type { ProviderBlock } from './blocks.ts';
import type { MessagesDecoder, MessagesEvent } from './decoder.ts';
import { BlockEncoder } from './encoder.ts';
import type { MessageFrame } from './frame.ts';
import { StreamSink } from './sinks.ts';
import { messagesEvent } from './sse.ts';

/** The start of a block that may turn out to be empty, with what came after it. */
interface Deferred {
  readonly event: MessagesEvent;
  pings: string;
}

/**
 * Passes the events of one stream on. What nobody changed goes out as it came, but for its number; what was changed is
 * written into its event where there is room, and as blocks of its own where there is none.
 */
export class EventRelay {
  readonly encoder: BlockEncoder;
  readonly #sink: StreamSink;
  readonly #frame: MessageFrame;
  #deferred: Deferred | null = null;
  /** The provider's block that is open at the client. */
  #open: ProviderBlock | null = null;
  /** The provider's block that a step has changed; what it held back may still come. */
  #touched: ProviderBlock | null = null;

  constructor(frame: MessageFrame, decoder: MessagesDecoder) {
    this.#frame = frame;
    this.#sink = new StreamSink(() => frame.start(this.encoder.usage));
    this.encoder = new BlockEncoder(this.#sink, frame.id, decoder);
  }

  /** What is to be sent since the last call. */
  take(): string {
    return this.#sink.take();
  }

  event(own: MessagesEvent, chunks: readonly Chunk[]): void {
    switch (own.step) {
      case 'message_start':
        this.#sink.begin(eventText(own));
        return this.write(chunks);
      case 'content_block_start':
      case 'content_block_delta':
      case 'content_block_stop':
        return this.#passBlock(own, own.block as ProviderBlock, chunks);
      case 'message_delta':
        return this.#passEnd(own, chunks);
      case 'ping':
        this.write(chunks);
        return this.#ping(eventText(own));
      default:
        this.#sink.raw(eventText(own));
    }
  }

  /** Text that is no event, such as a comment: it may not overtake the start of a block. */
  idle(raw: string): void {
    this.#ping(raw);
  }

  /** Chunks that belong to no event. */
  write(chunks: readonly Chunk[]): void {
    for (const chunk of this.#note(chunks)) {
      if (!this.#frame.takesRefusal(chunk)) this.encoder.write(chunk);
    }
  }

  /** Everything that waits, and the end. */
  end(): void {
    this.#settle();
    this.#sink.begin();
    this.#sink.raw(this.#frame.end(this.encoder));
  }

  /** An event of a block: `mine` are its own chunks, others are said before or after it. */
  #passBlock(event: MessagesEvent, block: ProviderBlock, chunks: readonly Chunk[]): void {
    const same = sameChunks(chunks, event.chunks);
    const mine = this.#note(event.chunks, false);
    if (same) {
      this.#note(chunks);
      return this.#passAsIs(event, block, mine);
    }
    const rest = this.#note(chunks);
    const at = mine.length === 0 ? rest.length : rest.indexOf(mine[0] as Chunk);
    if (at >= 0 && mine.every((chunk, index) => rest[at + index] === chunk)) {
      this.write(rest.slice(0, at));
      this.#passAsIs(event, block, mine);
      return this.write(rest.slice(at + mine.length));
    }
    this.#touched = block;
    if (event.step === 'content_block_delta') return this.#passChanged(event, block, mine, rest);
    if (event.step === 'content_block_start') {
      this.#dropDeferred();
      this.#open = null;
    }
    this.write(rest);
    if (event.step === 'content_block_stop') this.#stop(event, block);
  }

  #passAsIs(event: MessagesEvent, block: ProviderBlock, mine: readonly Chunk[]): void {
    if (event.step === 'content_block_start') {
      this.#settle();
      if (mine.length === 0 && (block.type === 'text' || block.type === 'thinking')) {
        this.#deferred = { event, pings: '' };
      } else this.#start(event, block, mine);
      return;
    }
    if (event.step === 'content_block_stop') {
      if (!this.#isOpen(block)) this.write(mine);
      return this.#stop(event, block);
    }
    if (this.#deferred?.event.block === block) {
      const [own] = mine;
      if (this.#touched === block && own?.type === 'seal' && this.encoder.breaksSeal(own, false)) return;
      this.#startDeferred();
    }
    if (!this.#isOpen(block)) return this.write(mine);
    for (const chunk of mine) {
      if (chunk.type === 'reasoning') this.encoder.noteThinking(chunk.text);
      else if (chunk.type === 'tool_call') this.encoder.noteArguments();
      else if (chunk.type === 'seal') {
        // The signature of other words than these: the block's end gives it ours.
        if (this.encoder.breaksSeal(chunk)) return;
        this.encoder.noteSignature();
      }
    }
    this.#sink.raw(this.#numbered(event, block));
  }

  /** A delta whose own chunk was changed or dropped: the new text goes into the event. */
  #passChanged(
    event: MessagesEvent,
    block: ProviderBlock,
    mine: readonly Chunk[],
    chunks: readonly Chunk[],
  ): void {
    const [own] = mine;
    const field = own === undefined ? undefined : fields[own.type];
    if (own === undefined || field === undefined) return this.write(chunks);
    const placement = place(mine, chunks);
    this.write(placement.before);
    const key = own.type === 'tool_call' ? `tool_call:0:${own.index}` : `${own.type}:0`;
    const slot = placement.slot(key);
    if (slot?.kept && slot.text !== '') {
      if (this.#deferred?.event.block === block) this.#startDeferred();
      if (this.#isOpen(block)) {
        if (own.type === 'reasoning') this.encoder.noteThinking(slot.text);
        if (own.type === 'tool_call') this.encoder.noteArguments();
        const edits = [{ pointer: `/delta/${field}`, value: slot.text }];
        this.#sink.raw(this.#numbered(event, block, edits));
      } else this.write(chunks.filter((chunk) => isOf(chunk, own)));
    }
    this.write(placement.after);
  }

  #passEnd(event: MessagesEvent, chunks: readonly Chunk[]): void {
    if (!sameChunks(chunks, event.chunks)) return this.write(chunks);
    this.#settle();
    this.write(chunks);
    if (!this.#frame.keepsEnd(event, this.encoder.callCount)) return;
    this.#sink.begin();
    this.#sink.raw(eventText(event));
    this.#frame.ended();
  }

  /** True while the client has the block open as the provider began it. */
  #isOpen(block: ProviderBlock): boolean {
    return this.#open === block && this.encoder.adopted;
  }

  #start(event: MessagesEvent, block: ProviderBlock, mine: readonly Chunk[]): void {
    this.encoder.settle();
    const index = this.#sink.adopt();
    const edits = index === block.index ? [] : [{ pointer: '/index', value: index }];
    this.#sink.raw(eventText(event, edits));
    this.#open = block;
    const kind =
      block.type === 'text' || block.type === 'thinking' ? block.type : block.call >= 0 ? 'call' : 'opaque';
    this.encoder.adopt(kind, block.call >= 0 ? block.call : null);
    for (const chunk of mine) {
      if (chunk.type === 'reasoning') this.encoder.noteThinking(chunk.text);
      if (chunk.type === 'seal' && chunk.of === 'reasoning') this.encoder.noteSignature();
    }
  }

  #startDeferred(): void {
    const deferred = this.#deferred as Deferred;
    this.#deferred = null;
    this.#start(deferred.event, deferred.event.block as ProviderBlock, []);
    this.#sink.raw(deferred.pings);
  }

  /** A block that a step emptied before it was told of does not begin at all. */
  #dropDeferred(): void {
    const deferred = this.#deferred;
    if (deferred === null) return;
    if (this.#touched !== deferred.event.block) return this.#startDeferred();
    this.#deferred = null;
    this.#sink.raw(deferred.pings);
  }

  #stop(event: MessagesEvent, block: ProviderBlock): void {
    if (this.#deferred?.event.block === block) this.#dropDeferred();
    if (!this.#isOpen(block)) {
      if (block.call >= 0) this.encoder.finishCall(block.call);
      return;
    }
    this.#open = null;
    const touched = this.#touched === block;
    this.#sink.closeWith(this.#numbered(event, block));
    // What a step holds back of a text may still come: the block stays open for it.
    if (!touched || block.type !== 'text') this.encoder.closeAdopted(!touched);
  }

  #settle(): void {
    this.#dropDeferred();
    // Its end has not come: the provider forgot it.
    this.#open = null;
    this.encoder.settle();
  }

  #ping(text: string): void {
    if (this.#deferred === null) return this.#sink.raw(text);
    // The first one mostly comes right after a start. With the next the client has waited for long.
    if (this.#deferred.pings !== '') this.#startDeferred();
    if (this.#deferred === null) this.#sink.raw(text);
    else this.#deferred.pings = text;
  }

  /** Takes ends and usage out of the chunks. @param write note them as what the client gets. */
  #note(chunks: readonly Chunk[], write = true): readonly Chunk[] {
    let content: Chunk[] | null = null;
    for (const [index, chunk] of chunks.entries()) {
      if (chunk.type !== 'finish' && chunk.type !== 'usage') {
        content?.push(chunk);
        continue;
      }
      content ??= chunks.slice(0, index);
      if (!write) continue;
      this.#frame.note(chunk);
      this.encoder.write(chunk);
    }
    return content ?? chunks;
  }

  #numbered(event: MessagesEvent, block: ProviderBlock, edits: readonly JsonEdit[] = []): string {
    const { index } = this.#sink;
    return eventText(event, index === block.index ? edits : [...edits, { pointer: '/index', value: index }]);
  }
}

/** Fields of deltas that hold a chunk's text. */
const fields: Readonly<Partial<Record<Chunk['type'], string>>> = {
  text: 'text',
  reasoning: 'thinking',
  tool_call: 'partial_json',
};

function isOf(chunk: Chunk, own: Chunk): boolean {
  if (chunk.type === 'tool_call' && own.type === 'tool_call') return chunk.index === own.index;
  return chunk.type === own.type;
}

/** The event as it came, or with edits in it. */
export function eventText(event: MessagesEvent, edits: readonly JsonEdit[] = []): string {
  if (edits.length > 0 && event.json !== null) {
    return messagesEvent(event.event, jsonTextOf(event.data, event.json).edit(edits));
  }
  return event.raw ?? messagesEvent(event.event, event.data);
}
