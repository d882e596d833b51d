import type { Answer, Chunk, ChunkObserver } from '../../sdk/index.ts';

/** Keeps the chunks of an answer while it passes, as long as it may be kept for others. */
export class Recorder implements ChunkObserver {
  readonly #maxChars: number;
  #chunks: Chunk[] = [];
  #chars = 0;
  #texts = 0;
  #stopped = false;
  #reason = 'incomplete';
  #done = false;
  #model: string | null = null;

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** Why it is not to be kept; null where it may be. */
  get refusal(): string | null {
    return this.#done && this.#stopped && this.#reason === '' ? null : this.#reason;
  }

  get chunks(): readonly Chunk[] {
    return this.#chunks;
  }

  get model(): string | null {
    return this.#model;
  }

  chunk(chunk: Chunk): void {
    if (this.#done || (this.#reason !== 'incomplete' && this.#reason !== '')) return;
    switch (chunk.type) {
      case 'text':
      case 'reasoning':
        if (chunk.choice !== 0) return this.#refuse('several-choices');
        if (chunk.text === '') return;
        this.#chars += chunk.text.length;
        if (this.#chars > this.#maxChars) return this.#refuse('answer-too-large');
        if (chunk.type === 'text') this.#texts += 1;
        break;
      case 'finish':
        if (chunk.choice !== 0 || this.#stopped) return this.#refuse('several-choices');
        if (chunk.reason !== 'stop') return this.#refuse(`finish-${chunk.reason.replace('_', '-')}`);
        this.#stopped = true;
        this.#reason = '';
        break;
      case 'usage':
      case 'seal':
        break;
      case 'tool_call':
        return this.#refuse('tool-call');
      case 'refusal':
        return this.#refuse('refusal');
      case 'opaque':
        // Nobody knows what it says, so nobody can say it again.
        return this.#refuse('unreplayable');
    }
    this.#chunks.push(chunk);
  }

  end({ model }: Answer): void {
    this.#done = true;
    this.#model = model;
    if (this.#reason === '' && this.#texts === 0) this.#refuse('empty');
  }

  #refuse(reason: string): void {
    this.#reason = reason;
    this.#chunks = [];
  }
}
