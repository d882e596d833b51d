import type { Answer, Chunk } from '../../sdk/chunk.ts';
import type { ChunkObserver, ChunkTransform } from '../../sdk/decision.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import { isPromise } from '../pipeline/hook.ts';

/** One step's part in an answer. */
export type ChainPart =
  | { readonly kind: 'transform'; readonly transform: ChunkTransform }
  | { readonly kind: 'observer'; readonly observer: ChunkObserver };

/**
 * What the chunks of one answer are pushed through. Where a part takes its time there is a promise, and nothing may be
 * pushed before it has settled.
 */
export interface Chain {
  /** Passes chunks on. Gives back the very same array when no part changed, held back or added anything. */
  push(chunks: readonly Chunk[]): MaybePromise<readonly Chunk[]>;
  /**
   * The answer is complete: what parts held back, then the ends and the usage that waited for it. Not called for an
   * answer that broke off.
   */
  end(): MaybePromise<readonly Chunk[]>;
  /** Tells observers that the answer is complete. */
  finished(answer: Answer): void;
}

/** A chain none of whose parts gives a promise. */
export interface PromptChain extends Chain {
  push(chunks: readonly Chunk[]): readonly Chunk[];
  end(): readonly Chunk[];
}

const nothing: readonly Chunk[] = Object.freeze([]);

const empty: Chain = {
  push: (chunks) => chunks,
  end: () => nothing,
  finished: () => undefined,
};

/**
 * Builds the chain of one answer from its parts, in the order in which chunks pass them.
 *
 * Where a transform may still emit text at the end, `finish` and `usage` chunks wait until then: a client stops
 * reading a choice at its end, so text that was held back must never come after it.
 */
export function openChain(parts: readonly ChainPart[]): Chain {
  return parts.length === 0 ? empty : new PartsChain(parts);
}

/** The same of parts that take no time, such as tests have. */
export function createChain(parts: readonly ChainPart[]): PromptChain {
  return openChain(parts) as PromptChain;
}

class PartsChain implements Chain {
  readonly #links: readonly Link[];
  /** Chunks that wait for the end; null where no transform can emit anything there. */
  readonly #tail: Chunk[] | null;

  constructor(parts: readonly ChainPart[]) {
    this.#links = parts.map((part) =>
      part.kind === 'observer' ? new ObserverLink(part.observer) : new TransformLink(part.transform),
    );
    this.#tail = parts.some((part) => part.kind === 'transform' && part.transform.end !== undefined)
      ? []
      : null;
  }

  push(chunks: readonly Chunk[]): MaybePromise<readonly Chunk[]> {
    const passed = this.#pass('push', 0, chunks);
    if (isPromise(passed)) return passed.then((late) => this.#toSend(late));
    return this.#toSend(passed);
  }

  end(): MaybePromise<readonly Chunk[]> {
    const passed = this.#pass('end', 0, nothing);
    return isPromise(passed) ? passed.then((late) => this.#withTail(late)) : this.#withTail(passed);
  }

  #pass(step: 'push' | 'end', from: number, chunks: readonly Chunk[]): MaybePromise<readonly Chunk[]> {
    let passing = chunks;
    for (let index = from; index < this.#links.length; index += 1) {
      const passed = this.#links[index]![step](passing);
      if (isPromise(passed)) return passed.then((late) => this.#pass(step, index + 1, late));
      passing = passed;
    }
    return passing;
  }

  #toSend(passing: readonly Chunk[]): readonly Chunk[] {
    return this.#tail === null ? passing : this.#withoutTail(passing, this.#tail);
  }

  #withTail(passing: readonly Chunk[]): readonly Chunk[] {
    const tail = this.#tail;
    if (tail === null || tail.length === 0) return passing;
    const held = this.#withoutTail(passing, tail);
    const out = held.length === 0 ? [...tail] : [...held, ...tail];
    tail.length = 0;
    return out;
  }

  finished(answer: Answer): void {
    for (const link of this.#links) link.finished(answer);
  }

  #withoutTail(chunks: readonly Chunk[], tail: Chunk[]): readonly Chunk[] {
    if (!chunks.some(waits)) return chunks;
    for (const chunk of chunks) if (waits(chunk)) tail.push(chunk);
    return chunks.filter((chunk) => !waits(chunk));
  }
}

function waits(chunk: Chunk): boolean {
  return chunk.type === 'finish' || chunk.type === 'usage';
}

interface Link {
  push(chunks: readonly Chunk[]): MaybePromise<readonly Chunk[]>;
  /** @param chunks what the parts before this one emitted at the end. */
  end(chunks: readonly Chunk[]): MaybePromise<readonly Chunk[]>;
  finished(answer: Answer): void;
}

class ObserverLink implements Link {
  readonly #observer: ChunkObserver;

  constructor(observer: ChunkObserver) {
    this.#observer = observer;
  }

  push(chunks: readonly Chunk[]): readonly Chunk[] {
    for (const chunk of chunks) this.#observer.chunk?.(chunk);
    return chunks;
  }

  end(chunks: readonly Chunk[]): readonly Chunk[] {
    return this.push(chunks);
  }

  finished(answer: Answer): void {
    this.#observer.end?.(answer);
  }
}

class TransformLink implements Link {
  readonly #transform: ChunkTransform;
  #out: Chunk[] = [];
  /** Made once, so that a chunk costs no closure. */
  readonly #emit = (chunk: Chunk): void => {
    this.#out.push(chunk);
  };

  constructor(transform: ChunkTransform) {
    this.#transform = transform;
  }

  push(chunks: readonly Chunk[]): MaybePromise<readonly Chunk[]> {
    const late = this.#pushFrom(0, chunks);
    return isPromise(late) ? late.then(() => this.#take(chunks)) : this.#take(chunks);
  }

  end(chunks: readonly Chunk[]): MaybePromise<readonly Chunk[]> {
    const late = this.#pushFrom(0, chunks);
    const ended = isPromise(late)
      ? late.then(() => this.#transform.end?.(this.#emit))
      : this.#transform.end?.(this.#emit);
    return isPromise(ended) ? ended.then(() => this.#take(chunks)) : this.#take(chunks);
  }

  #pushFrom(from: number, chunks: readonly Chunk[]): MaybePromise<void> {
    for (let index = from; index < chunks.length; index += 1) {
      const late = this.#transform.push(chunks[index]!, this.#emit);
      if (isPromise(late)) return late.then(() => this.#pushFrom(index + 1, chunks));
    }
  }

  finished(): void {}

  /** What was emitted, or the array that went in where it is the same. */
  #take(chunks: readonly Chunk[]): readonly Chunk[] {
    const out = this.#out;
    if (out.length === chunks.length && out.every((chunk, index) => chunk === chunks[index])) {
      out.length = 0;
      return chunks;
    }
    this.#out = [];
    return out;
  }
}
