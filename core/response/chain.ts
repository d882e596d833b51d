import type { Answer, Chunk } from '../../sdk/chunk.ts';
import type { ChunkObserver, ChunkTransform } from '../../sdk/decision.ts';

/** One step's part in an answer. */
export type ChainPart =
  | { readonly kind: 'transform'; readonly transform: ChunkTransform }
  | { readonly kind: 'observer'; readonly observer: ChunkObserver };

/** What the chunks of one answer are pushed through, synchronously. */
export interface Chain {
  /** Passes chunks on. Gives back the very same array when no part changed, held back or added anything. */
  push(chunks: readonly Chunk[]): readonly Chunk[];
  /**
   * The answer is complete: what parts held back, then the ends and the usage that waited for it. Not called for an
   * answer that broke off.
   */
  end(): readonly Chunk[];
  /** Tells observers that the answer is complete. */
  finished(answer: Answer): void;
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
export function createChain(parts: readonly ChainPart[]): Chain {
  return parts.length === 0 ? empty : new PartsChain(parts);
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

  push(chunks: readonly Chunk[]): readonly Chunk[] {
    let passing = chunks;
    for (const link of this.#links) passing = link.push(passing);
    return this.#tail === null ? passing : this.#withoutTail(passing, this.#tail);
  }

  end(): readonly Chunk[] {
    let passing: readonly Chunk[] = nothing;
    for (const link of this.#links) passing = link.end(passing);
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
  push(chunks: readonly Chunk[]): readonly Chunk[];
  /** @param chunks what the parts before this one emitted at the end. */
  end(chunks: readonly Chunk[]): readonly Chunk[];
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

  push(chunks: readonly Chunk[]): readonly Chunk[] {
    for (const chunk of chunks) this.#transform.push(chunk, this.#emit);
    return this.#take(chunks);
  }

  end(chunks: readonly Chunk[]): readonly Chunk[] {
    for (const chunk of chunks) this.#transform.push(chunk, this.#emit);
    this.#transform.end?.(this.#emit);
    return this.#take(chunks);
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
