import type { Chunk, ToolCallChunk } from '../../../sdk/chunk.ts';

/** One place in an answer's JSON that holds (part of) what a chunk says, and what it shall hold now. */
export interface Slot {
  /** The chunk that was read from there. */
  readonly chunk: Chunk;
  /** The text that was read from there. */
  original: string;
  /** True when some chunk of this place is left. */
  kept: boolean;
  text: string;
  /** The last chunk for this place. */
  latest: Chunk | null;
}

/** Chunks that passed the chain, sorted by the places of the event (or whole answer) that they came from. */
export interface Placement {
  slot(key: string | Chunk): Slot | undefined;
  /** Tool calls of a choice, in the order of their entries; several entries may share a slot. */
  calls(choice: number): readonly { readonly chunk: ToolCallChunk; readonly slot: Slot }[];
  /** Chunks of the event that nobody interpreted. */
  opaques(): readonly Slot[];
  /** Signatures and encrypted pieces of a choice. */
  seals(choice: number): readonly Slot[];
  /** Chunks without a place: to be said before or after the event. */
  readonly before: readonly Chunk[];
  readonly after: readonly Chunk[];
}

/** Sorts `chunks` into the places that `original`, the chunks read from the event, came from. */
export function place(original: readonly Chunk[], chunks: readonly Chunk[]): Placement {
  const slots = new Map<string | Chunk, Slot>();
  for (const chunk of original) {
    const key = keyOf(chunk);
    const slot = slots.get(key);
    if (slot === undefined) {
      slots.set(key, { chunk, original: textOf(chunk), kept: false, text: '', latest: null });
    } else slot.original += textOf(chunk);
  }
  const before: Chunk[] = [];
  let after: Chunk[] = [];
  for (const chunk of chunks) {
    const slot = slots.get(keyOf(chunk));
    if (slot === undefined) {
      after.push(chunk);
      continue;
    }
    // Text that a transform put before this place, such as what it held back until the choice's end.
    if (after.length > 0) {
      before.push(...after);
      after = [];
    }
    slot.kept = true;
    slot.text += textOf(chunk);
    slot.latest = chunk;
  }
  return {
    before,
    after,
    slot: (key) => slots.get(key),
    calls: (choice) =>
      original
        .filter((chunk): chunk is ToolCallChunk => chunk.type === 'tool_call' && chunk.choice === choice)
        .map((chunk) => ({ chunk, slot: slots.get(keyOf(chunk)) as Slot })),
    opaques: () => [...slots.values()].filter((slot) => slot.chunk.type === 'opaque'),
    seals: (choice) =>
      [...slots.values()].filter(({ chunk }) => chunk.type === 'seal' && chunk.choice === choice),
  };
}

/** True when both lists hold the same chunks in the same order. */
export function sameChunks(a: readonly Chunk[], b: readonly Chunk[]): boolean {
  return a === b || (a.length === b.length && a.every((chunk, index) => chunk === b[index]));
}

function keyOf(chunk: Chunk): string | Chunk {
  switch (chunk.type) {
    case 'opaque':
    case 'seal':
      return chunk;
    case 'usage':
      return 'usage';
    case 'tool_call':
      return `tool_call:${chunk.choice}:${chunk.index}`;
    default:
      return `${chunk.type}:${chunk.choice}`;
  }
}

function textOf(chunk: Chunk): string {
  switch (chunk.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return chunk.text;
    case 'tool_call':
      return chunk.arguments;
    default:
      return '';
  }
}
