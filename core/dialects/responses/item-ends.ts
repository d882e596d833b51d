import type { Json, JsonObject } from '../../../sdk/json.ts';
import { type Item, itemJson, type Part, partJson, partText } from './items.ts';
import type { ProvidedItems } from './provided.ts';

type Emit = (type: string, fields: JsonObject) => void;

/** Tells the ends of items: every one of them repeats the texts that the client has been told. */
export class ItemEnds {
  readonly #provided: ProvidedItems;
  readonly #emit: Emit;

  constructor(provided: ProvidedItems, emit: Emit) {
    this.#provided = provided;
    this.#emit = emit;
  }

  /** @param cut the answer was cut off in this item. */
  end(item: Item, cut: boolean): void {
    const { kind, outputIndex } = item;
    if (kind === 'function_call' || kind === 'custom_tool_call') this.#endCall(item, cut);
    const same = this.#provided.unchanged(item);
    for (const [index, part] of item.parts.entries()) {
      if (part.done === null) this.endPart(item, part, same?.parts[index] ?? null);
    }
    const told = itemJson(item, cut ? 'incomplete' : 'completed');
    const done = same === null ? told : { ...same.base, ...told };
    item.done = done;
    this.#emit('response.output_item.done', { output_index: outputIndex, item: done });
  }

  /** @param json the part as the provider told it; null where that is not known to be what the client was told. */
  endPart(item: Item, part: Part, json: JsonObject | null): void {
    const place = { item_id: item.id, output_index: item.outputIndex };
    const text = partText(part);
    const told = json ?? this.#provided.unchangedPart(item, part) ?? partJson(part, text);
    if (part.kind === 'summary_text') {
      const at = { ...place, summary_index: part.index };
      if (part.open) this.#emit('response.reasoning_summary_text.done', { ...at, text });
      this.#emit('response.reasoning_summary_part.done', { ...at, part: told });
    } else {
      const at = { ...place, content_index: part.index };
      this.#annotate(at, part, told['annotations']);
      if (part.open) this.#endText(at, part, text, told['logprobs']);
      this.#emit('response.content_part.done', { ...at, part: told });
    }
    part.open = false;
    part.done = told;
  }

  #endText(at: JsonObject, part: Part, text: string, logprobs: Json | undefined): void {
    if (part.kind === 'refusal') this.#emit('response.refusal.done', { ...at, refusal: text });
    else if (part.kind === 'reasoning_text') this.#emit('response.reasoning_text.done', { ...at, text });
    else this.#emit('response.output_text.done', { ...at, text, logprobs: logprobs ?? [] });
  }

  /** Annotations count the characters of their text, so they can only be told when all of it is known to be the same. */
  #annotate(at: JsonObject, part: Part, annotations: Json | undefined): void {
    if (!Array.isArray(annotations)) return;
    for (const annotation of (annotations as readonly Json[]).slice(part.annotations)) {
      const fields = { ...at, annotation_index: part.annotations++, annotation };
      this.#emit('response.output_text.annotation.added', fields);
    }
  }

  #endCall(item: Item, cut: boolean): void {
    if (item.piecesEnded) return;
    item.piecesEnded = true;
    const at = { item_id: item.id, output_index: item.outputIndex };
    const custom = item.kind === 'custom_tool_call';
    const type = custom ? 'response.custom_tool_call_input' : 'response.function_call_arguments';
    let text = item.pieces.join('');
    if (!custom && !cut && text.trim() === '') {
      // A function without arguments: clients parse them.
      text = '{}';
      item.pieces.push(text);
      this.#emit(`${type}.delta`, { ...at, delta: text });
    }
    this.#emit(
      `${type}.done`,
      custom ? { ...at, input: text } : { ...at, name: item.base['name'], arguments: text },
    );
  }
}
