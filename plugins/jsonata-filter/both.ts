import type { Chunk, ChunkTransform, MaybePromise, PassedDecision } from '../../sdk/index.ts';
import type { OutputTransform } from './output-transform.ts';

type Emit = (chunk: Chunk) => void;

/** Filters first, then what policies say about the answer: nothing comes after those. */
export function both(
  filters: ChunkTransform | undefined,
  output: OutputTransform | undefined,
): ChunkTransform | undefined {
  if (filters === undefined || output === undefined) return filters ?? output;
  return new Both(filters, output);
}

class Both implements ChunkTransform {
  readonly holdBackChars: number;
  readonly #filters: ChunkTransform;
  readonly #output: OutputTransform;

  constructor(filters: ChunkTransform, output: OutputTransform) {
    this.#filters = filters;
    this.#output = output;
    this.holdBackChars = (filters.holdBackChars ?? 0) + output.holdBackChars;
  }

  push(chunk: Chunk, emit: Emit): MaybePromise<void> {
    return this.#filters.push(chunk, (filtered) => this.#output.push(filtered, emit));
  }

  end(emit: Emit): MaybePromise<PassedDecision | undefined> {
    const said = this.#filters.end?.((filtered) => this.#output.push(filtered, emit));
    if (said instanceof Promise)
      return said.then((late) => merged(late ?? undefined, this.#output.end(emit)));
    return merged(said ?? undefined, this.#output.end(emit));
  }

  release(emit: Emit): void {
    this.#filters.release?.((held) => this.#output.push(held, emit));
    this.#output.end(emit);
  }
}

function merged(
  first: PassedDecision | undefined,
  last: PassedDecision | undefined,
): PassedDecision | undefined {
  if (first === undefined || last === undefined || last.type === 'deny') return last ?? first;
  const reason = [first.reason, last.reason].filter((one) => one !== undefined).join('; ');
  return {
    ...last,
    tags: { ...first.tags, ...last.tags },
    ...(reason === '' ? undefined : { reason }),
  };
}
