import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { Item } from './items.ts';
import type { Output } from './output.ts';

/** Passes items on that nobody interprets (a web search, a call of an MCP server), under new numbers. */
export class OtherWriter {
  readonly #output: Output;
  /** By the provider's `output_index`. */
  readonly #items = new Map<number, Item>();

  constructor(output: Output) {
    this.#output = output;
  }

  /** @param value an event of the provider. */
  write(value: Json): void {
    const event = isJsonObject(value) ? value : {};
    const { type, item: json, output_index: source, sequence_number: _, ...fields } = event;
    // Annotations are told at the end of their text, when it is known to be the same.
    if (typeof type !== 'string' || type === 'response.output_text.annotation.added') return;
    const output = this.#output;
    const known = typeof source === 'number' ? this.#itemOf(source) : undefined;
    if (!isJsonObject(json)) {
      // Progress of an item that the client does not know is of no use to it.
      if (typeof source === 'number' && known === undefined) return;
      output.begin();
      const place = known === undefined ? undefined : { output_index: known.outputIndex };
      output.emit(type, { ...fields, ...place });
      return;
    }
    const item = known ?? this.#add(json, source);
    if (type !== 'response.output_item.done' || item.done !== null) return;
    item.done = json;
    output.emit(type, { output_index: item.outputIndex, item: json });
  }

  #add(base: JsonObject, source: Json | undefined): Item {
    this.#output.closeOpen();
    const item = this.#output.add({ kind: 'other', base, source: null }, {}, base['id']);
    if (typeof source === 'number') this.#items.set(source, item);
    return item;
  }

  #itemOf(source: number): Item | undefined {
    const followed = this.#output.state.bySource.get(source);
    return followed?.kind === 'other' ? followed : this.#items.get(source);
  }
}
