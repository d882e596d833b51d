import type { Chunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { type Item, type Part, partText } from './items.ts';
import { eachPart, isCall } from './read-item.ts';

interface ProvidedItem {
  added: JsonObject;
  done: JsonObject | null;
  /** Taken over by an item that was told to the client. */
  used: boolean;
  /** Finished parts of its content. */
  readonly parts: Map<number, JsonObject>;
  /** Annotations that passed the chain, by `content_index`. */
  readonly annotations: Map<number, Json[]>;
}

/** What every item has of its own; the rest of an item is its text, or is said of it (`phase`, `namespace`). */
const texts: ReadonlySet<string> = new Set([
  'id',
  'type',
  'status',
  'role',
  'content',
  'summary',
  'encrypted_content',
  'arguments',
  'input',
]);

/**
 * The items as the provider told them, kept for answers that the gateway retells: an item whose texts did not change
 * keeps the fields that nobody interprets.
 */
export class ProvidedItems {
  readonly #items = new Map<number, ProvidedItem>();
  /** Output indices of the calls, in their order. */
  readonly #calls: number[] = [];
  #current: number | null = null;
  /** True where the provider sends reasoning itself and not summaries of it. */
  plainReasoning = false;

  /** Takes an event in. */
  note(event: JsonObject): void {
    const { type, item, output_index: index } = event;
    if (type === 'response.reasoning_text.delta') this.plainReasoning = true;
    if (!isJsonObject(item)) {
      const { part, content_index: place } = event;
      if (type === 'response.content_part.done' && isJsonObject(part)) {
        this.#items.get(Number(index ?? 0))?.parts.set(Number(place ?? 0), part);
      }
      const response = event['response'];
      if (this.#items.size === 0 && isJsonObject(response)) this.noteOutput(response['output']);
      return;
    }
    const at = typeof index === 'number' ? index : this.#items.size;
    if (type === 'response.output_item.added') this.#add(at, item);
    else if (type === 'response.output_item.done') (this.#items.get(at) ?? this.#add(at, item)).done = item;
  }

  /** Takes the items of a finished response in. */
  noteOutput(output: Json | undefined): void {
    eachPart(output, (item, index) => {
      this.#add(index, item).done = item;
    });
    this.#current = null;
  }

  /** Remembers annotations that the chain let pass. */
  notePassed(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) {
      if (chunk.type !== 'opaque' || chunk.name !== 'annotations' || !isJsonObject(chunk.value)) continue;
      const { output_index: index, content_index: part, annotation } = chunk.value;
      const item = this.#items.get(Number(index ?? 0));
      if (item === undefined || annotation === undefined) continue;
      const list = item.annotations.get(Number(part ?? 0));
      if (list === undefined) item.annotations.set(Number(part ?? 0), [annotation]);
      else list.push(annotation);
    }
  }

  /** The answer is told anew: where an item was, is no longer known. */
  restart(): void {
    this.#current = null;
    for (const item of this.#items.values()) item.used = false;
  }

  /** `output_index` of the item that the provider is at, where it is of this type. */
  current(type: string): number | null {
    const at = this.#current;
    return at !== null && this.#items.get(at)?.added['type'] === type ? at : null;
  }

  /** The item of a call, as it was added. */
  call(index: number): { readonly source: number; readonly item: JsonObject } | null {
    const source = this.#calls[index];
    const item = source === undefined ? undefined : this.#items.get(source);
    return source === undefined || item === undefined ? null : { source, item: item.added };
  }

  /** What an item says besides its texts. */
  base(source: number | null): JsonObject {
    const item = source === null ? undefined : this.#items.get(source);
    return item === undefined ? {} : withoutTexts(item.added);
  }

  /**
   * The provider's own words for a message whose texts are all as they came; null for others.
   *
   * @returns what it says besides its parts, and the parts.
   */
  unchanged(
    item: Item,
  ): { readonly base: JsonObject; readonly parts: readonly (JsonObject | null)[] } | null {
    if (item.kind !== 'message') return null;
    for (const [source, provided] of this.#items) {
      if (item.source === null ? provided.used : source !== item.source) continue;
      const { done } = provided;
      const content = done?.['type'] === 'message' ? done['content'] : null;
      if (done === null || !Array.isArray(content) || content.length !== item.parts.length) continue;
      const parts = item.parts.map((part) => sameText(part, content[part.index] as Json, provided));
      if (parts.includes(null)) continue;
      provided.used = true;
      return { base: done, parts };
    }
    return null;
  }

  /** The provider's own words for one part of a message, where its text is as it came; null where it is not. */
  unchangedPart({ kind, source }: Item, part: Part): JsonObject | null {
    const provided = source === null || kind !== 'message' ? undefined : this.#items.get(source);
    return provided === undefined ? null : sameText(part, provided.parts.get(part.index) ?? null, provided);
  }

  #add(at: number, item: JsonObject): ProvidedItem {
    const provided: ProvidedItem = {
      added: item,
      done: null,
      used: false,
      parts: new Map(),
      annotations: new Map(),
    };
    this.#items.set(at, provided);
    if (isCall(item['type'])) this.#calls.push(at);
    if (item['type'] === 'message' || item['type'] === 'reasoning') this.#current = at;
    return provided;
  }
}

/** A part as the provider told it, with the annotations that passed; null where the client was told another text. */
function sameText(part: Part, came: Json, { annotations }: ProvidedItem): JsonObject | null {
  if (!isJsonObject(came) || came['type'] !== part.kind) return null;
  if (came[part.kind === 'refusal' ? 'refusal' : 'text'] !== partText(part)) return null;
  return part.kind === 'output_text' ? { ...came, annotations: annotations.get(part.index) ?? [] } : came;
}

function withoutTexts(item: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !texts.has(name)));
}
