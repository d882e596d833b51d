import type { JsonObject } from '../../../sdk/json.ts';

export type ItemKind = 'message' | 'reasoning' | 'function_call' | 'custom_tool_call' | 'other';
export type PartKind = 'output_text' | 'refusal' | 'summary_text' | 'reasoning_text';

/** A text within an item, as the client has been told it. */
export interface Part {
  readonly kind: PartKind;
  /** `content_index`, or `summary_index` for a summary. */
  readonly index: number;
  readonly pieces: string[];
  /** False once the end of its text has been told. */
  open: boolean;
  /** The part as its own end told it; null before that. */
  done: JsonObject | null;
  /** How many annotations the client knows. */
  annotations: number;
}

/** An output item, as the client has been told it. */
export interface Item {
  readonly kind: ItemKind;
  readonly outputIndex: number;
  readonly id: string;
  /** What the item says besides its texts. */
  readonly base: JsonObject;
  /** The provider's `output_index` of the item that this one retells; null where there is none. */
  readonly source: number | null;
  readonly parts: Part[];
  /** Arguments or input of a call. */
  readonly pieces: string[];
  /** True once the end of the arguments has been told. */
  piecesEnded: boolean;
  encrypted: string | null;
  /** The item as its end told it; null while it is open. */
  done: JsonObject | null;
}

/** What a client has been told of one answer. */
export class OutputState {
  readonly items: Item[] = [];
  readonly ids = new Set<string>();
  /** Followed items by the provider's `output_index`. */
  readonly bySource = new Map<number, Item>();
  /** The message or reasoning that may still grow. */
  open: Item | null = null;
  /** Whether `response.created` is out. */
  begun = false;
  sequence = 0;
  nextIndex = 0;

  add(fields: Pick<Item, 'kind' | 'id' | 'base' | 'source'>, outputIndex = this.nextIndex): Item {
    const item: Item = {
      ...fields,
      outputIndex,
      parts: [],
      pieces: [],
      piecesEnded: false,
      encrypted: null,
      done: null,
    };
    this.items.push(item);
    this.ids.add(item.id);
    this.nextIndex = Math.max(this.nextIndex, outputIndex + 1);
    if (item.source !== null) this.bySource.set(item.source, item);
    return item;
  }
}

/** Adds a part. Summaries and contents are numbered apart. */
export function addPart(item: Item, kind: PartKind): Part {
  const summary = kind === 'summary_text';
  const index = item.parts.filter((part) => (part.kind === 'summary_text') === summary).length;
  const part: Part = { kind, index, pieces: [], open: true, done: null, annotations: 0 };
  item.parts.push(part);
  return part;
}

export function partText(part: Part): string {
  return part.pieces.join('');
}

export function partJson(part: Part, text: string): JsonObject {
  switch (part.kind) {
    case 'output_text':
      return { type: 'output_text', text, annotations: [], logprobs: [] };
    case 'refusal':
      return { type: 'refusal', refusal: text };
    default:
      return { type: part.kind, text };
  }
}

/** The item as its end tells it, made of what the client has been told. */
export function itemJson(item: Item, status: 'completed' | 'incomplete'): JsonObject {
  const { base, id, kind } = item;
  switch (kind) {
    case 'message':
      return { ...base, id, type: kind, status, role: 'assistant', content: contentOf(item) };
    case 'reasoning': {
      const content = contentOf(item);
      return {
        ...base,
        id,
        type: kind,
        summary: item.parts
          .filter((part) => part.kind === 'summary_text')
          .map((part) => part.done ?? partJson(part, partText(part))),
        ...(content.length === 0 ? undefined : { content }),
        ...(item.encrypted === null ? undefined : { encrypted_content: item.encrypted }),
      };
    }
    case 'function_call':
      return { ...base, id, type: kind, status, arguments: item.pieces.join('') };
    case 'custom_tool_call':
      return { ...base, id, type: kind, status, input: item.pieces.join('') };
    case 'other':
      return base;
  }
}

function contentOf(item: Item): JsonObject[] {
  return item.parts
    .filter((part) => part.kind !== 'summary_text')
    .map((part) => part.done ?? partJson(part, partText(part)));
}
