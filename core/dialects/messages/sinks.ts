import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { argumentsObject } from '../../../sdk/translate/arguments.ts';
import { messagesEvent } from './sse.ts';

/** Takes the blocks of an answer, one open at a time. */
export interface BlockSink {
  /** Opens a block, as it stands in `content_block_start`. */
  open(block: JsonObject): void;
  /** Adds to the open block. */
  delta(delta: JsonObject): void;
  close(): void;
}

/** Writes blocks as the events of a stream, numbered without gaps. */
export class StreamSink implements BlockSink {
  readonly #begin: () => string;
  #out = '';
  #index = -1;
  #begun = false;
  /** The provider's own end of the open block; written instead of one of ours. */
  #stop: string | null = null;

  /** @param begin makes the start of the message, for an answer that no provider began. */
  constructor(begin: () => string) {
    this.#begin = begin;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** The index of the open block, or the last one. */
  get index(): number {
    return this.#index;
  }

  /** What was written since the last call. */
  take(): string {
    const out = this.#out;
    this.#out = '';
    return out;
  }

  begin(text = this.#begin()): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#out += text;
  }

  /** Event text as it came. */
  raw(text: string): void {
    this.#out += text;
  }

  open(block: JsonObject): void {
    this.begin();
    this.#index++;
    this.#event({ type: 'content_block_start', index: this.#index, content_block: block });
  }

  /** Counts a block whose start the caller writes with `raw`. @returns its index. */
  adopt(): number {
    this.begin();
    return ++this.#index;
  }

  delta(delta: JsonObject): void {
    this.#event({ type: 'content_block_delta', index: this.#index, delta });
  }

  /** The end that the provider wrote for the open block: `close` writes it. */
  closeWith(text: string): void {
    this.#stop = text;
  }

  close(): void {
    if (this.#stop === null) this.#event({ type: 'content_block_stop', index: this.#index });
    else this.#out += this.#stop;
    this.#stop = null;
  }

  #event(event: JsonObject): void {
    this.#out += messagesEvent(event['type'] as string, JSON.stringify(event));
  }
}

/** Collects blocks as they stand in the `content` of a whole answer. */
export class WholeSink implements BlockSink {
  readonly content: JsonObject[] = [];
  #block: Record<string, Json> = {};
  #text: string[] = [];
  #field = '';

  open(block: JsonObject): void {
    this.#block = { ...block } as Record<string, Json>;
    this.#text = [];
    this.#field = '';
  }

  delta(delta: JsonObject): void {
    switch (delta['type']) {
      case 'text_delta':
        return this.#add('text', delta['text']);
      case 'thinking_delta':
        return this.#add('thinking', delta['thinking']);
      case 'input_json_delta':
        return this.#add('input', delta['partial_json']);
      case 'signature_delta':
        this.#block['signature'] = delta['signature'] ?? '';
        return;
      case 'citations_delta': {
        const { citations: known } = this.#block;
        this.#block['citations'] = [
          ...(Array.isArray(known) ? (known as Json[]) : []),
          delta['citation'] ?? null,
        ];
        return;
      }
      default:
    }
  }

  close(): void {
    const text = this.#text.join('');
    if (this.#field === 'input') {
      if (text !== '' || !isJsonObject(this.#block['input'])) this.#block['input'] = argumentsObject(text);
    } else if (this.#field !== '') this.#block[this.#field] = text;
    this.content.push(this.#block);
  }

  #add(field: string, text: Json | undefined): void {
    this.#field = field;
    if (typeof text === 'string') this.#text.push(text);
  }
}
